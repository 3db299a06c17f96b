import { DynamicList, FormContext, Label, LocalExpressionContext } from '@bpmn-io/form-js-viewer';
import { useContext, useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { t } from '../common/i18n.js';
import { readBlock, unitOf } from './cells.js';
import { fetchAt, pathOf } from './rules.js';
import { moveFocus } from './table-keys.js';
import { MAX_ROWS, TableModel, isTable } from './table-model.js';
import { FileTools } from './table-files.jsx';
import { Problems, problemsOf, useUnplaced } from './table-problems.jsx';
import { Row } from './table-row.jsx';

const MOST_UNDO = 20;

/** Add the figures of a column exactly, as decimals of at most six places. */
function total(rows, child) {
  const found = rows.map((row) => fetchAt(row, pathOf(child))).filter((value) => typeof value === 'number');

  return found.length > 0 ? String(Math.round(found.reduce((sum, value) => sum + value, 0) * 1e6) / 1e6) : '';
}

function Head({ model, removable }) {
  const heading = (child) => `${child.label || child.dateLabel || child.key}${child.validate?.required ? ' *' : ''}`;

  return (
    <thead>
      <tr>
        <th scope="col" class="qs-table-number"><span class="visually-hidden">{t('Row')}</span></th>
        {model.columns.map((child) => (
          <th key={child.id} scope="col" data-type={child.type} title={child.description || null}>
            {heading(child)}{unitOf(child) && <span class="qs-table-unit"> ({unitOf(child)})</span>}
          </th>
        ))}
        {removable && <th scope="col"><span class="visually-hidden">{t('Row actions')}</span></th>}
      </tr>
    </thead>
  );
}

function Totals({ model, shown, removable }) {
  const summed = model.columns.filter((child) => child.properties?.sum === true);

  return summed.length === 0 ? null : (
    <tfoot>
      <tr>
        <th scope="row" class="qs-table-number">{t('Total')}</th>
        {model.columns.map((child) => (
          <td key={child.id} data-total={child.key}>{summed.includes(child) ? total(shown, child) : ''}</td>
        ))}
        {removable && <td />}
      </tr>
    </tfoot>
  );
}

/** What changes the rows of a table as a whole, each with a way back. */
function useRows(model, around, states, setUnplaced) {
  const [past, setPast] = useState([]);
  const change = (rows) => {
    setPast((list) => [...list.slice(1 - MOST_UNDO), model.rows]);
    model.replace(rows, around);
  };
  const lay = (block, index, column) => {
    const { rows, unplaced } = model.lay(block, index, column, states);
    change(rows);
    setUnplaced((list) => [...list, ...unplaced]);
  };

  return {
    past,
    change,
    lay,
    add: () => change([...model.rows, model.emptyRow()]),
    duplicate: (index) => change([...model.rows.slice(0, index + 1), model.rows[index], ...model.rows.slice(index + 1)]),
    remove: (index) => change(model.rows.filter((_, at) => at !== index)),
    fill: () => change(model.filled(around)),
    undo: () => {
      if (past.length > 0) {
        model.replace(past[past.length - 1], around);
        setPast((list) => list.slice(0, -1));
      }
    },
  };
}

function Table(props) {
  const { field, domId, fieldInstance, indexes, readonly, disabled } = props;
  const form = useContext(FormContext).getService('form');
  const { formId } = useContext(FormContext);
  const around = useContext(LocalExpressionContext);
  const holder = useRef(null);
  const model = useMemo(() => new TableModel(form, field, fieldInstance.valuePath, indexes || {}), [form, field]);
  const [unplaced, setUnplaced] = useUnplaced(field.id);
  const locked = readonly || disabled;
  const states = model.states(around, locked);
  const rows = useRows(model, around, states, setUnplaced);
  const errors = form._getState().errors || {};
  const removable = !locked && field.allowAddRemove !== false;
  const full = model.rows.length >= MAX_ROWS;
  const shown = fetchAt(model.view, model.path) || [];

  model.announce(states);
  useEffect(() => {
    model.compute(states);
  });
  useEffect(() => () => model.withdraw(), [model]);

  const acts = {
    set: (child, index, value) => model.set(child, index, value, around),
    duplicate: full ? null : rows.duplicate,
    remove: rows.remove,
  };
  const onPaste = (event) => {
    const cell = event.target.closest('[data-cell]');
    const text = event.clipboardData?.getData('text/plain') || '';

    // a text for one cell is pasted as into any field
    if (!cell || locked || !/[\t\n]/.test(text.replace(/\r?\n$/, ''))) {
      return;
    }

    event.preventDefault();
    const [index, column] = cell.dataset.cell.split(':').map(Number);
    cell.dispatchEvent(new CustomEvent('give-up'));
    rows.lay(readBlock(text), index, column);
  };
  const onKeyDown = (event) => {
    const unchanged = event.target.dataset?.typed !== 'true';

    if (event.key.toLowerCase() === 'z' && (event.ctrlKey || event.metaKey) && !event.shiftKey && unchanged && rows.past.length > 0) {
      event.preventDefault();
      rows.undo();
    } else {
      moveFocus(event, holder.current);
    }
  };

  return (
    <div class="fjs-form-field fjs-form-field-grouplike qs-table" role="group" aria-labelledby={domId} id={`table-${field.id}`}>
      <Label id={domId} label={field.label} />
      {!locked && <p class="qs-table-hint">{t('Copy cells in a spreadsheet and paste them into any cell; Enter and the arrow keys move between cells.')}</p>}
      <div class="qs-table-scroll" ref={holder} onPaste={onPaste} onKeyDown={onKeyDown} tabIndex={locked || model.rows.length === 0 ? 0 : null}
        role="region" aria-label={field.label || field.key}>
        <table>
          <Head model={model} removable={removable} />
          <tbody>
            {model.rows.map((row, index) => (
              <Row key={index} index={index} row={row} state={states[index]} model={model} errors={errors} acts={acts}
                removable={removable} formId={formId} locked={locked} />
            ))}
          </tbody>
          <Totals model={model} shown={shown} removable={removable} />
        </table>
      </div>
      {!locked && (
        <div class="qs-table-tools">
          {removable && <button type="button" class="btn btn-sm" disabled={full} onClick={rows.add}>{t('Add row')}</button>}
          {removable && field.properties?.fill && <button type="button" class="btn btn-sm" onClick={rows.fill}>{field.properties.fill_label}</button>}
          <button type="button" class="btn btn-sm" disabled={rows.past.length === 0} onClick={rows.undo}>{t('Undo')}</button>
          <FileTools field={field} rows={rows} model={model} setUnplaced={setUnplaced} />
          {full && <span class="text-secondary">{t('Too many rows, at most {value}.', { value: MAX_ROWS })}</span>}
        </div>
      )}
      {!locked && (
        <Problems found={problemsOf(model, states)} unplaced={unplaced} holder={holder} acts={acts}
          discard={() => setUnplaced([])} />
      )}
    </div>
  );
}

/** A list of the form: a table where it is marked as one, else as form-js shows it. */
export function List(props) {
  return isTable(props.field) ? <Table {...props} /> : <DynamicList {...props} />;
}

List.config = DynamicList.config;
