// The side of the expression language that runs inside QuickJS. Python calls three functions with texts and gets texts.
import './intl.js';
// `interpreter` and `InterpreterContext` are exported by the build: feelin's own entry points parse anew each time.
import {
  FeelDate,
  FeelDateTime,
  FeelDuration,
  FeelTime,
  interpreter,
  InterpreterContext,
  isFunction,
  isRange,
  parseDate,
  parseDateTime,
} from 'feelin';
import { analyse } from './scope.js';

// A compiled text takes about 200 times its length; this many characters leave most of the memory to the evaluation.
const CACHED = 50_000;
const TEMPORAL = [FeelDate, FeelTime, FeelDateTime, FeelDuration];
const LARGEST = 65536;
const compiled = new Map();
let characters = 0;
const clock = { milliseconds: 0, local: '' };

Date.now = () => clock.milliseconds;

class Refusal extends Error {
  constructor(rule, message) {
    super(message);
    this.rule = rule;
  }
}

const own = (fn) => Object.assign(fn, { $args: [] });
const clockNames = {
  now: own(() => parseDateTime(clock.local)),
  today: own(() => parseDate(clock.local.slice(0, 10))),
};

function compile(text, unary) {
  const key = (unary ? '?' : '=') + text;
  let hit = compiled.get(key);

  if (!hit) {
    const context = new InterpreterContext();
    const { root } = unary
      ? interpreter.unaryTest(text, {}, undefined, context)
      : interpreter.evaluate(text, {}, undefined, context);

    hit = { root, context };

    if (characters + key.length > CACHED) {
      compiled.clear();
      characters = 0;
    }

    compiled.set(key, hit);
    characters += key.length;
  }

  return hit;
}

function offsetText(seconds) {
  const minutes = Math.abs(Math.trunc(seconds / 60));
  const two = (number) => String(number).padStart(2, '0');

  return (seconds < 0 ? '-' : '+') + two(Math.trunc(minutes / 60)) + ':' + two(minutes % 60);
}

// a named zone is no part of ISO 8601: write its offset
function temporalText(value) {
  const iso = value.toString();

  if ((value instanceof FeelDateTime || value instanceof FeelTime) && iso.includes('@')) {
    const offset = value['time offset'];
    return iso.slice(0, iso.indexOf('@')) + offsetText(offset.value.total('seconds'));
  }

  return iso;
}

function plain(value) {
  if (value === null || value === undefined) {
    return null;
  }

  if (typeof value !== 'object') {
    if (typeof value === 'function') {
      throw new Refusal('kind', 'a function is not a value');
    }

    return value;
  }

  if (Array.isArray(value)) {
    return value.map(plain);
  }

  if (isFunction(value) || isRange(value)) {
    throw new Refusal('kind', isRange(value) ? 'a range is not a value' : 'a function is not a value');
  }

  const prototype = Object.getPrototypeOf(value);

  if (prototype !== Object.prototype) {
    if (TEMPORAL.some((type) => value instanceof type)) {
      return temporalText(value);
    }

    throw new Refusal('kind', 'this cannot leave an expression');
  }

  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, plain(entry)]));
}

// Out: {"v": value} or {"e": what went wrong}; an exceeded limit throws and is seen by Python. One JSON text and no
// concatenation, because the binding cannot read the ropes that QuickJS makes of long concatenated texts.
function answer(work, largest) {
  try {
    const text = JSON.stringify({ v: work() });

    if (text.length > largest) {
      throw new Refusal('size', 'the result is larger than 64 KB');
    }

    return text;
  } catch (error) {
    if (error.name === 'InternalError' || /call stack/.test(error.message)) {
      throw error;
    }

    const rule = error.rule ?? (error.position ? 'syntax' : 'failed');

    return JSON.stringify({ e: { rule, message: error.message, position: error.position?.from ?? 0 } });
  }
}

function run(text, unary, variables, milliseconds, local, work) {
  clock.milliseconds = milliseconds;
  clock.local = local;

  const { root, context } = compile(text, unary);

  try {
    return work(root, { ...clockNames, ...JSON.parse(variables) });
  } finally {
    context.warnings.length = 0;
  }
}

globalThis.qsEvaluate = (text, variables, milliseconds, local) => answer(
  () => run(text, false, variables, milliseconds, local, (root, values) => plain(root(values))),
  LARGEST,
);

globalThis.qsUnary = (text, variables, milliseconds, local) => answer(
  () => run(text, true, variables, milliseconds, local, (root, values) => root(values)(values['?']) === true),
  LARGEST,
);

globalThis.qsAnalyse = (text, unary) => answer(() => analyse(text, unary), Infinity);
