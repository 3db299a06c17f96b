// feelin as it is bundled, the same in the browser and on the server: its interpreter is opened, and where it departs
// from DMN, or would never end, it is put right. It is pinned; what is no longer found with an upgrade stops the build.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));

// feelin parses at every call; what gives a compiled tree is not exported
const opened = 'interpreter, InterpreterContext, builtins, equals, getType, isInvocationFailure';

const amendments = [
  // ranges ended only where they met their end exactly: 1..7.5 went on for ever, in the browser without any limit
  [
    'for (let i = start;; i += direction) {',
    `if (Math.abs(end - start) > 100000) throw new Error('the range is too long');
    for (let i = start; (end - i) * direction >= 0; i += direction) {`,
  ],
  // values of two kinds cannot be compared, 10.3.2.13: null, where JavaScript said that "abc" >= 1
  [
    `TEMPORAL_INSTANT_TYPES.has(valueType) &&
        TEMPORAL_INSTANT_TYPES.has(range.valueType) &&
        valueType !== range.valueType`,
    'valueType !== range.valueType',
  ],
  [
    `    if (aType === 'duration') {
        return durationEquals(a, b);`,
    `    if (aType === 'duration') {
        return a.yearsMonths === b.yearsMonths || strict ? durationEquals(a, b) : null;`,
  ],
  // arithmetic with durations, 10.3.2.3.7
  [
    "return nullable((a, b) => a * b, 'multiply', ['number'])",
    `return (a, b) => {
                    const [left, right] = [a(context), b(context)];
                    const numbers = nullable((x, y) => x * y, 'multiply', ['number']);
                    return multiplied(left, right, () => numbers(() => left, () => right));
                }`,
  ],
  [
    "return nullable((a, b) => !b ? null : a / b, 'divide', ['number'])",
    `return (a, b) => {
                    const [left, right] = [a(context), b(context)];
                    const numbers = nullable((x, y) => !y ? null : x / y, 'divide', ['number']);
                    return divided(left, right, () => numbers(() => left, () => right));
                }`,
  ],
  [
    'return op(context)(() => 0, value);',
    `const operand = value(context);
                    return negated(operand, () => op(context)(() => 0, () => operand));`,
  ],
  // a date and a duration make a date
  [
    "return new FeelDateTime(temporal.value.toPlainDateTime().add(d), 'UTC');",
    'return new FeelDate(temporal.value.toPlainDateTime().add(d).toPlainDate());',
  ],
  // a time of day knows no months
  [
    `    if (isTime(temporal)) {
        // times wrap`,
    `    if (isTime(temporal)) {
        if (dur.yearsMonths) return null;
        // times wrap`,
  ],
  // between two moments: with their zones, and none where only one has a zone or is but a time of day
  [
    `    const left = toPlainDateTime(a);
    const right = toPlainDateTime(b);`,
    `    if (isTime(a) || isTime(b)) return null;
    if (isDateTime(a) && isDateTime(b)) {
        return isZoned(a) === isZoned(b) ? duration(toComparable(a) - toComparable(b)) : null;
    }
    const left = toPlainDateTime(a);
    const right = toPlainDateTime(b);`,
  ],
  // days are no part of a years and months duration
  ["from.value.until(to.value, { largestUnit: 'month' })", "from.value.until(to.value, { largestUnit: 'year', smallestUnit: 'month' })"],
  ['new FeelDateTime(Temporal.PlainDateTime.from(value), zone)', 'new FeelDateTime(momentOf(value), zone)'],
  // a scale has its bounds, 10.3.4.5
  [
    'const result = func(n * Math.pow(10, scale)) / Math.pow(10, scale);',
    `if (scale < -6111 || scale > 6176) return null;
    const result = func(n * Math.pow(10, scale)) / Math.pow(10, scale);`,
  ],
  ['return listReplace(list, position || match, newItem);', 'return replaced(list, position || match, newItem);'],
];

function once(text, [literal, other]) {
  if (text.split(literal).length !== 2) {
    throw new Error(`there is no longer one ${literal}`);
  }

  return text.replace(literal, () => other);
}

export const openInterpreter = {
  name: 'open-interpreter',
  setup(build) {
    build.onLoad({ filter: /feelin[\\/]dist[\\/]index\.js$/ }, ({ path }) => {
      const text = amendments.reduce(once, readFileSync(path, 'utf8'));
      const more = readFileSync(join(here, 'feelin.amended.js'), 'utf8');

      return { contents: `${text}\n${more}\nexport { ${opened} };\n`, loader: 'js' };
    });
  },
};
