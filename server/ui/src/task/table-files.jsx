import { useRef, useState } from 'preact/hooks';
import { upload } from '../common/http.js';
import { t } from '../common/i18n.js';

// Where tables are read from files and written to them; the page sets it before it makes a form.
export const tablePlaces = { template: null, read: null };

const placeOf = (address, field) => address.replace('__list__', encodeURIComponent(field.id));

/** Read a table from a file and write one: what is read is shown before it stands in the table. */
export function FileTools({ field, rows, model, setUnplaced }) {
  const [read, setRead] = useState(null);
  const [fault, setFault] = useState('');
  const input = useRef(null);

  if (!tablePlaces.read) {
    return null;
  }

  const send = async (file) => {
    setFault('');

    try {
      setRead({ name: file.name, ...(await upload(placeOf(tablePlaces.read, field), { file }, () => {})) });
    } catch (error) {
      setFault(error.problem?.detail || error.message);
    }

    input.current.value = '';
  };
  const take = (before) => {
    // a computed cell is computed again, what a file leaves out begins as in a new row
    const made = read.rows.map((row) => ({ ...model.emptyRow(), ...row }));
    rows.change([...before, ...made]);
    setUnplaced((list) => [...list, ...(read.unplaced || [])]);
    setRead(null);
  };
  const filled = model.rows.filter((row) => !model.isEmpty(row));

  return (
    <>
      <a class="btn btn-sm" href={placeOf(tablePlaces.template, field)} download>{t('Download as a workbook')}</a>
      <label class="btn btn-sm qs-table-file">{t('Read a file (.xlsx, .csv)')}
        <input ref={input} type="file" accept=".xlsx,.csv" class="visually-hidden"
          onChange={(event) => event.target.files[0] && send(event.target.files[0])} />
      </label>
      {fault && <span class="fjs-form-field-error" role="alert">{fault}</span>}
      {read && (
        <div class="qs-table-read" role="status">
          <span>{t('{name}: {rows} rows, {problems} cells that do not fit', { name: read.name, rows: read.rows.length, problems: read.problems.length })}</span>
          <button type="button" class="btn btn-sm btn-primary" onClick={() => take([])}>{t('Replace the rows')}</button>
          {filled.length > 0 && field.allowAddRemove !== false
            && <button type="button" class="btn btn-sm" onClick={() => take(filled)}>{t('Add them below')}</button>}
          <button type="button" class="btn btn-sm" onClick={() => setRead(null)}>{t('Cancel')}</button>
        </div>
      )}
    </>
  );
}
