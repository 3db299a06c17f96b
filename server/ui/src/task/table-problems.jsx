import { useEffect, useState } from 'preact/hooks';
import { t } from '../common/i18n.js';
import { emptyOf, writeCell } from './cells.js';
import { fetchAt, pathOf } from './rules.js';

const MOST_SHOWN = 50;
const WHY = { outside: 'No cell of the table is there.', fixed: 'This cell cannot be changed.' };

// Texts that found no cell are kept for as long as the browser's tab lives, under the address of the task.
const keyOf = (id) => `unplaced:${document.getElementById('task-form')?.dataset.draftOwner || ''}:${window.location.pathname}:${id}`;

function kept(id) {
  try {
    return JSON.parse(window.sessionStorage.getItem(keyOf(id))) || [];
  } catch {
    return [];
  }
}

/** Texts of a paste or a file that found no cell, until somebody throws them away. */
export function useUnplaced(id) {
  const [unplaced, setUnplaced] = useState(() => kept(id));

  useEffect(() => {
    try {
      if (unplaced.length > 0) {
        window.sessionStorage.setItem(keyOf(id), JSON.stringify(unplaced));
      } else {
        window.sessionStorage.removeItem(keyOf(id));
      }
    } catch {
      // storage is switched off: they stay on the page
    }
  }, [unplaced]);

  return [unplaced, setUnplaced];
}

/** Give every filled cell that does not fit, with its text and the reason. */
export function problemsOf(model, states) {
  const found = [];

  states.forEach(({ scope, hidden, fixed }, index) => model.columns.forEach((child, column) => {
    if (!hidden.has(child.id) && !fixed.has(child.id) && child.type !== 'attachment') {
      const value = fetchAt(model.rows, [index, ...pathOf(child)]);
      const [reason] = model.faults(child, index, value, scope);

      if (reason) {
        const name = child.label || child.dateLabel || child.key;
        found.push({ child, index, column, name, text: writeCell(child, value, model.options(child)), reason });
      }
    }
  }));

  return found;
}

export function Problems({ found, unplaced, holder, acts, discard }) {
  const show = ({ index, column }) => {
    const cell = holder.current.querySelector(`[data-cell="${index}:${column}"]`);
    cell?.scrollIntoView({ block: 'center', inline: 'center' });
    cell?.focus({ preventScroll: true });
  };
  const copyAll = () => navigator.clipboard?.writeText(unplaced.map(({ row, column, text }) => `${row}\t${column}\t${text}`).join('\n'));

  if (found.length === 0 && unplaced.length === 0) {
    return null;
  }

  return (
    <div class="qs-table-problems" role="status">
      {found.length > 0 && <strong>{t('Cells that do not fit: {count}', { count: found.length })}</strong>}
      {found.length > 0 && (
        <ul>
          {found.slice(0, MOST_SHOWN).map((one) => (
            <li key={`${one.index}:${one.column}`}>
              <span>{t('Row {row}, {column}: “{text}”', { row: one.index + 1, column: one.name, text: one.text })} {one.reason}</span>
              <button type="button" class="btn btn-sm" onClick={() => show(one)}>{t('Go to the cell')}</button>
              <button type="button" class="btn btn-sm" onClick={() => acts.set(one.child, one.index, emptyOf(one.child))}>{t('Empty the cell')}</button>
            </li>
          ))}
        </ul>
      )}
      {unplaced.length > 0 && <strong>{t('Texts without a cell: {count}', { count: unplaced.length })}</strong>}
      {unplaced.length > 0 && (
        <ul>
          {unplaced.slice(0, MOST_SHOWN).map((one, at) => (
            <li key={at}><span>{t('Row {row}, {column}: “{text}”', { row: one.row, column: one.column || '—', text: one.text })} {one.reason || t(WHY[one.why])}</span></li>
          ))}
          <li>
            <button type="button" class="btn btn-sm" onClick={copyAll}>{t('Copy them')}</button>
            <button type="button" class="btn btn-sm" onClick={discard}>{t('Discard them')}</button>
          </li>
        </ul>
      )}
    </div>
  );
}
