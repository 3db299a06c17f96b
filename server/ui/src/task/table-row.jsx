import { Component } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { t } from '../common/i18n.js';
import { Attachment } from './attachment.jsx';
import { readCell, writeCell } from './cells.js';
import { fetchAt, pathOf } from './rules.js';
import { dropCell, holdCell } from './table-model.js';

const PAUSE = 300;
const YES = [true, 'yes'];
const computed = (value) => (YES.includes(value) ? t('Yes') : value === false || value === 'no' ? t('No') : written(value));
const written = (value) => (value === null || value === undefined ? '' : Array.isArray(value) ? value.join('、') : String(value));

/** A cell that is typed into: what stands there is read when it is left, or after a short pause. */
function Typed({ child, value, options, take, label, place, id, faulty, described }) {
  const [text, setText] = useState(null);
  const taken = useRef(null);
  const field = useRef(null);

  const commit = () => {
    if (text !== null && taken.current !== text) {
      taken.current = text;
      take(readCell(child, text, options).value);
    }
  };
  const current = useRef(commit);
  current.current = commit;

  useEffect(() => {
    if (text === null) {
      return undefined;
    }

    const stable = () => current.current();
    holdCell(stable);
    const timer = window.setTimeout(stable, PAUSE);

    return () => {
      window.clearTimeout(timer);
      dropCell(stable);
    };
  }, [text]);

  useEffect(() => {
    const giveUp = () => {
      taken.current = null;
      setText(null);
    };
    field.current.addEventListener('give-up', giveUp);

    return () => field.current?.removeEventListener('give-up', giveUp);
  }, []);

  const common = {
    id,
    ref: field,
    value: text ?? writeCell(child, value, options),
    'data-cell': place,
    'data-typed': text !== null && taken.current !== text ? 'true' : null,
    'aria-label': label,
    'aria-invalid': faulty || null,
    'aria-describedby': described,
    autocomplete: 'off',
    onInput: (event) => {
      taken.current = null;
      setText(event.target.value);
    },
    onBlur: () => {
      current.current();
      taken.current = null;
      setText(null);
    },
  };

  return child.type === 'textarea' ? <textarea rows="1" {...common} />
    : <input type="text" inputMode={child.type === 'number' ? 'decimal' : null} {...common}
      placeholder={child.type === 'datetime' && child.subtype === 'date' ? t('yyyy-mm-dd') : null} />;
}

function Chosen({ value, options, take, label, place, id, faulty, described }) {
  const known = options.some((option) => option.value === value);
  const at = options.findIndex((option) => option.value === value);
  const stray = !known && value !== null && value !== undefined && value !== '';

  return (
    <select id={id} data-cell={place} aria-label={label} aria-invalid={faulty || null} aria-describedby={described}
      onChange={(event) => take(event.target.value === '' ? null : options[Number(event.target.value)].value)}>
      <option value="" selected={at < 0 && !stray} />
      {stray && <option value="stray" selected disabled>{String(value)}</option>}
      {options.map((option, index) => <option key={index} value={index} selected={index === at}>{option.label}</option>)}
    </select>
  );
}

function Field(given) {
  const { child, value, take, label, place, id, faulty, described } = given;

  if (child.type === 'checkbox' && (typeof value === 'boolean' || !value)) {
    return <input type="checkbox" id={id} data-cell={place} aria-label={label} checked={value === true}
      aria-invalid={faulty || null} aria-describedby={described} onChange={(event) => take(event.target.checked)} />;
  }

  return child.type === 'select' || child.type === 'radio' ? <Chosen {...given} /> : <Typed {...given} />;
}

