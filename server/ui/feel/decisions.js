// Decision models: decisions with what they require, business knowledge as functions, boxed expressions. The whole
// graph is evaluated here, so that dates stay dates and functions stay functions from one decision to the next.
import { FeelFunction, isFunction, isInvocationFailure, isRange } from 'feelin';

import { clockNames, compile, namesContext, plain, Refusal } from './compiled.js';
import { ask, Fault } from './tables.js';
import { Types } from './types.js';

const KEPT = 32;
const models = new Map();

export function load(key, program) {
  if (models.size >= KEPT) {
    models.delete(models.keys().next().value);
  }

  models.set(key, new Model(key, program));
  return models.size;
}

export function decide(key, ref, data) {
  const model = models.get(key);

  if (!model) {
    throw new Refusal('unloaded', key);
  }

  const matched = [];
  const evaluation = new Evaluation(model, data, new Map(), matched);
  const value = model.nodes[ref].kind === 'service' ? evaluation.served(ref) : evaluation.decision(ref);

  return { value: plain(value), rules: matched };
}

class Model {
  constructor(key, { nodes, types, names }) {
    this.nodes = nodes;
    this.names = { key: names.length ? key : '', context: namesContext(names) };
    this.types = new Types(types, (test, value) => this.test(test, value, clockNames));
  }

  evaluate(text, scope) {
    const { root, context } = compile(text, false, this.names);

    try {
      return root(scope) ?? null;
    } finally {
      context.warnings.length = 0;
    }
  }

  test(text, value, scope) {
    const { root, context } = compile(text, true, this.names);

    try {
      return root({ ...scope, '?': value })(value) === true;
    } finally {
      context.warnings.length = 0;
    }
  }
}

// One asking: the data, and every decision at most once. `root` collects the rules that matched in the asked decision.
class Evaluation {
  constructor(model, data, done, matched = null) {
    Object.assign(this, { model, data, done, matched });
  }

  conform(value, type) {
    return this.model.types.conform(value, type);
  }

  decision(ref) {
    if (!this.done.has(ref)) {
      const node = this.model.nodes[ref];
      const matched = this.matched;
      this.matched = null;

      const value = this.boxed(node.logic, this.scope(node), { element: node.id, matched });
      this.done.set(ref, this.conform(value, node.type) ?? null);
    }

    return this.done.get(ref);
  }

  input(node) {
    const raw = this.data[node.name];
    const value = this.conform(this.model.types.read(raw, node.type), node.type);

    if (value === undefined) {
      throw new Fault('decision_input', node.id, `${node.name} does not keep its declared type`);
    }

    return value;
  }

  // What a node sees: the data, and what it requires. Imported things stand under the name of their import.
  scope(node) {
    const scope = { ...clockNames, ...this.data };

    for (const { ref, prefix } of node.needs ?? []) {
      const needed = this.model.nodes[ref];
      const value = this.value(needed, ref);

      for (const name of prefix ? [needed.name] : needed.names ?? [needed.name]) {
        if (prefix) {
          scope[prefix] = { ...scope[prefix], [name]: value };
        } else {
          scope[name] = value;
        }
      }
    }

    return scope;
  }

  value(node, ref) {
    switch (node.kind) {
      case 'input': return this.input(node);
      case 'decision': return this.decision(ref);
      case 'service': return this.service(node);
      default: return this.knowledge(node);
    }
  }

  knowledge(node) {
    let scope = null;
    const seen = () => {
      scope ??= { ...clockNames, ...this.scope({ ...node, needs: node.needs.filter(({ ref }) => ref !== node.ref) }) };
      scope[node.name] = made;
      return scope;
    };
    const made = this.function(node.logic, seen, node.id);

    return made;
  }

  function({ params, body, type }, scope, element) {
    const names = params.map(({ name }) => name);
    const run = (...given) => {
      const inside = { ...scope() };

      for (const [at, param] of params.entries()) {
        const value = given[at] === undefined ? undefined : this.conform(given[at], param.type);

        if (value === undefined) {
          return null;
        }

        inside[param.name] = value;
      }

      return this.conform(this.boxed(body, inside, { element }), type) ?? null;
    };

    return new FeelFunction(run, names);
  }

