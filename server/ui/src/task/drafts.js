import { Refusal, csrfToken, sendJson } from '../common/http.js';
import { showTime, t } from '../common/i18n.js';

const PAUSE = 2000;
const LONGEST = 30000;
// Browsers refuse a keepalive request above 64 kB in total.
const KEEPALIVE_BYTES = 60000;

// A database may give the keys of an object in another order.
const written = (value) => JSON.stringify(value, (_, part) => (part && typeof part === 'object' && !Array.isArray(part)
  ? Object.fromEntries(Object.entries(part).sort(([left], [right]) => (left < right ? -1 : 1)))
  : part));

/** Give what stands in the field for the opinion. */
export const typedOpinion = () => document.getElementById('opinion')?.value || '';

/** Saves what is typed: two seconds after the last change, at least every thirty, and when the page is left. */
export class Drafts {
  constructor({ url, owner, version, saved, read, onConflict }) {
    this.url = url;
    this.version = Number(version) || 0;
    this.read = read;
    this.onConflict = onConflict;
    this.dirty = false;
    this.stopped = false;
    this.held = false;
    this.saving = null;
    this.timer = 0;
    this.since = 0;
    this.key = `draft:${owner ? `${owner}:` : ''}${url}`; // a colleague at the same machine is not offered it
    this.chip = document.getElementById('draft-state');

    if (saved) {
      this.say('saved', t('Draft saved {time}', { time: showTime(saved) }));
    }

    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState === 'hidden') {
        this.leave();
      } else if (this.dirty) {
        // whoever comes back may have signed in again in another tab
        this.save();
      }
    });
    window.addEventListener('pagehide', () => this.leave());
    window.addEventListener('online', () => this.dirty && this.save());
  }

  say(state, text) {
    if (this.chip && this.chip.textContent !== text) {
      this.chip.dataset.state = state;
      this.chip.textContent = text;
    }
  }

  changed() {
    if (this.stopped) {
      return;
    }

    const now = Date.now();
    this.since = this.dirty ? this.since : now;
    this.dirty = true;
    this.say('dirty', t('Changes not saved yet'));
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => this.save(), Math.max(0, Math.min(PAUSE, this.since + LONGEST - now)));
  }

  async save() {
    if (this.saving) {
      await this.saving;
    }

    if (this.dirty && !this.stopped && !this.held) {
      this.saving = this.send().finally(() => {
        this.saving = null;
      });
      await this.saving;
    }

    return !this.dirty;
  }

  async send() {
    const answers = this.read();
    window.clearTimeout(this.timer);
    this.dirty = false;
    this.say('saving', t('Saving draft…'));

    try {
      const { version, saved_at: savedAt } = await sendJson('PUT', this.url, this.body(answers));
      this.version = version;
      this.forget();

      if (!this.dirty) {
        this.say('saved', t('Draft saved {time}', { time: showTime(savedAt || new Date()) }));
      }
    } catch (error) {
      this.dirty = true;
      this.keep(answers);
      this.failed(error);
    }
  }

  /** Remember what was submitted: the server keeps a refused submission as the draft. Nothing is saved meanwhile. */
  submitted(answers) {
    this.last = written(answers);
    this.held = true;
    window.clearTimeout(this.timer);
  }

  /** Go on saving, after a submission that was refused. */
  resume() {
    this.held = false;

    if (this.dirty) {
      this.since = Date.now();
      this.changed();
    }
  }

  /** Take over the version under which the server kept a refused submission. */
  adopt(version) {
    if (version) {
      this.version = version;
    }
  }

  body(answers) {
    return { answers, opinion: typedOpinion(), version: this.version };
  }

  failed(error) {
    const status = error instanceof Refusal ? error.status : 0;

    if (status === 409 && this.last && written(error.problem.answers) === this.last) {
      // not somebody else's: our own submission that was refused
      this.last = null;
      this.version = error.problem.version;
      this.timer = window.setTimeout(() => this.save(), 0);
    } else if (status === 409) {
      this.stopped = true;
      this.say('conflict', t('Not saved: the draft was changed elsewhere'));
      this.onConflict(error.problem);
    } else if (status === 401 || status === 403) {
      this.say('offline', t('Not saved: please sign in again in another tab. Kept in this browser.'));
      this.again();
    } else if (status === 404 || status === 410) {
      this.stopped = true;
      this.say('conflict', t('This task can no longer be submitted; your answers are kept.'));
    } else {
      this.say('offline', t('Not saved: no connection. Kept in this browser.'));
      this.again();
    }
  }

  again() {
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => this.save(), LONGEST);
  }

  /** Go on after a conflict with the version that was chosen. */
  resolve(version, mine) {
    this.version = version;
    this.stopped = false;
    this.dirty = mine;

    if (mine) {
      this.save();
    } else {
      this.forget();
    }
  }

  leave() {
    if (!this.dirty || this.stopped || this.held || this.saving) {
      return;
    }

    const answers = this.read();
    const body = JSON.stringify(this.body(answers));
    this.keep(answers);

    if (new Blob([body]).size > KEEPALIVE_BYTES) {
      this.save();

      return;
    }

    this.saving = fetch(this.url, {
      method: 'PUT',
      keepalive: true,
      credentials: 'same-origin',
      headers: { 'Content-Type': 'application/json', Accept: 'application/json', 'X-CSRFToken': csrfToken() },
      body,
    }).then(async (response) => {
      // the page may live on: a tab that was only hidden must know the new version
      if (response.ok) {
        const { version } = await response.json();
        this.version = version;
        this.dirty = false;
        this.forget();
        this.say('saved', t('Draft saved {time}', { time: showTime(new Date()) }));
      }
    }).catch(() => {}).finally(() => {
      this.saving = null;
    });
  }

  /** Stop for good, after the task was submitted. */
  finish() {
    this.stopped = true;
    this.dirty = false;
    window.clearTimeout(this.timer);
    this.forget();
  }

  keep(answers) {
    try {
      window.localStorage.setItem(this.key, JSON.stringify({ at: new Date().toISOString(), answers, opinion: typedOpinion() }));
    } catch {
      // storage is full or switched off: the server's copy remains the only one
    }
  }

  kept() {
    try {
      return JSON.parse(window.localStorage.getItem(this.key));
    } catch {
      return null;
    }
  }

  forget() {
    try {
      window.localStorage.removeItem(this.key);
    } catch {
      // nothing was kept then
    }
  }
}