function Cell(props) {
  const { child, index, column, value, hidden, fixed, messages, options, formId, acts, label } = props;
  const id = `fjs-form${formId ? `-${formId}` : ''}-${child.id}_${index}`;
  const place = `${index}:${column}`;

  if (hidden) {
    return <td class="qs-table-off" data-type={child.type} />;
  }

  if (child.type === 'attachment') {
    return (
      <td data-type="attachment" class={messages.length > 0 ? 'fjs-has-errors' : null}>
        <Attachment field={{ ...child, label: '', description: '' }} value={value} errors={messages} domId={id} readonly={fixed}
          disabled={false} onChange={({ value: files }) => acts.set(child, index, files)} onBlur={() => {}} onFocus={() => {}} />
      </td>
    );
  }

  if (fixed) {
    return <td data-type={child.type}><span id={id} class="qs-table-fixed">{child.type === 'expression' ? computed(value) : writeCell(child, value, options)}</span></td>;
  }

  const faulty = messages.length > 0;

  return (
    <td data-type={child.type} class={faulty ? 'fjs-has-errors' : null}>
      <Field child={child} value={value} options={options} take={(next) => acts.set(child, index, next)} label={label}
        place={place} id={id} faulty={faulty} described={faulty ? `${id}-error` : null} />
      {faulty && <div id={`${id}-error`} class="fjs-form-field-error">{messages.join(' ')}</div>}
    </td>
  );
}

const messagesAt = (errors, child, index) => [fetchAt(errors, [child.id, index]) || []].flat();
const nameOf = (child) => child.label || child.dateLabel || child.key;

/** One row; drawn anew only where something in it changed, so that long tables stay quick. */
export class Row extends Component {
  signature({ row, index, state, model, errors, removable, locked, acts }) {
    const messages = model.keyed.map((child) => errors[child.id]?.[index] || 0);
    const options = model.columns.map((child) => (child.values ? 0 : child.valuesKey || child.valuesExpression ? model.options(child) : 0));

    return JSON.stringify([row, index, [...state.hidden], [...state.fixed], messages, options, removable, locked, !acts.duplicate]);
  }

  shouldComponentUpdate(next) {
    const signature = this.signature(next);
    const changed = signature !== this.drawn;
    this.drawn = signature;
    this.acts = next.acts;

    return changed;
  }

  render() {
    const { row, index, state, model, errors, removable, formId, acts } = this.props;
    this.drawn ??= this.signature(this.props);
    this.acts = acts;
    const now = {
      set: (...given) => this.acts.set(...given),
      duplicate: () => this.acts.duplicate?.(index),
      remove: () => this.acts.remove(index),
    };
    const guards = model.guards.filter((child) => !state.hidden.has(child.id));

    return (
      <>
        <tr data-row={index}>
          <th scope="row" class="qs-table-number">{index + 1}</th>
          {model.columns.map((child, column) => (
            <Cell key={child.id} child={child} index={index} column={column} value={fetchAt(row, pathOf(child))}
              hidden={state.hidden.has(child.id)} fixed={state.fixed.has(child.id)} messages={messagesAt(errors, child, index)}
              options={model.options(child)} formId={formId} acts={now}
              label={t('{column}, row {row}', { column: nameOf(child), row: index + 1 })} />
          ))}
          {removable && (
            <td class="qs-table-acts">
              <button type="button" tabIndex={-1} disabled={!acts.duplicate} onClick={now.duplicate}
                aria-label={t('Duplicate row {row}', { row: index + 1 })} title={t('Duplicate row {row}', { row: index + 1 })}><svg width="14" height="14" viewBox="0 0 14 14" fill="none" stroke="currentColor" aria-hidden="true"><path d="M4.5 4.5h8v8h-8zM9.5 4.5v-3h-8v8h3" /></svg></button>
              <button type="button" tabIndex={-1} onClick={now.remove}
                aria-label={t('Remove list item {value}', { value: index + 1 })} title={t('Remove list item {value}', { value: index + 1 })}>✕</button>
            </td>
          )}
        </tr>
        {guards.length > 0 && (
          <tr class="qs-table-guard fjs-has-errors">
            <td colSpan={model.columns.length + 2} tabIndex={-1}>{guards.map((child) => <div key={child.id} class="fjs-form-field-error">{nameOf(child)}</div>)}</td>
          </tr>
        )}
      </>
    );
  }
}
