// Compiled FEEL texts and what of their values may leave: shared by expressions and decision models.
import {
  builtins,
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

// A compiled text takes about 200 times its length; this many characters leave most of the memory to the evaluation.
const CACHED = 50_000;
const TEMPORAL = [FeelDate, FeelTime, FeelDateTime, FeelDuration];
const compiled = new Map();
let characters = 0;

export const clock = { milliseconds: 0, local: '' };

Date.now = () => clock.milliseconds;

export class Refusal extends Error {
  constructor(rule, message) {
    super(message);
    this.rule = rule;
  }
}

const without = (fn) => Object.assign(fn, { $args: [] });

export const clockNames = {
  now: without(() => parseDateTime(clock.local)),
  today: without(() => parseDate(clock.local.slice(0, 10))),
};

// What the parser must know to read names with spaces, two steps of a path deep. Simple names need none of it.
// The built-in functions it knows already, and none of them may look like a variable.
export function namesContext(names) {
  const own = names.filter((name) => !Object.prototype.hasOwnProperty.call(builtins, name));
  const level = (inner) => Object.fromEntries(own.map((name) => [name, inner]));
  return own.length ? level(level(level(null))) : {};
}

// `names` is { key, context }: texts of one model share the names that its parser knows.
export function compile(text, unary, names = { key: '', context: {} }) {
  const key = `${unary ? '?' : '='}${names.key}\n${text}`;
  let hit = compiled.get(key);

  if (!hit) {
    const context = new InterpreterContext();
    const { root } = unary
      ? interpreter.unaryTest(text, names.context, undefined, context)
      : interpreter.evaluate(text, names.context, undefined, context);

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

export function plain(value) {
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
