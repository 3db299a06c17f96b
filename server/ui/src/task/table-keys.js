const cellAt = (holder, row, column) => holder.querySelector(`[data-cell="${row}:${column}"]`);

/** Give the next cell that can be reached in a direction; hidden and computed cells are passed over. */
function next(holder, row, column, down, right, most) {
  let [at, across] = [row + down, column + right];

  while (at >= 0 && at < most.rows && across >= 0 && across < most.columns) {
    const found = cellAt(holder, at, across);

    if (found) {
      return found;
    }

    at += down;
    across += right;
  }

  return null;
}

function go(event, target) {
  if (target) {
    event.preventDefault();
    target.focus();
    target.select?.();
    target.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }
}

const atStart = (field) => field.selectionStart === undefined || field.selectionStart === null || field.selectionStart === 0;
const atEnd = (field) => field.selectionEnd === undefined || field.selectionEnd === null || field.selectionEnd === field.value.length;

/** Move between cells: arrows, Enter and Shift+Enter, Tab from the last cell of a row to the first of the next. */
export function moveFocus(event, holder) {
  const field = event.target;

  if (!field.dataset?.cell || event.isComposing || event.ctrlKey || event.metaKey) {
    return;
  }

  const [row, column] = field.dataset.cell.split(':').map(Number);
  const most = { rows: holder.querySelectorAll('tbody > tr[data-row]').length, columns: holder.querySelectorAll('thead th').length };
  const to = (down, right) => next(holder, row, column, down, right, most);

  if (event.altKey) {
    return;
  }

  switch (event.key) {
    case 'Enter': event.preventDefault(); go(event, to(event.shiftKey ? -1 : 1, 0)); break;
    case 'ArrowDown': go(event, to(1, 0)); break;
    case 'ArrowUp': go(event, to(-1, 0)); break;
    case 'ArrowLeft': if (atStart(field)) { go(event, to(0, -1)); } break;
    case 'ArrowRight':
      if (atEnd(field)) {
        go(event, to(0, 1) || field.closest('tr').querySelector('.qs-table-acts button'));
      }

      break;
    case 'Tab':
      if (!to(0, event.shiftKey ? -1 : 1)) {
        go(event, event.shiftKey ? next(holder, row - 1, most.columns, 0, -1, most) : next(holder, row + 1, -1, 0, 1, most));
      }

      break;
    default:
  }
}
