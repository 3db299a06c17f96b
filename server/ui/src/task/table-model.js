// The rows of a table: what they hold, hide and compute, written to the form's data in one update.
import { buildExpressionContext } from '@bpmn-io/form-js-viewer';
import { emptyOf, readCell } from './cells.js';
import { fetchAt, isKeyed, isList, pathOf, putAt } from './rules.js';

export const MAX_ROWS = 200;
const ROUNDS = 12;

export const isTable = (field) => isList(field) && field.properties?.table === true;
export const isGuard = (field) => field.properties?.guard === true;
const copy = (data) => JSON.parse(JSON.stringify(data));
const same = (left, right) => JSON.stringify(left ?? null) === JSON.stringify(right ?? null);

// Texts that are being typed, to be taken over before anything is saved or sent.
const waiting = new Set();
export const flushCells = () => [...waiting].forEach((take) => take());
export const holdCell = (take) => waiting.add(take);
export const dropCell = (take) => waiting.delete(take);
window.addEventListener('visibilitychange', flushCells, true);
window.addEventListener('pagehide', flushCells, true);

/** One table of a form: its columns and its ways to read and change the rows. */
export class TableModel {
  constructor(form, field, path, indexes) {
    this.form = form;
    this.field = field;
    this.path = path;
    this.indexes = indexes;
    this.columns = field.components.filter((child) => isKeyed(child) && !isGuard(child));
    this.guards = field.components.filter(isGuard);
    this.keyed = field.components.filter(isKeyed);
    this.instances = new Set();
  }

  get data() {
    return this.form._getState().data;
  }

  get rows() {
    return fetchAt(this.data, this.path) || [];
  }

  /** The data as expressions see it: hidden fields are empty. */
  get view() {
    return this.form.get('conditionChecker').applyConditions(this.data);
  }

  options(child) {
    const { values, valuesKey, valuesExpression } = child;
    const source = valuesKey !== undefined ? this.form._getState().initialData?.[valuesKey]
      : values !== undefined ? values : this.form.get('expressionLanguage').evaluate(valuesExpression, this.view);

    return (Array.isArray(source) ? source : []).map((one) => (one !== null && typeof one === 'object'
      ? { value: one.value, label: one.label ?? String(one.value) } : { value: one, label: String(one) }));
  }

  scope(around, index) {
    return {
      data: around.data,
      this: fetchAt(this.view, [...this.path, index]) || {},
      parent: buildExpressionContext({ ...around, data: around.this }),
      i: [...around.i, index + 1],
    };
  }

  /** Give of each row its scope, and of each child whether it is hidden or read-only there. */
  states(around, readOnly) {
    const language = this.form.get('expressionLanguage');
    const judge = (rule, scope) => (language.isExpression(rule) ? language.evaluateUnaryTest(rule, buildExpressionContext(scope)) : rule === true);

    return this.rows.map((_, index) => {
      const scope = this.scope(around, index);
      const hidden = new Set();
      const fixed = new Set();

      this.keyed.forEach((child) => {
        if (child.conditional?.hide && judge(child.conditional.hide, scope)) {
          hidden.add(child.id);
        }

        if (readOnly || child.disabled || child.type === 'expression' || judge(child.readonly, scope)) {
          fixed.add(child.id);
        }
      });

      return { scope, hidden, fixed };
    });
  }

  instanceOf(child, index, scope) {
    const path = [...this.path, index, ...pathOf(child)];
    const indexes = { ...this.indexes, [this.field.id]: index };

    return { id: child.id, expressionContextInfo: scope, valuePath: path, value: fetchAt(this.data, path), indexes };
  }

  /** Announce every cell that is shown to the form, so that it is checked and sent like any field. */
  announce(states) {
    const registry = this.form.get('formFieldInstanceRegistry');
    const seen = new Set();

    states.forEach(({ scope, hidden }, index) => {
      this.keyed.forEach((child) => {
        const key = `${this.field.id}:${this.path.join('.')}:${index}:${child.id}`;

        registry.syncInstance(key, { ...this.instanceOf(child, index, scope), hidden: hidden.has(child.id) });
        seen.add(key);
      });
    });
    this.instances.forEach((key) => !seen.has(key) && registry.cleanupInstance(key));
    this.instances = seen;
  }

  withdraw() {
    const registry = this.form.get('formFieldInstanceRegistry');
    this.instances.forEach((key) => registry.cleanupInstance(key));
    this.instances = new Set();
  }

  /** Compute the computed cells; gives true where one changed. */
  compute(states) {
    const language = this.form.get('expressionLanguage');
    const formulas = this.keyed.filter(({ type, computeOn }) => type === 'expression' && computeOn !== 'presubmit');
    const changes = [];

    states.forEach(({ scope, hidden }, index) => {
      const context = buildExpressionContext(scope);

      formulas.forEach((child) => {
        const path = [index, ...pathOf(child)];
        const value = hidden.has(child.id) ? null : language.evaluate(child.expression, context);

        if (!same(value, fetchAt(this.rows, path))) {
          changes.push([path, value]);
        }
      });
    });
    this.rounds = changes.length > 0 ? (this.rounds || 0) + 1 : 0;

    if (changes.length === 0 || this.rounds > ROUNDS) {
      return false;
    }

    const data = copy(this.data);
    changes.forEach(([path, value]) => putAt(data, [...this.path, ...path], value));
    this.form._setState({ data });

    return true;
  }

  emptyRow() {
    const row = {};
    this.keyed.forEach((child) => putAt(row, pathOf(child), child.defaultValue ?? emptyOf(child)));

    return row;
  }

