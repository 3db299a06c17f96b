// Decision tables: which rules match, and one answer of them by the hit policy.
import { equals, getType } from 'feelin';

import { Refusal } from './compiled.js';

export class Fault extends Refusal {
  constructor(rule, element, message) {
    super(rule, message);
    this.element = element;
  }
}

const same = (left, right) => equals(left, right) === true || (left === null && right === null);

// `evaluate(text, scope)`, `test(text, value, scope)` and `conform(value, type)` come from the model.
export function ask(table, scope, { evaluate, test, conform, element, matched }) {
  const values = table.inputs.map((input) => readInput(input, scope, { evaluate, test, conform, element }));
  const hits = [];

  for (const rule of table.rules) {
    if (rule.cells.every((cell, column) => cell === null || test(cell, values[column], scope))) {
      hits.push(rule);

      if (table.policy === 'F') {
        break;
      }
    }
  }

  matched?.push(...hits.map((rule) => rule.id));

  let rows = hits.map((rule) => rule.outputs.map((text, column) => output(table.outputs[column], text, scope)));

  function output({ type }, text) {
    return text === null ? null : conform(evaluate(text, scope), type) ?? null;
  }

  if (!rows.length && table.outputs.some(({ otherwise }) => otherwise)) {
    rows = [table.outputs.map((column) => output(column, column.otherwise ?? null, scope))];
  }

  if ('PO'.includes(table.policy)) {
    const rankings = table.outputs.map(({ ranking }) => (ranking ? evaluate(ranking, scope) ?? [] : []));
    rows = ranked(rows, rankings);
  }

  return combine(table, rows, element);
}

function readInput(input, scope, { evaluate, test, conform, element }) {
  const value = evaluate(input.text, scope);
  const found = conform(value, input.type);

  if (found === undefined) {
    throw new Fault('decision_input', element, `${input.text} is not of the type ${input.type}`);
  }

  if (input.allowed && found !== null && !test(input.allowed, found, scope)) {
    throw new Fault('decision_input', element, `${shown(found)} is not among ${input.allowed}`);
  }

  return found;
}

const shown = (value) => (typeof value === 'object' ? getType(value) : JSON.stringify(value));

// Sort by the priority of the output values, the first column first; a value that is not listed comes last.
function ranked(rows, rankings) {
  const place = (value, ranking) => {
    const found = ranking.findIndex((candidate) => same(candidate, value));
    return found < 0 ? ranking.length : found;
  };
  const places = (row) => row.map((value, column) => place(value, rankings[column]));
  const compare = (left, right) => left.places.map((at, column) => at - right.places[column]).find(Boolean) ?? 0;

  return rows.map((row) => ({ row, places: places(row) })).sort(compare).map(({ row }) => row);
}

function combine({ policy, outputs }, rows, element) {
  const answers = outputs.length === 1
    ? rows.map(([value]) => value)
    : rows.map((row) => Object.fromEntries(row.map((value, column) => [outputs[column].name, value])));

  if (policy === 'U' && answers.length > 1) {
    throw new Fault('decision_unique', element, `${answers.length} rules match, the hit policy allows one`);
  }

  if (policy === 'A' && answers.some((answer) => !same(answer, answers[0]))) {
    throw new Fault('decision_any', element, 'the rules that match give different answers');
  }

  if ('UAPF'.includes(policy)) {
    return answers.length ? answers[0] : null;
  }

  return 'ROC'.includes(policy) ? answers : aggregate(policy, answers, element);
}

function aggregate(policy, values, element) {
  if (policy === 'C#') {
    return values.length;
  }

  if (!values.length) {
    return null;
  }

  if (policy === 'C+') {
    if (!values.every((value) => typeof value === 'number')) {
      throw new Fault('decision_sum', element, 'only numbers can be summed');
    }

    return values.reduce((left, right) => left + right);
  }

  const [first] = values;

  if (!['number', 'string'].includes(typeof first) || values.some((value) => typeof value !== typeof first)) {
    throw new Fault('decision_compare', element, 'the answers cannot be compared');
  }

  return values.reduce((left, right) => ((policy === 'C<' ? right < left : right > left) ? right : left));
}
