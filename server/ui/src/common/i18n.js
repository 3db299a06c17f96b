import chinese from './zh.json';

export const language = document.documentElement.lang || 'zh-CN';
export const isChinese = /^zh/i.test(language);

// Texts without a translation; browser tests assert that it stays empty.
const missing = new Set();
window.__missing = missing;

const fill = (template, values) =>
  template.replace(/{([^}]+)}/g, (found, name) => (name in values ? String(values[name]) : found));

/** Translate a text of ours or of bpmn.io; the English text is the key. */
export function t(template, values) {
  let text = template;

  if (isChinese) {
    if (template in chinese) {
      text = chinese[template];
    } else {
      missing.add(template);
    }
  }

  return fill(text, values || {});
}

// form-js has texts that do not go through its translate service: the build makes them ask here.
globalThis.__translate = t;

export const translateModule = { translate: ['value', t] };

const formats = {
  day: { year: 'numeric', month: '2-digit', day: '2-digit' },
  time: { hour: '2-digit', minute: '2-digit', hour12: false },
  moment: { month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', hour12: false },
};

/** Write a moment as people in the audit's time zone read it. */
export function showTime(moment, format = 'time') {
  const date = moment instanceof Date ? moment : new Date(moment);

  if (Number.isNaN(date.getTime())) {
    return '';
  }

  return new Intl.DateTimeFormat(language, { ...formats[format], timeZone: 'Asia/Shanghai' }).format(date);
}
