import { Form } from '@bpmn-io/form-js-viewer';
import flatpickr from 'flatpickr';
import { Mandarin } from 'flatpickr/dist/l10n/zh.js';
import { isChinese, translateModule } from '../common/i18n.js';
import { Attachment } from './attachment.jsx';
import { extendValidation } from './checks.js';
import { fetchAt, isKeyed, isList, pathOf, putAt, rulesModule } from './rules.js';
import { List } from './table.jsx';
import { dropEmptyRows, flushCells, restoreCells } from './table-model.js';

if (isChinese) {
  flatpickr.localize({ ...Mandarin, monthAriaLabel: '月份', yearAriaLabel: '年份', hourAriaLabel: '时', minuteAriaLabel: '分' });
}

class OwnFields {
  constructor(formFields) {
    formFields.register('attachment', Attachment);
    formFields.register('dynamiclist', List);
  }
}

OwnFields.$inject = ['formFields'];

const ownFieldsModule = { __init__: ['ownFields'], ownFields: ['type', OwnFields] };

function eachField(components, visit) {
  (components || []).forEach((field) => {
    visit(field);
    eachField(field.components, visit);
  });
}

/** What the case says may show in fields nobody can change; an editable field never starts with it. */
function withoutEditable(schema, context) {
  const kept = { ...context };

  eachField(schema.components, (field) => {
    const fixed = field.readonly || field.disabled;

    if ((isKeyed(field) && !fixed) || (isList(field) && field.allowAddRemove !== false)) {
      delete kept[pathOf(field)[0]];
    }
  });

  return kept;
}

/** Make a form of a schema and show it. `debounce: false`, or an upload that ends would undo what is being typed. */
export async function makeForm({ container, schema, data, context, readOnly }) {
  const form = new Form({
    container,
    debounce: false,
    additionalModules: [translateModule, rulesModule, ownFieldsModule],
  });

  extendValidation(form);

  if (readOnly) {
    form.setProperty('readOnly', true);
  }

  await form.importSchema(schema, { ...withoutEditable(schema, context), ...data });
  restoreCells(form, data || {});

  return form;
}

/** Let what was just set render: conditions and computed fields settle in effects. */
export const settled = () => new Promise((resolve) => {
  window.setTimeout(() => window.setTimeout(resolve, 30), 30);
});

function addEmptyLists(form, answers) {
  const instances = form.get('formFieldInstanceRegistry').getAll();
  const fields = form.get('formFieldRegistry');
  const { data } = form._getState();

  instances.forEach(({ id, valuePath }) => {
    if (isList(fields.get(id)) && !Array.isArray(fetchAt(answers, valuePath))) {
      putAt(answers, valuePath, (fetchAt(data, valuePath) || []).map(() => ({})));
    }
  });

  return answers;
}

/** Give the answers of the fields that are shown. */
export const shownAnswers = (form) => addEmptyLists(form, form._getSubmitData());

/** Give everything typed so far, hidden fields included, so that a draft loses nothing. */
export function typedAnswers(form) {
  const { data, schema } = form._getState();
  const answers = {};

  eachField(schema.components, (field) => {
    const [first] = pathOf(field);

    if (first !== undefined && first in data && !field.disabled) {
      answers[first] = data[first];
    }
  });

  return answers;
}

/** Take over what is being typed into cells, and rows nobody wrote in away. */
export async function readyForm(form) {
  flushCells();

  if (dropEmptyRows(form)) {
    await settled();
  }
}

/** Check and collect: `{ answers, errors }`. */
export function submitForm(form) {
  flushCells();
  const { errors } = form.submit();

  return { answers: shownAnswers(form), errors };
}

/** Show the server's messages at their fields; gives those whose field is not shown. The one use of private state. */
export function showErrors(form, fields) {
  const known = {};
  const rest = [];
  const shown = new Set(form.get('formFieldInstanceRegistry').getAll().map(({ id }) => id));
  const flat = (messages) => [messages].flat(Infinity).filter((text) => typeof text === 'string');

  Object.entries(fields || {}).forEach(([id, messages]) => {
    const field = form.get('formFieldRegistry').get(id);

    if (field && isKeyed(field) && shown.has(id)) {
      known[id] = messages;
    } else {
      rest.push(...flat(messages));
    }
  });
  form._setState({ errors: known });

  return rest;
}

/** Set a field of the form by its key, as if a person had. */
export async function setAnswer(form, key, value) {
  const fields = form.get('formFieldRegistry');
  const instance = form.get('formFieldInstanceRegistry').getAll().find(({ id }) => fields.get(id).key === key);

  if (instance) {
    form._update({ fieldInstance: instance, value });
    await settled();
  }
}

/** Bring a person to the first field with a message. */
export function focusFirstError(container) {
  const field = container.querySelector('.fjs-has-errors');
  const input = field?.querySelector('input, textarea, select, button, [tabindex]');

  (input || field)?.focus({ preventScroll: true });
  field?.scrollIntoView({ block: 'center' });
}

/** Bring a person to a field that an address names (`#field-<id>`). */
export function focusField(form, container, address) {
  const id = address.slice('#field-'.length);

  if (!address.startsWith('#field-') || !form.get('formFieldRegistry').get(id)) {
    return;
  }

  // form-js names elements after the form and the field, and lists after their row besides
  const found = [...container.querySelectorAll('[id^="fjs-form-"]')].find((node) =>
    node.id.replace(/(_\d+)+$/, '').endsWith(`-${id}`));
  const field = found?.closest('.fjs-form-field') || found;

  field?.scrollIntoView({ block: 'center' });
  (found?.matches('input, textarea, select, button') ? found : field?.querySelector('input, textarea, select, button'))
    ?.focus({ preventScroll: true });
}

/** Give key and label of every top-level value, to name them in a comparison. */
export function labels(schema) {
  const names = {};

  eachField(schema.components, (field) => {
    const [first] = pathOf(field);

    if (first !== undefined && !(first in names)) {
      names[first] = field.label || field.dateLabel || first;
    }
  });

  return names;
}