  isEmpty(row) {
    const inputs = this.keyed.filter(({ type }) => type !== 'expression');
    const blank = this.emptyRow();

    return inputs.every((child) => same(fetchAt(row, pathOf(child)), fetchAt(blank, pathOf(child))));
  }

  /** The rows with those that `properties.fill` gives: what is there already, by all but its figures, takes the new figures. */
  filled(around) {
    const found = this.form.get('expressionLanguage').evaluate(this.field.properties.fill, buildExpressionContext(around));
    const known = this.keyed.filter(({ type }) => type !== 'expression' && type !== 'number');
    const rows = copy(this.rows).filter((row) => !this.isEmpty(row));

    (Array.isArray(found) ? found : []).forEach((row) => {
      const at = rows.findIndex((old) => known.every((child) => same(fetchAt(old, pathOf(child)), fetchAt(row, pathOf(child)))));

      if (at >= 0) {
        rows[at] = { ...rows[at], ...row };
      } else if (rows.length < MAX_ROWS) {
        rows.push({ ...this.emptyRow(), ...row });
      }
    });

    return rows;
  }

  /** Give what is wrong with a value that was typed, without asking whether an empty one may stay empty. */
  faults(child, index, value, scope) {
    if (same(value, emptyOf(child))) {
      return [];
    }

    return this.form.get('validator').validateFieldInstance(this.instanceOf(child, index, scope), value);
  }

  /** Change one cell. */
  set(child, index, value, around) {
    const data = copy(this.data);
    putAt(data, [...this.path, index, ...pathOf(child)], value);

    const errors = copy(this.form._getState().errors);
    const list = Array.isArray(errors[child.id]) ? errors[child.id] : [];
    const faults = this.form.get('validator').validateFieldInstance(this.instanceOf(child, index, this.scope(around, index)), value);

    list[index] = faults.length > 0 ? faults : undefined;

    if (list.some((messages) => messages?.length > 0)) {
      errors[child.id] = list;
    } else {
      delete errors[child.id];
    }

    this.form._setState({ data, errors });
  }

  /** Put other rows in the place of all, and check what they hold. */
  replace(rows, around) {
    const data = copy(this.data);
    putAt(data, this.path, rows.length > 0 ? copy(rows) : []);
    this.form._setState({ data });

    const errors = copy(this.form._getState().errors);
    const checked = this.keyed.filter((child) => child.type !== 'expression' && !isGuard(child));

    checked.forEach((child) => {
      const list = rows.map((row, index) => {
        const faults = this.faults(child, index, fetchAt(row, pathOf(child)), this.scope(around, index));

        return faults.length > 0 ? faults : undefined;
      });

      if (list.some(Boolean)) {
        errors[child.id] = list;
      } else {
        delete errors[child.id];
      }
    });
    this.form._setState({ errors });
  }

  /** Lay a block of texts over the rows from a cell on: `{ rows, unplaced }`. Nothing of it is lost. */
  lay(block, index, column, states) {
    const rows = copy(this.rows);
    const unplaced = [];
    const grows = this.field.allowAddRemove !== false;
    const options = new Map(this.columns.map((child) => [child.id, this.options(child)]));

    block.forEach((texts, down) => texts.forEach((text, right) => {
      const row = index + down;
      const child = this.columns[column + right];
      const fixed = child && (states[row] ? states[row].fixed.has(child.id) : child.disabled || child.readonly === true || child.type === 'expression');
      const lost = !child || row >= MAX_ROWS || (!grows && row >= rows.length);

      if (child?.type === 'expression') {
        return;
      }

      if (lost || fixed || child.type === 'attachment') {
        if (text.trim() !== '') {
          unplaced.push({ row: row + 1, column: child ? child.label || child.dateLabel : '', text, why: lost ? 'outside' : 'fixed' });
        }

        return;
      }

      while (rows.length <= row) {
        rows.push(this.emptyRow());
      }

      putAt(rows[row], pathOf(child), readCell(child, text, options.get(child.id)).value);
    }));

    return { rows, unplaced };
  }
}

function eachTable(components, visit, base = []) {
  (components || []).forEach((field) => {
    const path = [...base, ...(isKeyed(field) ? [] : pathOf(field))];

    if (isTable(field)) {
      visit(field, path);
    } else if (!isList(field)) {
      eachTable(field.components, visit, path);
    }
  });
}

/** Put back what an import of form-js throws away: texts in cells that do not fit, which somebody still has to mend. */
export function restoreCells(form, data) {
  const kept = copy(form._getState().data);
  let found = false;

  eachTable(form._getState().schema.components, (field, path) => {
    (fetchAt(data, path) || []).forEach((row, index) => field.components.filter(isKeyed).forEach((child) => {
      const raw = fetchAt(row, pathOf(child));
      const place = [...path, index, ...pathOf(child)];

      if (typeof raw === 'string' && raw !== '' && child.type !== 'expression' && same(fetchAt(kept, place), emptyOf(child))) {
        putAt(kept, place, raw);
        found = true;
      }
    }));
  });

  if (found) {
    form._setState({ data: kept, initialData: copy(kept) });
  }
}

/** Take away rows in which nothing was ever written, before the form is sent; gives true where there were any. */
export function dropEmptyRows(form) {
  const data = copy(form._getState().data);
  let dropped = false;

  eachTable(form._getState().schema.components, (field, path) => {
    if (field.allowAddRemove !== false) {
      const model = new TableModel(form, field, path, {});
      const kept = model.rows.filter((row) => !model.isEmpty(row));

      if (kept.length < model.rows.length) {
        putAt(data, path, kept);
        dropped = true;
      }
    }
  });

  if (dropped) {
    form._setState({ data, errors: {} });
  }

  return dropped;
}
