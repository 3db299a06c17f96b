// The types of a decision model: what a value must be to keep them, and the coercions that DMN allows.
import { dateAndTime, duration, FeelDuration, getType, parseDate, parseDateTime, parseTime } from 'feelin';

const YEARS_MONTHS = /^-?P(\d+Y)?(\d+M)?$/;
const isMonths = (value) => YEARS_MONTHS.test(value.toString());
const kind = (name) => (value) => getType(value) === name;

const BUILT_IN = {
  Any: () => true,
  number: kind('number'),
  string: kind('string'),
  boolean: kind('boolean'),
  date: kind('date'),
  time: kind('time'),
  dateTime: kind('date time'),
  dayTimeDuration: (value) => value instanceof FeelDuration && !isMonths(value),
  yearMonthDuration: (value) => value instanceof FeelDuration && isMonths(value),
  duration: kind('duration'),
  list: Array.isArray,
  context: kind('context'),
  function: kind('function'),
  range: kind('range'),
};

const zero = (value) => value instanceof FeelDuration && /^-?P(T?0[A-Z])$/.test(value.toString());

// JSON has no dates: texts become what the declared type says they are.
const READ = {
  date: parseDate,
  time: parseTime,
  dateTime: (text) => (text.includes('T') ? parseDateTime(text) : dateAndTime(text)),
  dayTimeDuration: duration,
  yearMonthDuration: duration,
  duration,
};

export class Types {
  constructor(types, allows) {
    this.types = types;
    this.allows = allows;
  }

  // Give the value as the type wants it, or undefined when it does not keep the type.
  conform(value, name) {
    if (value === null || value === undefined || !name) {
      return value ?? null;
    }

    const found = this.one(value, name);

    if (found === undefined && Array.isArray(value) && value.length === 1) {
      return this.one(value[0], name);
    }

    return found;
  }

  one(value, name) {
    const type = this.types[name];

    if (!type) {
      return this.builtIn(value, name);
    }

    if (type.many) {
      const list = Array.isArray(value) ? value : [value];
      const items = list.map((item) => this.single(item, type));

      return items.includes(undefined) || !this.permitted(type.whole, items) ? undefined : items;
    }

    const found = this.single(value, type);

    return found === undefined || !this.permitted(type.whole, found) ? undefined : found;
  }

  single(value, type) {
    if (value === null) {
      return type.allowed && !this.permitted(type.allowed, null) ? undefined : null;
    }

    const found = type.parts ? this.parts(value, type.parts) : this.conform(value, type.base);

    return found === undefined || !this.permitted(type.allowed, found) ? undefined : found;
  }

  permitted(test, value) {
    return !test || this.allows(test, value);
  }

  parts(value, parts) {
    if (getType(value) !== 'context') {
      return undefined;
    }

    const made = { ...value };

    for (const [name, type] of Object.entries(parts)) {
      made[name] = name in made ? this.conform(made[name], type) : undefined;

      if (made[name] === undefined) {
        return undefined;
      }
    }

    return made;
  }

  builtIn(value, name) {
    if (!BUILT_IN[name] || BUILT_IN[name](value) || (/Duration$/.test(name) && zero(value))) {
      return value;
    }

    if (name === 'dateTime' && getType(value) === 'date') {
      return dateAndTime(`${value}T00:00:00Z`);
    }

    return undefined;
  }

  // Read a JSON value as the declared type: texts become dates, what is missing null. What is no such text stays as it
  // is, and conform will say so.
  read(value, name) {
    if (value === null || value === undefined) {
      return null;
    }

    const type = this.types[name];

    if (Array.isArray(value)) {
      return value.map((item) => this.read(item, name));
    }

    if (type?.parts && typeof value === 'object') {
      const read = ([key, part]) => [key, this.read(value[key], part)];
      return { ...value, ...Object.fromEntries(Object.entries(type.parts).map(read)) };
    }

    if (type) {
      return this.read(value, type.base);
    }

    return typeof value === 'string' && READ[name] ? READ[name](value) ?? value : value;
  }
}

