import './style.css';
import { embeddedJson, ownAddress } from '../common/dom.js';
import { Refusal, sendJson } from '../common/http.js';
import { showTime, t } from '../common/i18n.js';
import { loading } from '../common/ready.js';
import { clearAlert, showAlert, showConflict } from './alerts.js';
import { places } from './attachment.jsx';
import { Drafts, typedOpinion } from './drafts.js';
import {
  focusField, focusFirstError, labels, makeForm, readyForm, setAnswer, showErrors, submitForm, typedAnswers,
} from './form.js';
import { tablePlaces } from './table-files.jsx';

const newKey = () => window.crypto.randomUUID?.() || `${Date.now()}-${Math.random().toString(36).slice(2)}`;

// A task may ask for an opinion only.
const WITHOUT_FORM = { type: 'default', id: 'none', schemaVersion: 19, components: [] };

/** The task page: a form that saves itself and can be submitted. */
class TaskPage {
  constructor(root) {
    this.root = root;
    this.settings = root.dataset;
    this.schema = embeddedJson('form-schema', null) || WITHOUT_FORM;
    this.context = embeddedJson('form-context', {});
    this.key = root.dataset.idempotencyKey || newKey();
    this.busy = false;
    places.upload = root.dataset.uploadUrl || null;
    places.file = root.dataset.fileUrl || places.file;
    places.preview = root.dataset.previewUrl || null;
    tablePlaces.template = root.dataset.templateUrl || null;
    tablePlaces.read = root.dataset.tableUrl || null;
  }

  get readOnly() {
    return 'readonly' in this.settings || !this.settings.completeUrl;
  }

  async start() {
    await this.show(embeddedJson('form-data', {}));
    window.setTimeout(() => focusField(this.form, this.root, window.location.hash), 80);
    window.addEventListener('hashchange', () => focusField(this.form, this.root, window.location.hash));

    if (!this.readOnly) {
      this.startDrafts();
      this.listen();
    }
  }

  async show(data) {
    this.form?.destroy();
    this.root.replaceChildren();
    this.form = await makeForm({
      container: this.root, schema: this.schema, data: data || {}, context: this.context, readOnly: this.readOnly,
    });
    // Computed fields settle at once and are no change of the person's.
    this.before = JSON.stringify(typedAnswers(this.form));
    window.setTimeout(() => {
      this.before = JSON.stringify(typedAnswers(this.form));
      this.form.on('changed', () => this.changed());
    }, 60);
    window.__task = this;
  }

  changed() {
    const now = JSON.stringify(typedAnswers(this.form));

    if (now !== this.before) {
      this.before = now;
      this.drafts?.changed();
    }
  }

  startDrafts() {
    const { draftUrl, draftVersion, draftSaved } = this.settings;

    if (!draftUrl) {
      return;
    }

    this.drafts = new Drafts({
      url: draftUrl,
      owner: this.settings.draftOwner,
      version: draftVersion,
      saved: draftSaved,
      read: () => typedAnswers(this.form),
      onConflict: (problem) => this.conflict(problem),
    });
    this.offerKept();
  }

  /** Offer what an earlier visit could not save, unless the server has it already. */
  offerKept() {
    const kept = this.drafts.kept();

    const isHere = kept && JSON.stringify(kept.answers) === JSON.stringify(typedAnswers(this.form))
      && (kept.opinion ?? typedOpinion()) === typedOpinion();

    if (!kept || isHere) {
      this.drafts.forget();

      return;
    }

    const text = t('Changes made in this browser on {time} were not saved.', { time: showTime(kept.at, 'moment') });
    const restore = async () => {
      clearAlert(this.root);
      await this.show({ ...typedAnswers(this.form), ...kept.answers });
      this.takeOpinion(kept.opinion);
      this.drafts.changed();
    };
    const discard = () => {
      clearAlert(this.root);
      this.drafts.forget();
    };

    showAlert(this.root, text, { kind: 'warning', buttons: [[t('Restore them'), restore], [t('Discard them'), discard]] });
  }

  conflict(problem) {
    showConflict(this.root, {
      problem,
      names: labels(this.schema),
      mine: typedAnswers(this.form),
      keepMine: () => {
        clearAlert(this.root);
        this.drafts.resolve(problem.version, true);
      },
      takeTheirs: async () => {
        clearAlert(this.root);
        await this.show(problem.answers || {});
        this.takeOpinion(problem.opinion);
        this.drafts.resolve(problem.version, false);
      },
    });
  }

  takeOpinion(text) {
    const opinion = document.getElementById('opinion');

    if (opinion && typeof text === 'string') {
      opinion.value = text;
    }
  }

