import './style.css';
import '../common/ready.js';
import './pulse.js';
import 'bootstrap/js/dist/alert';
import 'bootstrap/js/dist/collapse';
import 'bootstrap/js/dist/dropdown';
import 'bootstrap/js/dist/modal';
import 'bootstrap/js/dist/offcanvas';
import 'bootstrap/js/dist/tab';
import 'bootstrap/js/dist/tooltip';
import Alpine from '@alpinejs/csp';
import htmx from 'htmx.org';
import { ask, toast } from '../common/dom.js';
import { csrfToken, safeFetch } from '../common/http.js';
import { t } from '../common/i18n.js';
import './keys.js';

window.fetch = safeFetch;

Object.assign(htmx.config, {
  allowEval: false,
  allowScriptTags: false,
  includeIndicatorStyles: false,
  selfRequestsOnly: true,
  historyCacheSize: 0,
});

document.addEventListener('htmx:configRequest', ({ detail }) => {
  if (detail.verb !== 'get') {
    detail.headers['X-CSRFToken'] = csrfToken();
  }
});
document.addEventListener('toast', ({ detail }) => toast(detail.text || detail.value || '', detail.kind));
document.addEventListener('htmx:responseError', ({ detail }) => toast(detail.xhr.statusText || t('Failed'), 'danger'));

// A question before a form is sent: data-confirm on the form or on the button that sends it.
const confirmed = new WeakSet();

document.addEventListener('submit', async (event) => {
  const form = event.target;
  const question = event.submitter?.dataset.confirm || form.dataset.confirm;

  if (question && !confirmed.has(form)) {
    event.preventDefault();
    event.stopPropagation();

    if (await ask(question)) {
      confirmed.add(form);
      form.requestSubmit(event.submitter || undefined);
      confirmed.delete(form);
    }

    return;
  }

  if (form.hasAttribute('data-once')) {
    // later, so that the pressed button is still part of what is sent
    window.setTimeout(() => form.querySelectorAll('[type=submit], button:not([type])').forEach((button) => {
      button.disabled = true;
    }));
  }
}, true);

// Back to a page that was left by sending: what was pressed can be pressed again.
window.addEventListener('pageshow', ({ persisted }) => {
  if (persisted) {
    document.querySelectorAll('form[data-once] button:disabled').forEach((button) => {
      button.disabled = false;
    });
  }
});

// A form that was unfolded takes the keyboard.
document.addEventListener('shown.bs.collapse', ({ target }) => {
  target.querySelector('input:not([type=hidden]), select, textarea')?.focus();
});

document.addEventListener('click', ({ target }) => {
  if (target.closest?.('[data-print]')) {
    window.print();
  }
});

document.addEventListener('change', ({ target }) => {
  if (target.matches?.('[data-autosubmit]')) {
    target.form.requestSubmit();
  }

  if (target.matches?.('[data-check-all]')) {
    document.getElementsByName(target.dataset.checkAll).forEach((box) => {
      box.checked = target.checked && !box.disabled;
    });
  }
});

Alpine.data('menu', () => ({
  open: false,
  toggle() {
    this.open = !this.open;
  },
  close() {
    this.open = false;
  },
}));

// <span x-data="countdown" data-until="2026-01-31T16:00:00Z" x-text="text">: how long until, or since, a moment.
Alpine.data('countdown', () => ({
  text: '',
  timer: 0,
  init() {
    this.refresh();
    this.timer = window.setInterval(() => this.refresh(), 60000);
  },
  destroy() {
    window.clearInterval(this.timer);
  },
  refresh() {
    const left = new Date(this.$el.dataset.until).getTime() - Date.now();
    const days = Math.floor(Math.abs(left) / 86400000);

    this.text = left < 0
      ? t('{days} d overdue', { days: days + 1 })
      : t('{days} d {hours} h left', { days, hours: Math.floor((left % 86400000) / 3600000) });
  },
}));

Alpine.start();
