// What a form shows and computes, by the same rules as the server (forms/conditions.py): a condition hides a field
// only when it is true, a hidden field counts as empty everywhere, and both are repeated until nothing changes.
import {
  ConditionChecker, ExpressionLoopPreventer, FeelExpressionLanguage, RepeatRenderModule, buildExpressionContext,
} from '@bpmn-io/form-js-viewer';
// `interpreter` and `InterpreterContext` are exported by the build: feelin's own entry points parse anew each time.
import {
  FeelDate, FeelDateTime, FeelDuration, FeelTime, InterpreterContext, interpreter,
} from 'feelin';

const TEMPORAL = [FeelDate, FeelDateTime, FeelDuration, FeelTime];
const ROUNDS = 12;
const LOOPS = 20;

export const fetchAt = (data, path) =>
  path.reduce((value, step) => (value === null || value === undefined ? undefined : value[step]), data);

/** Set a value; objects and rows are made on the way. */
export function putAt(data, path, value) {
  let here = data;

  path.slice(0, -1).forEach((step, index) => {
    if (here[step] === null || typeof here[step] !== 'object') {
      here[step] = typeof path[index + 1] === 'number' ? [] : {};
    }

    here = here[step];
  });
  here[path[path.length - 1]] = value;
}

const copy = (data) => JSON.parse(JSON.stringify(data));
const same = (left, right) => JSON.stringify(left) === JSON.stringify(right);

export const isKeyed = (field) => typeof field.key === 'string' && field.key !== '';
export const isList = (field) => field.type === 'dynamiclist';
export const pathOf = (field) => (isKeyed(field) ? field.key : field.path || '').split('.').filter(Boolean);

const compiled = new Map();

function compile(text) {
  if (!compiled.has(text)) {
    const context = new InterpreterContext();

    compiled.set(text, { context, root: interpreter.evaluate(text, {}, undefined, context).root });
  }

  return compiled.get(text);
}

// A date that was computed is kept as its text, as the server keeps it.
function plain(value) {
  if (Array.isArray(value)) {
    return value.map(plain);
  }

  return TEMPORAL.some((type) => value instanceof type) ? value.toString() : value;
}

/**
 * form-js parses an expression each time it is evaluated, which is felt at every key in a large form, and evaluates
 * conditions as FEEL unary tests, where null means "matches": here they are parsed once, and plain expressions.
 */
class PlainFeel extends FeelExpressionLanguage {
  evaluate(expression, data = {}) {
    if (!this.isExpression(expression)) {
      return null;
    }

    try {
      const { root, context } = compile(expression.slice(1));

      context.warnings.length = 0;

      return plain(root(data));
    } catch (error) {
      this._eventBus.fire('error', { error });

      return null;
    }
  }

  evaluateUnaryTest(expression, data) {
    return this.evaluate(expression, data) === true;
  }
}

PlainFeel.$inject = ['eventBus'];

class Conditions extends ConditionChecker {
  constructor(...services) {
    super(...services);
    this._views = new WeakMap();
  }

  applyConditions(data) {
    const known = this._views.get(data);

    if (known) {
      return known;
    }

    let view = data;

    for (let round = 0; round < ROUNDS; round += 1) {
      const next = this._shown(data, view);
      const settled = same(next, view);
      view = next;

      if (settled) {
        break;
      }
    }

    this._views.set(data, view);

    return view;
  }

  _shown(data, view) {
    const form = this._formFieldRegistry.getForm();
    const out = copy(data);
    const scope = { this: view, parent: null, i: [] };

    form.components.forEach((field) => this._visit(field, [], scope, { data, view, out, hidden: false }));

    return out;
  }

  _visit(field, base, scope, state) {
    const { data, view, out } = state;
    const path = [...base, ...pathOf(field)];
    const hidden = state.hidden || (field.conditional?.hide
      && this.check(field.conditional.hide, buildExpressionContext({ ...scope, data: view })) === true);

    if (isKeyed(field) || isList(field)) {
      if (hidden) {
        putAt(out, path, null);

        return;
      }
    }

    if (!isList(field)) {
      (field.components || []).forEach((child) => this._visit(child, path, scope, { ...state, hidden }));

      return;
    }

    const rows = fetchAt(data, path);

    (Array.isArray(rows) ? rows : []).forEach((_, index) => {
      const inner = {
        this: fetchAt(view, [...path, index]) || {},
        parent: buildExpressionContext({ ...scope, data: scope.this }),
        i: [...scope.i, index + 1],
      };

      field.components.forEach((child) => this._visit(child, [...path, index], inner, { ...state, hidden }));
    });
  }
}

Conditions.$inject = ConditionChecker.$inject;

/** A computed field may be computed again a few times in one turn, so that one may build on another. */
class Loops extends ExpressionLoopPreventer {
  registerExpressionExecution(field) {
    this._computedExpressions.push(field);

    return this._computedExpressions.filter((other) => other === field).length <= LOOPS;
  }
}

Loops.$inject = ExpressionLoopPreventer.$inject;

const RepeatRenderManager = RepeatRenderModule.repeatRenderManager[1];

/** Rows whose expressions see a hidden field of the row as empty. */
class Rows extends RepeatRenderManager {
  constructor(form, formFields, formFieldRegistry, pathRegistry, eventBus, conditionChecker) {
    const shown = {
      _getState: () => ({ ...form._getState(), data: conditionChecker.applyConditions(form._getState().data) }),
      _getInitializedFieldData: (...given) => form._getInitializedFieldData(...given),
    };

    super(shown, formFields, formFieldRegistry, pathRegistry, eventBus);
  }
}

Rows.$inject = [...RepeatRenderManager.$inject, 'conditionChecker'];

export const rulesModule = {
  expressionLanguage: ['type', PlainFeel],
  conditionChecker: ['type', Conditions],
  expressionLoopPreventer: ['type', Loops],
  repeatRenderManager: ['type', Rows],
};
