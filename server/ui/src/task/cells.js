// What a person writes into a cell of a table, and what that means (forms/cells.py reads the same texts the same way).
import { t } from '../common/i18n.js';

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?$/;
const GROUPED = /^[+-]?\d{1,3}(,\d{3})+(\.\d+)?$/;
const DAY = /^(\d{4})(?:-(\d{1,2})-(\d{1,2})|\/(\d{1,2})\/(\d{1,2})|\.(\d{1,2})\.(\d{1,2})|年(\d{1,2})月(\d{1,2})[日号]|(\d{2})(\d{2}))(?:[T ]00:00(?::00(?:\.0+)?)?)?$/;
const YES = new Set(['是', '√', '✓', '✔', 'y', 'yes', 'true', '1', '有']);
const NO = new Set(['否', '×', '✗', '✘', 'x', 'n', 'no', 'false', '0', '无']);
const MOST_DIGITS = 15; // what a number of JSON keeps

/** Full-width signs as their plain counterparts, without space around. */
export const plainText = (text) => String(text).replace(/[\uff01-\uff5e]/g, (sign) => String.fromCharCode(sign.charCodeAt(0) - 0xfee0))
  .replace(/[\u3000\u00a0\u2000-\u200b\ufeff]/g, ' ').replace(/\u2212/g, '-').trim();

export const unitOf = (field) => field.appearance?.suffixAdorner || (field.type === 'expression' && field.properties?.unit) || '';

const digitsOf = (text) => text.replace(/[eE].*$/, '').replace(/[^\d]/g, '').replace(/^0+|0+$/g, '').length;

function readNumber(field, text) {
  let written = plainText(text);
  const unit = plainText(unitOf(field));

  if (unit && written.endsWith(unit)) {
    written = written.slice(0, -unit.length).trim();
  }

  const bracketed = /^\((.+)\)$/.exec(written);
  written = (bracketed ? `-${bracketed[1]}` : written).replace(/ /g, '');

  if (GROUPED.test(written)) {
    written = written.replace(/,/g, '');
  }

  if (!NUMBER.test(written)) {
    return { value: text, problem: t('Value is not a number.') };
  }

  return digitsOf(written) > MOST_DIGITS ? { value: text, problem: t('At most {value} digits.', { value: MOST_DIGITS }) } : { value: Number(written) };
}

function readDay(text) {
  const parts = DAY.exec(plainText(text).replace(/\s+/g, ' '))?.slice(1).filter((part) => part !== undefined);

  if (parts) {
    const [year, month, day] = parts;
    const written = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
    const date = new Date(`${written}T00:00:00Z`);

    if (!year.startsWith('0000') && !Number.isNaN(date.getTime()) && date.toISOString().slice(0, 10) === written) {
      return { value: written };
    }
  }

  return { value: text, problem: t('Please enter a valid date.') };
}

const folded = (text) => plainText(text).replace(/\s+/g, '').toLowerCase();

function choice(field, text, options) {
  const wanted = folded(text);
  const names = field.properties?.values_en || {};

  return options.find(({ value, label }) => [value, label, names[value]].some((name) =>
    name !== undefined && name !== null && folded(name) === wanted));
}

function readChoices(field, text, options) {
  const found = String(text).split(/[、，,;；\n]/).filter((part) => part.trim()).map((part) => choice(field, part, options));

  return found.every(Boolean) ? { value: found.map(({ value }) => value) }
    : { value: text, problem: t('Please choose one of the options.') };
}

function readFlag(text) {
  const wanted = folded(text);

  if (YES.has(wanted) || NO.has(wanted)) {
    return { value: YES.has(wanted) };
  }

  return { value: text, problem: t('Value is expected to be yes or no.') };
}

export const EMPTY = { textfield: '', textarea: '', checkbox: false, checklist: [], taglist: [], attachment: [] };
export const emptyOf = (field) => EMPTY[field.type] ?? null;

/** Read a text: `{ value }`, or `{ value: <the text>, problem }` where it does not fit; the text is never lost. */
export function readCell(field, text, options = []) {
  if (plainText(text) === '') {
    return { value: emptyOf(field) };
  }

  switch (field.type) {
    case 'number': return readNumber(field, text);
    case 'datetime': return field.subtype === 'date' ? readDay(text) : { value: plainText(text) };
    case 'checkbox': return readFlag(text);
    case 'checklist': case 'taglist': return readChoices(field, text, options);
    case 'select': case 'radio': {
      const found = choice(field, text, options);

      return found ? { value: found.value } : { value: text, problem: t('Please choose one of the options.') };
    }
    case 'textfield': return { value: String(text).replace(/[\r\n\t]+/g, ' ').trim() };
    default: return { value: String(text).trim() };
  }
}

/** Write a value as it stands in a cell; a text that did not fit stands as it is. */
export function writeCell(field, value, options = []) {
  if (value === null || value === undefined) {
    return '';
  }

  if (Array.isArray(value)) {
    return value.map((one) => (one?.name ?? options.find((option) => option.value === one)?.label ?? String(one))).join('、');
  }

  if (typeof value === 'boolean') {
    return value ? t('yes') : field.type === 'checkbox' ? '' : t('no');
  }

  const named = ['select', 'radio'].includes(field.type) ? options.find((option) => option.value === value) : null;

  return named ? named.label : String(value);
}

/** Read a block as spreadsheets copy it: rows of texts; a text in quotes may hold tabs, line breaks and doubled quotes. */
export function readBlock(text) {
  const rows = [[]];
  const source = String(text).replace(/\r\n?/g, '\n').replace(/\n$/, '');
  let at = 0;

  while (at <= source.length) {
    let cell = '';
    const quoted = source[at] === '"' ? /^"((?:[^"]|"")*)"(?=[\t\n]|$)/.exec(source.slice(at)) : null;

    if (quoted) {
      cell = quoted[1].replace(/""/g, '"');
      at += quoted[0].length;
    } else {
      const end = source.slice(at).search(/[\t\n]/);
      cell = end < 0 ? source.slice(at) : source.slice(at, at + end);
      at += cell.length;
    }

    rows[rows.length - 1].push(cell);

    if (source[at] === '\n') {
      rows.push([]);
    }

    at += 1;
  }

  return rows;
}
