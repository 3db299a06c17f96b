import { element } from '../common/dom.js';
import { showTime, t } from '../common/i18n.js';

function area(root) {
  const found = document.getElementById('task-alert');

  if (found) {
    return found;
  }

  const made = element('div', { id: 'task-alert', role: 'alert' });
  root.before(made);

  return made;
}

export const clearAlert = (root) => area(root).replaceChildren();

/** Show a refusal above the form, with what else is known of it. */
export function showAlert(root, text, { kind = 'danger', list = [], link = null, buttons = [], body = null } = {}) {
  const items = list.length > 0 ? element('ul', { class: 'mb-0' }, ...list.map((item) => element('li', {}, item))) : null;
  const row = buttons.length > 0
    ? element('div', { class: 'btn-list mt-2' }, ...buttons.map(([label, act]) =>
      element('button', { type: 'button', class: 'btn', onclick: act }, label)))
    : null;
  const follow = link ? element('a', { href: link.href, class: 'alert-link' }, link.text) : null;

  area(root).replaceChildren(element('div', { class: `alert alert-${kind} qs-alert` }, element('div', {}, text), items, body, follow, row));
  area(root).scrollIntoView({ block: 'nearest' });
}

const written = (value) => {
  if (value === null || value === undefined) {
    return '';
  }

  return typeof value === 'object' ? JSON.stringify(value) : String(value);
};

function comparison(names, mine, theirs) {
  const keys = [...new Set([...Object.keys(mine), ...Object.keys(theirs)])]
    .filter((key) => JSON.stringify(mine[key] ?? null) !== JSON.stringify(theirs[key] ?? null));
  const cells = (key) => [
    element('th', { scope: 'row', 'data-label': t('Field') }, names[key] || key),
    element('td', { 'data-label': t('My version') }, written(mine[key])),
    element('td', { 'data-label': t('The other version') }, written(theirs[key])),
  ];

  return element('table', { class: 'table table-sm table-cards mt-2' },
    element('thead', {}, element('tr', {}, ...['Field', 'My version', 'The other version'].map((name) =>
      element('th', { scope: 'col' }, t(name))))),
    element('tbody', {}, ...keys.map((key) => element('tr', {}, ...cells(key)))));
}

/** Show both versions of a draft and let the person choose; nothing is thrown away before that. */
export function showConflict(root, { problem, names, mine, keepMine, takeTheirs }) {
  const theirs = problem.answers || {};
  const time = problem.saved_at ? showTime(problem.saved_at, 'moment') : '';
  const text = t('This draft was changed elsewhere ({time}). Nothing is lost: choose which version to go on with.', { time });

  showAlert(root, text, {
    kind: 'warning',
    body: comparison(names, mine, theirs),
    buttons: [[t('Keep mine'), keepMine], [t('Take the other'), takeTheirs]],
  });
}
