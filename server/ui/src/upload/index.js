import './style.css';
import { element, ownAddress } from '../common/dom.js';
import { Refusal, upload } from '../common/http.js';
import { t } from '../common/i18n.js';
import { loading } from '../common/ready.js';

const PAUSE = 1000;
const PATIENCE = 10;

/** What a person sees of a long piece of work: a bar, a sentence, and a table of what was wrong. */
class Progress {
  constructor(place) {
    this.bar = element('progress', { max: '100', class: 'qs-progress-bar' });
    this.text = element('p', { role: 'status', class: 'mb-1' });
    this.faults = element('div', {});
    this.bar.setAttribute('aria-label', t('Processing…'));
    place.replaceChildren(element('div', { class: 'qs-progress' }, this.bar, this.text), this.faults);
  }

  say(text, percent) {
    this.text.textContent = text;

    if (percent === null) {
      this.bar.removeAttribute('value');
    } else {
      this.bar.value = percent;
    }
  }

  fail(text, errors) {
    this.bar.hidden = true;
    this.text.textContent = text;
    this.text.setAttribute('role', 'alert');
    this.text.className = 'alert alert-danger';
    this.list(errors || []);
  }

  list(errors) {
    if (errors.length === 0) {
      return;
    }

    const names = ['Row', 'Column', 'Value', 'Problem'];
    const head = element('tr', {}, ...names.map((name) => element('th', { scope: 'col' }, t(name))));
    const rows = errors.map(({ row, column, cell, value, text }) => element('tr', {},
      ...[cell || row, column, value, text].map((item, index) =>
        element('td', { 'data-label': t(names[index]) }, item === null || item === undefined ? '' : String(item)))));

    this.faults.replaceChildren(element('table', { class: 'table table-sm table-cards' },
      element('thead', {}, head), element('tbody', {}, ...rows)));
  }
}

const wait = () => new Promise((resolve) => {
  window.setTimeout(resolve, PAUSE);
});

async function read(address) {
  const response = await fetch(address, { headers: { Accept: 'application/json' } });

  if (!response.ok) {
    throw new Refusal(response.status, await response.json().catch(() => ({})));
  }

  return response.json();
}

/** Follow a piece of work until it ends; a server that does not answer for a moment is asked again. */
async function follow(url, progress) {
  const address = ownAddress(url);
  let failures = 0;

  for (;;) {
    let state;

    try {
      state = await read(address);
      failures = 0;
    } catch (error) {
      failures += 1;

      if (failures > PATIENCE) {
        throw error;
      }

      state = { state: 'running' };
    }

    if (state.state === 'failed') {
      progress.fail(state.text || t('Failed'), state.errors);

      return;
    }

    if (state.state === 'done') {
      finish(state, progress);

      return;
    }

    progress.say(state.text || (state.total
      ? t('Processing… {done} of {total}', { done: state.done, total: state.total })
      : t('Processing…')), state.total ? Math.round((state.done / state.total) * 100) : null);
    await wait();
  }
}

function finish({ text, errors, next }, progress) {
  progress.say(text || t('Finished'), 100);

  if (errors?.length > 0) {
    progress.list(errors);
  } else if (next && ownAddress(next)) {
    window.location.assign(ownAddress(next));
  } else {
    window.location.reload();
  }
}

function place(form) {
  const found = form.querySelector('[data-upload-result]') || element('div', { 'data-upload-result': true, class: 'mt-3' });

  if (!found.isConnected) {
    form.append(found);
  }

  return found;
}

async function send(form, submitter) {
  const progress = new Progress(place(form));
  const fields = Object.fromEntries(new FormData(form, submitter));
  const buttons = [...form.querySelectorAll('button, input[type=submit]')];

  buttons.forEach((button) => {
    button.disabled = true;
  });

  try {
    const answer = await upload(form.getAttribute('action') || window.location.href, fields,
      (percent) => progress.say(t('Uploading… {percent} %', { percent }), percent));

    if (answer.progress) {
      await follow(answer.progress, progress);
    } else {
      finish(answer, progress);
    }
  } catch (error) {
    const problem = error instanceof Refusal ? error.problem : {};
    progress.fail(problem.detail || problem.title || t('The server did not answer. Your answers are kept; please try again.'), problem.errors);
  } finally {
    buttons.forEach((button) => {
      button.disabled = false;
    });
  }
}

document.addEventListener('submit', (event) => {
  if (event.target.matches?.('form[data-upload]') && !event.defaultPrevented) {
    event.preventDefault();
    send(event.target, event.submitter);
  }
});

const done = loading('upload');
document.querySelectorAll('[data-progress-url]').forEach((holder) => {
  const progress = new Progress(holder);

  follow(holder.dataset.progressUrl, progress).catch((error) => progress.fail(error.message));
});
done();
