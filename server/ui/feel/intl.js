// QuickJS has no Intl. The temporal polyfill asks it for two things: the name of the machine's zone (we say UTC; the
// caller's zone comes with each evaluation) and the wall clock of a named zone. Only zones of a fixed offset can be
// answered without tables; China's is one. Every other name is refused, and FEEL gives null for it.
const HOURS = { UTC: 0, 'Etc/UTC': 0, 'Asia/Shanghai': 8, 'Asia/Chongqing': 8, 'Asia/Urumqi': 6, 'Asia/Hong_Kong': 8 };

class DateTimeFormat {
  constructor(_locales, options = {}) {
    const wanted = (options.timeZone ?? 'UTC').toUpperCase();
    const zone = Object.keys(HOURS).find((name) => name.toUpperCase() === wanted);

    if (zone === undefined) {
      throw new RangeError(`unknown zone: ${wanted}`);
    }

    this.zone = zone;
  }

  resolvedOptions() {
    return { timeZone: this.zone, locale: 'en', calendar: 'iso8601', numberingSystem: 'latn' };
  }

  formatToParts(milliseconds) {
    const wall = new Date(milliseconds + HOURS[this.zone] * 3600e3);

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
