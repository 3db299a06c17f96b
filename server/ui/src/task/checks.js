// Checks that form-js does not have, as the server makes them (forms/values.py, forms/rules.py).
import { runExpressionEvaluation } from '@bpmn-io/form-js-viewer';
import { t } from '../common/i18n.js';

const TIME = /^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,3})?)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)?$/;
// The server matches no longer text, so that matching stays cheap whatever was typed.
const PATTERN_TEXT_LIMIT = 300;
const NOT_VALID = {
  date: 'Please enter a valid date.',
  time: 'Please enter a valid time.',
  datetime: 'Please enter a valid date and time.',
};

function realDate(text) {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text) || text.startsWith('0000')) {
    return false;
  }

  const date = new Date(`${text}T00:00:00Z`);

  return !Number.isNaN(date.getTime()) && date.toISOString().slice(0, 10) === text;
}

function realMoment(subtype, value) {
  if (subtype === 'date') {
    return realDate(value);
  }

  if (subtype === 'time') {
    return TIME.test(value);
  }

  const split = value.indexOf('T');

  return split > 0 && realDate(value.slice(0, split)) && TIME.test(value.slice(split + 1));
}

const today = () => new Intl.DateTimeFormat('sv-SE', { timeZone: 'Asia/Shanghai' }).format(new Date());

export const acceptedTypes = (accept) => (Array.isArray(accept) ? accept : String(accept || '').split(','))
  .map((rule) => String(rule).trim().toLowerCase()).filter(Boolean);

function fits(file, rule) {
  const type = String(file.type || '').toLowerCase();

  if (rule.startsWith('.')) {
    return String(file.name || '').toLowerCase().endsWith(rule);
  }

  return rule.endsWith('/*') ? type.startsWith(rule.slice(0, -1)) : type === rule;
}

/** Give what is wrong with a file for a field, null when nothing is. */
export function fileProblem(field, file) {
  const { accept, maxMb } = field.properties || {};
  const rules = acceptedTypes(accept);

  if (rules.length > 0 && !rules.some((rule) => fits(file, rule))) {
    return t('Files of this type are not accepted: {value}.', { value: file.name });
  }

  return typeof maxMb === 'number' && file.size > maxMb * 1024 * 1024
    ? t('The file is larger than {value} MB.', { value: maxMb })
    : null;
}

const NUMBER = /^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?\s*$/;

/** Give what a cell of a table holds that its field cannot: elsewhere nothing else than fitting values can be typed. */
function stray(field, value, options) {
  if (field.type === 'number' && typeof value === 'string' && value !== '' && !NUMBER.test(value)) {
    return t('Value is not a number.');
  }

  if (field.type === 'checkbox' && value !== null && value !== undefined && typeof value !== 'boolean') {
    return t('Value is expected to be yes or no.');
  }

  if (['checklist', 'taglist'].includes(field.type) && typeof value === 'string') {
    return t('Value is expected to be a list.');
  }

  const chosen = ['select', 'radio'].includes(field.type) && value !== null && value !== undefined && value !== '';

  return chosen && !options().some((option) => option === value) ? t('Please choose one of the options.') : null;
}

/** Give what stands in the way of reading a value at all: nothing else is checked then. */
function unreadable(field, value) {
  if (field.type === 'datetime' && value && !realMoment(field.subtype, value)) {
    return t(NOT_VALID[field.subtype] || NOT_VALID.date);
  }

  if (field.type !== 'attachment' || !Array.isArray(value)) {
    return null;
  }

  const most = field.properties?.maxFiles || 100;

  if (value.length > most) {
    return t('At most {value} files.', { value: most });
  }

  return value.map((file) => fileProblem(field, file)).find(Boolean) || null;
}

function optionsOf(form, field, instance) {
  const { values, valuesKey, valuesExpression } = field;
  const source = valuesKey !== undefined ? form._getState().initialData?.[valuesKey] : values !== undefined ? values
    : runExpressionEvaluation(form.get('expressionLanguage'), valuesExpression, instance.expressionContextInfo);

  return (Array.isArray(source) ? source : []).map((one) => (one !== null && typeof one === 'object' ? one.value ?? one.label : one));
}

/** Add our checks to a form's own. */
export function extendValidation(form) {
  const validator = form.get('validator');
  const registry = form.get('formFieldRegistry');
  const own = validator.validateFieldInstance.bind(validator);

  validator.validateFieldInstance = (instance, value) => {
    const field = registry.get(instance.id);

    if (!field || field.type === 'expression') {
      return [];
    }

    const problem = unreadable(field, value) || stray(field, value, () => optionsOf(form, field, instance));

    if (problem) {
      return [problem];
    }

    const { pattern, patternErrorMessage } = field.validate || {};

    if (pattern && typeof value === 'string' && [...value].length > PATTERN_TEXT_LIMIT) {
      const text = patternErrorMessage || t('Field must match pattern {value}.', { value: pattern });

      return [text, ...own(instance, value).filter((message) => message !== text)];
    }

    const passed = field.type === 'datetime' && field.disallowPassedDates && field.subtype !== 'time'
      && value && value.slice(0, 10) < today();

    return passed ? [...own(instance, value), t('The date must not be in the past.')] : own(instance, value);
  };
}