  // A decision service hides all but its inputs: its decisions are asked anew, over what it is given.
  service(node) {
    const params = node.params.map((ref) => ({ ref, ...this.model.nodes[ref] }));
    const run = (...given) => {
      const done = new Map();
      const data = {};

      for (const [at, { kind, ref, name, type }] of params.entries()) {
        const value = given[at] === undefined ? undefined : this.conform(given[at], type);

        if (value === undefined) {
          return null;
        }

        if (kind === 'decision') {
          done.set(ref, value);
        } else {
          data[name] = value;
        }
      }

      const inside = new Evaluation(this.model, data, done);
      const answers = node.outputs.map((ref) => [this.model.nodes[ref].name, inside.decision(ref)]);
      const value = answers.length === 1 ? answers[0][1] : Object.fromEntries(answers);

      return this.conform(value, node.type) ?? null;
    };

    return new FeelFunction(run, params.map(({ name }) => name));
  }

  // A service asked from outside: its inputs are the data of their names.
  served(ref) {
    const node = this.model.nodes[ref];
    const given = node.params.map((param) => {
      const { name, type } = this.model.nodes[param];
      return name in this.data ? this.model.types.read(this.data[name], type) : undefined;
    });

    return this.service(node).invoke(given);
  }

  boxed(logic, scope, where) {
    const value = this[logic.kind](logic, scope, where);
    return logic.kind === 'lambda' ? value : this.conform(value, logic.type) ?? null;
  }

  feel({ text }, scope) {
    return this.model.evaluate(text, scope);
  }

  table(logic, scope, where) {
    return ask(logic, scope, {
      evaluate: (text, seen) => this.model.evaluate(text, seen),
      test: (text, value, seen) => this.model.test(text, value, seen),
      conform: (value, type) => this.conform(value, type),
      ...where,
    });
  }

  context({ entries }, scope, where) {
    const inside = { ...scope };
    const made = {};

    for (const { name, type, value } of entries) {
      const found = this.conform(this.boxed(value, inside, where), type) ?? null;

      if (name === null) {
        return found;
      }

      inside[name] = made[name] = found;
    }

    return made;
  }

  list({ items }, scope, where) {
    return items.map((item) => this.boxed(item, scope, where));
  }

  relation({ columns, rows }, scope, where) {
    const cell = (item, column) => this.conform(this.boxed(item, scope, where), columns[column].type) ?? null;
    return rows.map((row) => Object.fromEntries(row.map((item, at) => [columns[at].name, cell(item, at)])));
  }

  lambda(logic, scope, { element }) {
    return this.function(logic, () => scope, element);
  }

  invocation({ called, bindings }, scope, where) {
    const target = this.boxed(called, scope, where);

    if (!isFunction(target)) {
      return null;
    }

    const given = bindings.map(({ name, type, value }) => [name, this.conform(this.boxed(value, scope, where), type) ?? null]);
    const result = target.invoke(Object.fromEntries(given));

    return isInvocationFailure(result) ? null : result ?? null;
  }

  conditional({ test, then, otherwise }, scope, where) {
    const found = this.boxed(test, scope, where);

    if (found !== null && typeof found !== 'boolean') {
      return null;
    }

    return this.boxed(found ? then : otherwise, scope, where);
  }

  items(logic, scope, where) {
    const found = this.boxed(logic, scope, where);

    if (isRange(found)) {
      return found.map((item) => item);
    }

    return found === null || Array.isArray(found) ? found : [found];
  }

  for({ name, from, body }, scope, where) {
    const partial = [];
    const items = this.items(from, scope, where);

    for (const item of items ?? []) {
      partial.push(this.boxed(body, { ...scope, [name]: item, partial: [...partial] }, where));
    }

    return items && partial;
  }

  filter({ from, body }, scope, where) {
    const items = this.items(from, scope, where) ?? [];
    const kept = [];

    for (const item of items) {
      const own = item !== null && Object.getPrototypeOf(item) === Object.prototype ? item : {};
      const found = this.boxed(body, { ...scope, ...own, item }, where);

      if (typeof found === 'number') {
        return items[found > 0 ? found - 1 : items.length + found] ?? null;
      }

      if (typeof found !== 'boolean') {
        return null;
      }

      if (found) {
        kept.push(item);
      }
    }

    return kept;
  }

  quantified(logic, scope, where) {
    const items = this.items(logic.from, scope, where);
    const found = items?.map((item) => this.boxed(logic.body, { ...scope, [logic.name]: item }, where));

    return found?.every((one) => typeof one === 'boolean') ? found : null;
  }

  some(logic, scope, where) {
    const found = this.quantified(logic, scope, where);
    return found && found.includes(true);
  }

  every(logic, scope, where) {
    const found = this.quantified(logic, scope, where);
    return found && !found.includes(false);
  }
}
