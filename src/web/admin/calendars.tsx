/** Every calendar: owner, size, export flag, handing over. */
import type { VNode } from 'preact';
import { useId, useState } from 'preact/hooks';
import type { AdminCalendar, Person } from '../../portal/api.ts';
import { call } from '../client.ts';
import { formatStamp } from '../dates.ts';
import { toast } from '../state/app-state.ts';
import { t } from '../text.ts';
import { Dialog } from '../ui/dialog.tsx';
import { attempt, CheckField, Form, TextField } from '../ui/fields.tsx';
import { useLoaded } from '../ui/loading.ts';
import { sizeText } from './size.ts';

export function CalendarsTab(): VNode {
  const [text, setText] = useState('');
  const [given, setGiven] = useState<AdminCalendar>();
  const query = text.trim();
  const { value, problem, reload } = useLoaded(
    () => call('GET /admin/calendars', { query: query === '' ? {} : { text: query } }),
    query,
  );
  const allow = async (id: string, exportAllowed: boolean): Promise<void> => {
    await call('PATCH /admin/calendars/{id}', { path: { id }, body: { exportAllowed } });
    toast(t('saved'));
    reload();
  };
  return (
    <>
      <div class="tools">
        <TextField
          label={t('search')}
          type="search"
          value={text}
          onValue={setText}
          placeholder={t('nameOrPerson')}
        />
      </div>
      {problem !== '' && <p class="problem">{problem}</p>}
      <div class="table-scroll" tabIndex={0}>
        <table>
          <thead>
            <tr>
              <th scope="col">{t('name')}</th>
              <th scope="col">{t('owner')}</th>
              <th scope="col">{t('entries')}</th>
              <th scope="col">{t('size')}</th>
              <th scope="col">{t('allowExport')}</th>
              <th scope="col">{t('changed')}</th>
              <th scope="col">
                <span class="visually-hidden">{t('actions')}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {value?.calendars.map((calendar) => (
              <tr key={calendar.id}>
                <th scope="row">{calendar.name}</th>
                <td>{calendar.owner.displayName}</td>
                <td>{calendar.objects}</td>
                <td>{sizeText(calendar.sizeBytes)}</td>
                <td>
                  <CheckField
                    class="check-bare"
                    label={`${t('allowExport')}: ${calendar.name}`}
                    checked={calendar.exportAllowed && !calendar.exportForbidden}
                    disabled={calendar.exportForbidden}
                    onChecked={(checked) => attempt(() => allow(calendar.id, checked))}
                  />
                </td>
                <td>{formatStamp(calendar.modified)}</td>
                <td>
                  <button
                    type="button"
                    class="button button-small"
                    aria-label={`${t('transfer')}: ${calendar.name}`}
                    onClick={() => setGiven(calendar)}
                  >
                    {t('transfer')}
                  </button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {value?.truncated && <p class="hint">{t('moreBySearch')}</p>}
      {given && (
        <Transfer
          calendar={given}
          onClose={() => {
            setGiven(undefined);
            reload();
          }}
        />
      )}
    </>
  );
}

function Transfer({
  calendar,
  onClose,
}: {
  readonly calendar: AdminCalendar;
  readonly onClose: () => void;
}): VNode {
  const [text, setText] = useState('');
  const [found, setFound] = useState<readonly Person[]>([]);
  const list = useId();
  const look = (typed: string): void => {
    setText(typed);
    if (typed.trim().length >= 2)
      attempt(async () => setFound((await call('GET /people', { query: { text: typed.trim() } })).people));
  };
  return (
    <Dialog title={t('transferTitle', { name: calendar.name })} size="small" onClose={onClose}>
      <Form
        submitLabel={t('transfer')}
        onCancel={onClose}
        onSubmit={async () => {
          const person = found.find(
            ({ displayName, name }) => displayName === text.trim() || name === text.trim(),
          );
          if (!person) return;
          await call('PATCH /admin/calendars/{id}', {
            path: { id: calendar.id },
            body: { owner: person.id },
          });
          toast(t('saved'));
          onClose();
        }}
      >
        <TextField
          label={t('newOwner')}
          value={text}
          onValue={look}
          list={list}
          required
          autoFocus
          placeholder={t('nameOrEmail')}
        />
        <datalist id={list}>
          {found.map(({ id, displayName }) => (
            <option key={id} value={displayName} />
          ))}
        </datalist>
      </Form>
    </Dialog>
  );
}