  listen() {
    document.querySelectorAll('[data-action="submit"]').forEach((button) => {
      button.addEventListener('click', (event) => {
        event.preventDefault();
        this.submit(button);
      });
    });
    document.querySelectorAll('[data-action="save"]').forEach((button) => {
      button.addEventListener('click', () => {
        if (this.drafts) {
          this.drafts.dirty = true;
          this.drafts.save();
        }
      });
    });
    document.querySelectorAll('[data-opinion]').forEach((button) => {
      button.addEventListener('click', () => {
        const opinion = document.getElementById('opinion');
        // What was typed stays: the sentence comes where the cursor is.
        opinion.setRangeText(button.dataset.opinion, opinion.selectionStart, opinion.selectionEnd, 'end');
        opinion.focus();
        this.drafts?.changed();
      });
    });
    document.getElementById('opinion')?.addEventListener('input', () => this.drafts?.changed());
    // Enter in a field submits form-js's own <form>: here only the button does.
    this.root.addEventListener('submit', (event) => {
      event.preventDefault();
      event.stopPropagation();
    }, true);
  }

  setBusy(busy) {
    this.busy = busy;
    document.querySelectorAll('[data-action="submit"]').forEach((button) => {
      button.disabled = busy;
      button.toggleAttribute('aria-busy', busy);
    });
  }

  async submit(button) {
    if (this.busy) {
      return;
    }

    clearAlert(this.root);

    for (const [name, value] of Object.entries(button.dataset)) {
      if (name.startsWith('answer')) {
        // dataset turns data-answer-is_late into answerIs_late and data-answer-decision into answerDecision
        const key = name.slice('answer'.length);
        await setAnswer(this.form, key.charAt(0).toLowerCase() + key.slice(1), value);
      }
    }

    await readyForm(this.form);

    const { answers, errors } = this.collect();

    if (Object.keys(errors).length > 0) {
      showAlert(this.root, t('Please correct the marked fields.'));
      this.focusFault();

      return;
    }

    this.setBusy(true);

    try {
      await this.send(answers);
    } catch (error) {
      this.setBusy(false);
      this.refused(error instanceof Refusal ? error : new Refusal(0, { detail: error.message }));
    }
  }

  focusFault() {
    // messages are drawn a moment later
    window.setTimeout(() => focusFirstError(this.root), 50);
  }

  /** Check the form and give `{ answers, errors }` as they would be sent. */
  collect() {
    return submitForm(this.form);
  }

  async send(answers) {
    // an autosave under way must not come after the task is done
    await this.drafts?.saving;

    // the version is the draft's: whoever changed it elsewhere must be asked first
    const opinion = typedOpinion();
    const body = { answers, opinion, version: this.drafts ? this.drafts.version : null };
    const written = JSON.stringify(body);

    // the same key for the same attempt, so that a lost answer leads to no second effect
    this.key = this.attempt && this.attempt !== written ? newKey() : this.key;
    this.attempt = written;
    this.drafts?.submitted(answers);

    const done = await sendJson('POST', this.settings.completeUrl, body, { headers: { 'Idempotency-Key': this.key } });
    this.drafts?.finish();
    window.location.assign(ownAddress(done.next || '/') || '/');
  }

  refused({ status, problem }) {
    const text = problem.detail || problem.title;

    this.drafts?.adopt(problem.draft_version);
    this.drafts?.resume();

    if (status === 409 && problem.code === 'draft_changed' && this.drafts) {
      this.drafts.stopped = true;
      this.conflict(problem);

      return;
    }

    if (status === 422 || (status === 400 && problem.fields)) {
      this.key = newKey();
      const rest = showErrors(this.form, problem.fields);
      showAlert(this.root, text || t('Please correct the marked fields.'), { list: rest });
      this.focusFault();

      return;
    }

    this.drafts?.keep(typedAnswers(this.form));

    if (status === 409 || status === 410 || status === 404) {
      const next = problem.next && ownAddress(problem.next);
      const list = Object.values(problem.state || {}).filter((item) => typeof item === 'string');

      if (this.drafts) {
        this.drafts.stopped = true;
      }

      showAlert(this.root, text || t('This task can no longer be submitted; your answers are kept.'), {
        list, link: next ? { href: next, text: t('See the current state') } : null,
      });
    } else if (status === 401) {
      showAlert(this.root, t('Please sign in again; your answers are kept.'));
    } else {
      showAlert(this.root, (status >= 400 && status < 500 && text)
        || t('The server did not answer. Your answers are kept; please try again.'));
    }
  }
}

async function start() {
  const root = document.getElementById('task-form');

  if (!root) {
    return;
  }

  try {
    const page = new TaskPage(root);
    await page.start();
  } catch (error) {
    showAlert(root, root.dataset.formError || t('The form could not be shown.'), { list: [error.message] });
  }
}

const done = loading('task');
start().then(() => window.setTimeout(done, 80));
