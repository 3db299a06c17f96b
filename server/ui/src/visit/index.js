import './style.css';
import { csrfToken } from '../common/http.js';
import { showTime, t } from '../common/i18n.js';

const STORE = 'visits';

// One small database on the device: what is typed and the photographs, by visit and person.
function opened() {
  return new Promise((resolve, reject) => {
    const request = window.indexedDB.open('qingshen-visits', 1);

    request.onupgradeneeded = () => request.result.createObjectStore(STORE);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

async function stored(mode, act) {
  const database = await opened();

  return new Promise((resolve, reject) => {
    const transaction = database.transaction(STORE, mode);
    const request = act(transaction.objectStore(STORE));

    transaction.oncomplete = () => {
      database.close();
      resolve(request.result);
    };
    transaction.onerror = () => reject(transaction.error);
  });
}

// crypto.randomUUID is only there over https.
const freshKey = () =>
  Array.from(window.crypto.getRandomValues(new Uint8Array(16)), (one) => one.toString(16).padStart(2, '0')).join('');

class Report {
  constructor(form) {
    this.form = form;
    this.place = `${form.dataset.owner}:${form.dataset.visit}`;
    this.state = document.getElementById('visit-state');
    this.photos = [];
    this.waiting = false;
    this.sending = false;
    this.kept = Promise.resolve();
  }

  async start() {
    const kept = await stored('readonly', (store) => store.get(this.place));

    if (kept) {
      this.restore(kept);
    }

    this.form.elements.key.value = this.form.elements.key.value || freshKey();
    this.form.addEventListener('input', () => this.keep());
    this.form.elements.photos.addEventListener('change', () => this.add());
    this.form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.hand();
    });
    document.getElementById('visit-sign').addEventListener('click', () => this.sign());
    window.addEventListener('online', () => this.waiting && this.send());
    this.show();

    if (this.waiting) {
      await this.send();
    }
  }

  restore({ fields, photos, waiting }) {
    Object.entries(fields).forEach(([name, value]) => {
      const field = this.form.elements[name];

      if (field && name !== 'csrf_token') {
        field.value = value;
      }
    });
    this.photos = photos;
    this.waiting = waiting;
  }

  say(text) {
    this.state.textContent = text;
  }

  show() {
    const at = this.form.elements.signed_in_at.value;
    const list = document.getElementById('visit-pictures');

    document.getElementById('visit-sign').hidden = Boolean(at);
    document.getElementById('visit-signed').textContent = at ? t('Signed in at {time}', { time: showTime(at) }) : '';
    list.replaceChildren(
      ...this.photos.map((photo, index) => {
        const line = document.createElement('li');
        const drop = document.createElement('button');

        line.textContent = `${photo.name} `;
        drop.type = 'button';
        drop.className = 'btn btn-sm';
        drop.textContent = t('Remove');
        drop.addEventListener('click', async () => {
          this.photos.splice(index, 1);
          await this.keep();
          this.show();
        });
        line.append(drop);

        return line;
      }),
    );
  }

  async sign() {
    this.form.elements.signed_in_at.value = new Date().toISOString();
    await this.keep();
    this.show();
  }

  async add() {
    this.photos.push(...this.form.elements.photos.files);
    this.form.elements.photos.value = '';
    await this.keep();
    this.show();
  }

  // One after the other, each with what stands there when its turn comes: nothing older overwrites.
  keep() {
    this.kept = this.kept.then(() => this.write());

    return this.kept;
  }

  async write() {
    const fields = Object.fromEntries(
      [...new FormData(this.form)].filter(([name]) => name !== 'photos' && name !== 'csrf_token'),
    );

    await stored('readwrite', (store) => store.put({ fields, photos: this.photos, waiting: this.waiting }, this.place));

    if (!this.waiting) {
      this.say(t('Kept on this device'));
    }
  }

  async hand() {
    if (!this.form.elements.signed_in_at.value) {
      await this.sign();
    }

    this.waiting = true;
    await this.keep();
    await this.send();
  }

  async send() {
    if (this.sending) {
      return;
    }

    this.sending = true;
    this.say(t('Sending'));

    const body = new FormData(this.form);
    body.delete('photos');
    this.photos.forEach((photo) => body.append('photos', photo, photo.name));

    try {
      const answer = await fetch(this.form.action, { method: 'POST', headers: { 'X-CSRFToken': csrfToken() }, body });

      if (answer.ok && !answer.url.includes('/login')) {
        await stored('readwrite', (store) => store.delete(this.place));
        window.location.assign(answer.url);
      } else {
        await this.refused(answer);
      }
    } catch {
      this.say(t('No network: the report stays here and is sent when there is one'));
    } finally {
      this.sending = false;
    }
  }

  // What the server will not take must be changed by the person, so it is not sent again by itself.
  async refused(answer) {
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    const told = page.querySelector('.alert-danger');

    this.waiting = false;
    await this.keep();
    this.say(told ? told.textContent.trim() : t('The report was not accepted; sign in again and send it once more'));
  }
}

const form = document.querySelector('form[data-visit]');

if (form && window.indexedDB) {
  new Report(form).start();
}
