import { t } from './i18n.js';

/** Make an element: `element('a', { href, class: 'btn' }, 'text', child)`. Text is never markup. */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);

  Object.entries(attributes).forEach(([key, value]) => {
    if (typeof value === 'function') {
      made.addEventListener(key.replace(/^on/, ''), value);
    } else if (value !== false && value !== null && value !== undefined) {
      made.setAttribute(key, value === true ? '' : value);
    }
  });
  made.append(...children.filter((child) => child !== null && child !== undefined));

  return made;
}

/** Read the JSON of a `<script type="application/json">`; the fallback when there is none. */
export function embeddedJson(id, fallback) {
  const holder = document.getElementById(id);

  return holder ? JSON.parse(holder.textContent) : fallback;
}

/** Give an address only if it leads to our own origin, so that an answer cannot send a person elsewhere. */
export function ownAddress(address) {
  const url = new URL(address, window.location.href);

  return url.origin === window.location.origin && /^https?:$/.test(url.protocol) ? url.href : null;
}

/** Ask a question in a dialog; gives true when it is confirmed. */
export function ask(text) {
  return new Promise((resolve) => {
    const yes = element('button', { class: 'btn btn-primary', value: 'yes' }, t('OK'));
    const no = element('button', { class: 'btn', value: 'no', autofocus: true }, t('Cancel'));
    const form = element('form', { method: 'dialog' },
      element('p', { id: 'ask-text' }, text), element('div', { class: 'btn-list justify-content-end' }, no, yes));
    const dialog = element('dialog', { class: 'qs-dialog', 'aria-labelledby': 'ask-text' }, form);

    dialog.addEventListener('close', () => {
      dialog.remove();
      resolve(dialog.returnValue === 'yes');
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

/** Show a message that goes away by itself. */
export function toast(text, kind = 'success') {
  let area = document.getElementById('toasts');

  if (!area) {
    area = element('div', { id: 'toasts', class: 'toast-container position-fixed top-0 end-0 p-3', 'aria-live': 'polite' });
    document.body.append(area);
  }

  const close = element('button', { type: 'button', class: 'btn-close', 'aria-label': t('Close') });
  const message = element('div', { class: `toast show qs-toast qs-toast-${kind === 'danger' ? 'danger' : 'success'}` },
    element('div', { class: 'toast-body' }, text), close);

  close.addEventListener('click', () => message.remove());
  area.append(message);
  window.setTimeout(() => message.remove(), 8000);
}
