// Put inside feelin's own module by feelin.mjs: what DMN 1.5 says where feelin says something else.

// 10.3.2.5 and 10.3.2.3.7: a duration may be multiplied and divided by a number, and divided by one of its kind.
function scaledDuration(value, factor) {
    if (!Number.isFinite(factor)) {
        return null;
    }
    if (value.yearsMonths) {
        const months = Math.trunc((value.value.years * 12 + value.value.months) * factor);
        return new FeelDuration(Temporal.Duration.from({ months }), true);
    }
    return duration(Math.trunc(value.value.total({ unit: 'millisecond', relativeTo: REFERENCE_DATE }) * factor));
}
function multiplied(a, b, otherwise) {
    if (isDuration(a) && isNumber(b)) {
        return scaledDuration(a, b);
    }
    return isNumber(a) && isDuration(b) ? scaledDuration(b, a) : otherwise();
}
function divided(a, b, otherwise) {
    if (isDuration(a) && isNumber(b)) {
        return scaledDuration(a, 1 / b);
    }
    if (!isDuration(a) || !isDuration(b)) {
        return otherwise();
    }
    const size = (d) => d.yearsMonths
        ? d.value.years * 12 + d.value.months
        : d.value.total({ unit: 'millisecond', relativeTo: REFERENCE_DATE });
    return a.yearsMonths === b.yearsMonths && size(b) !== 0 ? size(a) / size(b) : null;
}
function negated(a, otherwise) {
    return isDuration(a) ? new FeelDuration(a.value.negated(), a.yearsMonths) : otherwise();
}

// 10.3.2.14: list replace takes a position from either end, or a function that says true or false.
function replaced(list, matcher, newItem) {
    if (isNumber(matcher)) {
        const position = Math.trunc(matcher);
        const at = position < 0 ? list.length + position : position - 1;
        return at in list ? list.map((item, index) => (index === at ? newItem : item)) : null;
    }
    const found = list.map((item) => matcher.invoke([item, newItem]));
    return found.every(isBoolean) ? list.map((item, index) => (found[index] ? newItem : item)) : null;
}

// 10.3.4.9: how ranges, and points in them, lie to one another; feelin leaves these to be written.
const firstIn = (a, b) => cmp(a.start, b.start) || b['start included'] - a['start included'];
const lastIn = (a, b) => cmp(a.end, b.end) || a['end included'] - b['end included'];
const relations = {
    'overlaps before': (a, b) => firstIn(a, b) < 0 && !before(a, b) && lastIn(a, b) <= 0,
    'overlaps after': (a, b) => relations['overlaps before'](b, a),
    'finishes': (a, b) => isRange(a) ? lastIn(a, b) === 0 && firstIn(a, b) >= 0 : b['end included'] && cmp(a, b.end) === 0,
    'finished by': (a, b) => relations.finishes(b, a),
    'starts': (a, b) => isRange(a) ? firstIn(a, b) === 0 && lastIn(a, b) <= 0 : b['start included'] && cmp(a, b.start) === 0,
    'started by': (a, b) => relations.starts(b, a),
    'during': (a, b) => includes(b, a),
    'coincides': (a, b) => isRange(a) ? firstIn(a, b) === 0 && lastIn(a, b) === 0 : cmp(a, b) === 0,
};
for (const [name, relation] of Object.entries(relations)) {
    const points = { coincides: (a, b) => isRange(a) === isRange(b), 'started by': isRange, 'finished by': isRange };
    const fits = points[name] ?? (/^overlaps/.test(name) ? (a, b) => isRange(a) && isRange(b) : (a, b) => isRange(b));
    builtins[name] = fn((a, b) => (fits(a, b) ? relation(a, b) : null), ['any', 'any'], ['a', 'b']);
}

// the last moment of a day is the first of the next
function momentOf(text) {
    const ends = /T24:00(:00(\.0+)?)?$/.test(text);
    const found = Temporal.PlainDateTime.from(ends ? text.replace('T24', 'T00') : text);
    return ends ? found.add({ days: 1 }) : found;
}

// 10.3.4.1: range(from) reads a range whose ends are literals.
const RANGE_TEXT = /^\s*([[(\]])\s*(.*?)\s*\.\.\s*(.*?)\s*([\])[])\s*$/;
const RANGE_END = /^(-?\d+(\.\d+)?|"([^"\\]|\\.)*"|@"[^"]*"|(date|time|date and time|duration)\("[^"]*"\))$/;
builtins.range = fn(function (from) {
    const parts = RANGE_TEXT.exec(from);
    if (!parts || ![parts[2], parts[3]].every((text) => text === '' || RANGE_END.test(text))) {
        return invalidArguments('range({from}) is not a range', { from });
    }
    const [start, end] = [parts[2], parts[3]].map((text) => (text === '' ? null : evaluate(text).value));
    const open = [start === null, end === null];
    const kinds = new Set([start, end].filter((value) => value !== null).map(getType));
    const wrong = kinds.size !== 1 || (open[0] && parts[1] === '[') || (open[1] && parts[4] === ']');
    if (wrong || (start !== null && end !== null && cmp(start, end) > 0)) {
        return invalidArguments('range({from}) is not a range', { from });
    }
    return createRange(start, end, parts[1] === '[', parts[4] === ']');
}, ['string'], ['from']);
