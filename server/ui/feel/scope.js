// Which names an expression reads, which functions it calls and what a modeler must be told, from lezer's tree alone.
import { builtins, parseExpression, parseUnaryTests } from 'feelin';

const SPECIAL = new Set(['SpecialFunctionName', 'DateTimeConstructor']);
const SILENT = new Set(['PathName', 'QualifiedName', 'Type', 'ParameterName', 'Key', 'Name']);

export const isBuiltin = (name) => Object.prototype.hasOwnProperty.call(builtins, name);

function* childrenOf(node) {
  for (let child = node.firstChild; child; child = child.nextSibling) {
    yield child;
  }
}

const ORDERS = new Set(['<', '<=', '>', '>=']);
const isTest = (node) => node?.name === 'SimplePositiveUnaryTest' && node.firstChild?.name === 'CompareOp';

class Reader {
  constructor(text) {
    this.text = text;
    this.reads = [];
    this.problems = [];
  }

  name(node) {
    return this.text.slice(node.from, node.to).replace(/`/g, '').replace(/\s+/g, ' ').trim();
  }

  key(node) {
    const text = this.name(node);
    return text.startsWith('"') ? text.slice(1, -1) : text;
  }

  problem(rule, node, values = {}) {
    this.problems.push({ rule, from: node.from, ...values });
  }

  read(node, bound, soft, extra = {}) {
    const name = this.name(node);

    if (!bound.has(name)) {
      this.reads.push({ name, from: node.from, soft, call: false, argument: false, builtin: isBuiltin(name), ...extra });
    } else if (extra.call && isBuiltin(name)) {
      this.problem('hides', node, { name });
    }
  }

  bind(node, bound, names) {
    for (const name of names) {
      if (isBuiltin(name)) {
        this.problem('hides', node, { name });
      }
    }

    return new Set([...bound, ...names]);
  }

  walk(node, bound, soft) {
    const visit = this[node.name];

    if (node.type.isError || node.type.isSkipped || SILENT.has(node.name) || SPECIAL.has(node.name)) {
      return;
    }

    if (visit) {
      visit.call(this, node, bound, soft);
    } else {
      this.walkAll(childrenOf(node), bound, soft);
    }
  }

  walkAll(nodes, bound, soft) {
    for (const node of nodes) {
      this.walk(node, bound, soft);
    }
  }

  VariableName(node, bound, soft) {
    if (/^not\s/.test(this.name(node)) && node.firstChild?.nextSibling) {
      this.problem('not', node, { name: this.name(node) });
      return;
    }

    const argument = /Parameters?$/.test(node.parent?.name ?? '');
    this.read(node, bound, soft, { argument });
  }

  FunctionInvocation(node, bound, soft) {
    const [target, ...rest] = childrenOf(node);

    if (target.name === 'VariableName') {
      this.read(target, bound, soft, { call: true });
    } else {
      this.walk(target, bound, soft);
    }

    this.walkAll(rest, bound, soft);
  }

  ForExpression(node, bound, soft) {
    const names = [];

    for (const child of childrenOf(node)) {
      const inside = new Set([...bound, ...names, ...(names.length ? ['partial'] : [])]);

      if (child.name === 'InExpressions') {
        names.push(...this.iterators(child, bound, soft));
      } else {
        this.walk(child, inside, soft);
      }
    }
  }

  QuantifiedExpression(node, bound, soft) {
    this.ForExpression(node, bound, soft);
  }

  iterators(node, bound, soft) {
    const names = [];

    for (const entry of childrenOf(node)) {
      const [name, ...rest] = childrenOf(entry);
      this.walkAll(rest, new Set([...bound, ...names]), soft);

      if (name) {
        names.push(this.name(name));
        this.bind(name, bound, [this.name(name)]);
      }
    }

    return names;
  }

  FunctionDefinition(node, bound, soft) {
    let inside = bound;

    for (const child of childrenOf(node)) {
      if (child.name === 'FormalParameters') {
        for (const parameter of childrenOf(child)) {
          if (parameter.firstChild) {
            inside = this.bind(parameter, inside, [this.name(parameter.firstChild)]);
          }
        }
      } else if (child.name === 'external') {
        this.problem('external', child);
      } else {
        this.walk(child, inside, soft);
      }
    }
  }

  Context(node, bound, soft) {
    const inside = new Set(bound);

    for (const entry of childrenOf(node)) {
      if (entry.name === 'ContextEntry') {
        const [key, ...rest] = childrenOf(entry);
        this.walkAll(rest, new Set(inside), soft);
        inside.add(this.key(key));
      }
    }
  }

  FilterExpression(node, bound, soft) {
    const [target, ...rest] = childrenOf(node);
    this.walk(target, bound, soft);

    // a name in a filter may be a key of the item: it cannot be called unknown
    this.walkAll(rest, new Set([...bound, 'item']), true);
  }

  Comparison(node, bound, soft) {
    const parts = [...childrenOf(node)];
    const [left, operator, right] = parts;

    if (operator?.name === 'CompareOp' && isTest(right)) {
      this.doubled(operator, right);
    } else if (this.orders(node) && this.orders(left)) {
      this.problem('chain', operator, { name: this.text.slice(operator.from, operator.to) });
    }

    this.walkAll(parts, bound, soft);
  }

  // `a < b < c` compares true or false with c: null, whatever they are
  orders(node) {
    const operator = node?.name === 'Comparison' ? [...childrenOf(node)][1] : null;
    return operator?.name === 'CompareOp' && ORDERS.has(this.text.slice(operator.from, operator.to));
  }

  doubled(operator, test) {
    const written = this.text.slice(operator.from, test.firstChild.to).replace(/\s+/g, '');
    this.problem('operator', operator, { name: written });
  }

  // `>> 1` parses as a test within a test, `> 1 and < 3` as a test that is compared: both are always null
  SimplePositiveUnaryTest(node, bound, soft) {
    if (isTest(node)) {
      const [operator, value] = childrenOf(node);

      if (isTest(value)) {
        this.doubled(operator, value);
        return;
      }
    }

    this.walkAll(childrenOf(node), bound, soft);
  }

  operands(node, bound, soft) {
    for (const part of childrenOf(node)) {
      if (isTest(part)) {
        this.problem('operand', part, { name: this.text.slice(part.from, part.to) });
      }
    }

    this.walkAll(childrenOf(node), bound, soft);
  }

  Conjunction(node, bound, soft) {
    this.operands(node, bound, soft);
  }

  Disjunction(node, bound, soft) {
    this.operands(node, bound, soft);
  }

  ArithmeticExpression(node, bound, soft) {
    this.operands(node, bound, soft);
  }
}

export function analyse(text, unary, names) {
  const tree = unary ? parseUnaryTests(text, names) : parseExpression(text, names);
  const reader = new Reader(text);

  tree.iterate({
    enter(node) {
      if (node.type.isError) {
        reader.problem('syntax', node, { name: text.slice(node.from, node.to) });
        return false;
      }

      if (node.name === '?' && !unary) {
        reader.problem('syntax', node, { name: '?' });
      }
    },
  });

  reader.walk(tree.topNode, new Set(), false);

  return { reads: reader.reads, problems: reader.problems };
}
