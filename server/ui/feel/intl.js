// QuickJS has no Intl. The temporal polyfill asks it for two things: the name of the machine's zone (we say UTC; the
// caller's zone comes with each evaluation) and the wall clock of a named zone. Zones of a fixed offset are answered
// from here; China's is one. Of the others Python brings the tables when a text names them (qsZone), so that they mean
// what they mean in a browser. Any other name is refused, and FEEL gives null for it.
const HOURS = { UTC: 0, 'Etc/UTC': 0, 'Asia/Shanghai': 8, 'Asia/Chongqing': 8, 'Asia/Urumqi': 6, 'Asia/Hong_Kong': 8 };

// name -> [[seconds since 1970, offset in seconds], ...]
const ZONES = new Map(Object.entries(HOURS).map(([name, hours]) => [name, [[-Infinity, hours * 3600]]]));

globalThis.qsZone = (name, transitions) => {
  if (!ZONES.has(name)) {
    ZONES.set(name, JSON.parse(transitions));
  }

  return JSON.stringify({ v: ZONES.size });
};

function offsetAt(zone, seconds) {
  const table = ZONES.get(zone);
  let [low, high] = [0, table.length];

  while (high - low > 1) {
    const middle = (low + high) >> 1;
    [low, high] = table[middle][0] <= seconds ? [middle, high] : [low, middle];
  }

  return table[low][1];
}

class DateTimeFormat {
  constructor(_locales, options = {}) {
    const wanted = (options.timeZone ?? 'UTC').toUpperCase();
    const zone = [...ZONES.keys()].find((name) => name.toUpperCase() === wanted);

    if (zone === undefined) {
      throw new RangeError(`unknown zone: ${wanted}`);
    }

    this.zone = zone;
  }

  resolvedOptions() {
    return { timeZone: this.zone, locale: 'en', calendar: 'iso8601', numberingSystem: 'latn' };
  }

  formatToParts(milliseconds) {
    const wall = new Date(milliseconds + offsetAt(this.zone, milliseconds / 1000) * 1000);

    return Object.entries({
      year: wall.getUTCFullYear(),
      month: wall.getUTCMonth() + 1,
      day: wall.getUTCDate(),
      hour: wall.getUTCHours(),
      minute: wall.getUTCMinutes(),
      second: wall.getUTCSeconds(),
    }).map(([type, value]) => ({ type, value: String(value) }));
  }

  format(milliseconds) {
    return new Date(milliseconds).toISOString();
  }
}

globalThis.Intl ??= { DateTimeFormat };
