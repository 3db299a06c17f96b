// Keys of a list: j and k walk its rows, x marks one, / searches, ? explains. They can be switched off (WCAG 2.1.4).
const OFF = 'qs-keys-off';
const table = document.querySelector('table[data-keys]');
const help = document.getElementById('keys');
const rows = table ? [...table.tBodies[0].rows] : [];

function isOff() {
  return window.localStorage.getItem(OFF) === '1';
}

function isTyping(target) {
  return target.matches?.('input:not([type=checkbox]), select, textarea, [contenteditable]');
}

function walk(by) {
  const at = rows.findIndex((row) => row.contains(document.activeElement));
  const next = rows[Math.max(0, Math.min(rows.length - 1, at < 0 ? 0 : at + by))];

  next?.querySelector('[data-key-open]')?.focus();
  next?.scrollIntoView({ block: 'nearest' });
}

const acts = {
  j: () => walk(1),
  k: () => walk(-1),
  x: () => rows.find((row) => row.contains(document.activeElement))?.querySelector('input[type=checkbox]')?.click(),
  '/': () => document.querySelector('input[type=search]')?.focus(),
  '?': () => help?.showModal(),
};

if (help) {
  const box = help.querySelector('[data-keys-on]');

  box.checked = !isOff();
  box.addEventListener('change', () => window.localStorage.setItem(OFF, box.checked ? '0' : '1'));
  document.querySelector('[data-keys-help]')?.addEventListener('click', () => help.showModal());

  document.addEventListener('keydown', (event) => {
    const act = acts[event.key];

    if (!act || isOff() || help.open || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) {
      return;
    }

    event.preventDefault();
    act();
  });
}
