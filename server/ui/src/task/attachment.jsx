import { Description, Errors, Label } from '@bpmn-io/form-js-viewer';
import { useEffect, useRef, useState } from 'preact/hooks';
import { Refusal, safeFetch, upload } from '../common/http.js';
import { t } from '../common/i18n.js';
import { acceptedTypes, fileProblem } from './checks.js';

// Where files go to and come from; the page sets it before it makes a form.
export const places = { upload: null, file: '/files/__id__', preview: null };

// The address of each file uploaded by this page, to take it back.
const uploaded = new Map();

const linkTo = (file, place = places.file) => place.replace('__id__', encodeURIComponent(file.id));
const inKilobytes = (size) => (size >= 1048576 ? `${(size / 1048576).toFixed(1)} MB` : `${Math.ceil(size / 1024)} KB`);

function why(error) {
  if (error instanceof Refusal && error.status === 0) {
    return t('The server did not answer. Your answers are kept; please try again.');
  }

  return error.status === 401 ? t('Please sign in again; your answers are kept.') : error.message;
}

function Hint({ field }) {
  const { accept, maxMb } = field.properties || {};
  const rules = acceptedTypes(accept);
  const parts = [
    rules.length > 0 && t('Accepted: {value}', { value: rules.join(' ') }),
    maxMb && t('up to {value} MB each', { value: maxMb }),
  ].filter(Boolean);

  return parts.length > 0 ? <div class="qs-files-hint">{parts.join(' · ')}</div> : null;
}

/** A field whose files are uploaded at once, so that they survive drafts and reloads; it holds what identifies them. */
export function Attachment(props) {
  const { disabled, readonly, errors = [], domId, field, onChange, onBlur, onFocus } = props;
  const files = Array.isArray(props.value) ? props.value : [];
  const [running, setRunning] = useState([]);
  const [problems, setProblems] = useState([]);
  // Uploads end when they end: they must add to the files there are then.
  const latest = useRef(files);
  const input = useRef(null);

  useEffect(() => {
    latest.current = files;
  });

  const store = (value) => {
    latest.current = value;
    onChange({ field, value });
  };

  const send = async (file) => {
    const problem = fileProblem(field, file);

    if (problem) {
      setProblems((list) => [...list, problem]);

      return;
    }

    const job = { name: file.name, percent: 0 };
    setRunning((list) => [...list, job]);

    try {
      const stored = await upload(places.upload, { field: field.key, file }, (percent) => {
        job.percent = percent;
        setRunning((list) => [...list]);
      });
      const { id, name, size, type } = stored;

      uploaded.set(id, stored.url);

      store([...latest.current, { id, name, size, type }]);
    } catch (error) {
      setProblems((list) => [...list, t('{name} could not be uploaded: {reason}', { name: file.name, reason: why(error) })]);
    } finally {
      setRunning((list) => list.filter((other) => other !== job));
    }
  };

  const add = ({ target }) => {
    setProblems([]);
    [...target.files].forEach(send);
    target.value = '';
  };

  const remove = (file) => {
    store(latest.current.filter((other) => other.id !== file.id));

    // Only what this page brought is taken back: an earlier version of the answers may still name the others.
    if (uploaded.get(file.id)) {
      safeFetch(uploaded.get(file.id), { method: 'DELETE' }).catch(() => {});
      uploaded.delete(file.id);
    }

    input.current?.focus();
  };

  const open = !disabled && !readonly && places.upload;
  const { required } = field.validate || {};
  const messages = [...errors, ...problems];

  return (
    <div class={`fjs-form-field fjs-form-field-attachment${messages.length > 0 ? ' fjs-has-errors' : ''}`}>
      <Label htmlFor={domId} label={field.label} required={required} />
      <ul class="qs-files">
        {files.map((file) => (
          <li key={file.id}>
            <a href={linkTo(file)} target="_blank" rel="noopener">{file.name}</a>
            {places.preview ? <a href={linkTo(file, places.preview)} target="_blank" rel="noopener">{t('Preview')}</a> : null}
            <span class="qs-files-size">{inKilobytes(file.size || 0)}</span>
            {open ? (
              <button type="button" aria-label={t('Remove file {name}', { name: file.name })} onClick={() => remove(file)}>
                {t('Remove')}
              </button>
            ) : null}
          </li>
        ))}
        {running.map((job) => (
          <li key={job}>
            <progress max="100" value={job.percent} aria-label={job.name} />
            <span role="status">{t('Uploading {name}: {percent} %', job)}</span>
          </li>
        ))}
        {files.length === 0 && running.length === 0 && !open ? <li>{t('No files.')}</li> : null}
      </ul>
      {open ? (
        <label class="qs-files-add">
          <input
            ref={input} id={domId} type="file" multiple accept={acceptedTypes(field.properties?.accept).join(',')}
            onChange={add} onBlur={() => onBlur && onBlur()} onFocus={() => onFocus && onFocus()}
            aria-describedby={`${domId}-error-message`} aria-invalid={messages.length > 0}
          />
          <span aria-hidden="true">{t('Add file')}</span>
        </label>
      ) : null}
      <Hint field={field} />
      <Description id={`${domId}-description`} description={field.description} />
      <Errors id={`${domId}-error-message`} errors={messages} />
    </div>
  );
}

Attachment.config = {
  type: 'attachment',
  keyed: true,
  name: 'Attachment',
  label: 'Attachment',
  group: 'basic-input',
  emptyValue: [],
  sanitizeValue: ({ value }) => (Array.isArray(value)
    ? value.filter((file) => file !== null && typeof file === 'object' && typeof file.id === 'string')
    : []),
  create: (options = {}) => ({ ...options }),
};
