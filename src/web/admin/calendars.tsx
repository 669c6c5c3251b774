/** Every calendar: owner, size, export flag, handing over. */
import type { VNode } from 'preact';
import { useId, useState } from 'preact/hooks';
import type { AdminCalendar, Person } from '../../portal/api.ts';
import { loadCalendars } from '../calendars/known-calendars.ts';
import { call } from '../client.ts';
import { formatStamp } from '../dates.ts';
import { toast } from '../state/app-state.ts';
import { t } from '../text.ts';
import { Dialog } from '../ui/dialog.tsx';
import { attempt, CheckField, Form, SelectField, TextField } from '../ui/fields.tsx';
import { useLoaded } from '../ui/loading.ts';
import { Table } from '../ui/table.tsx';
import { sizeText } from './size.ts';
import { ta } from './words.ts';

export function CalendarsTab(): VNode {
  const [text, setText] = useState('');
  const [given, setGiven] = useState<AdminCalendar>();
  const [isMaking, setMaking] = useState(false);
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
        <span class="spacer" />
        <button type="button" class="button button-primary" onClick={() => setMaking(true)}>
          {t('newCalendar')}
        </button>
      </div>
      {problem !== '' && <p class="problem">{problem}</p>}
      <Table
        heads={[t('name'), t('owner'), t('entries'), t('size'), t('allowExport'), t('changed')]}
        actions={t('actions')}
      >
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
                checked={(calendar.exportAllowed || calendar.exportForced) && !calendar.exportForbidden}
                disabled={calendar.exportForbidden || calendar.exportForced}
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
      </Table>
      {value?.truncated && <p class="hint">{t('moreBySearch')}</p>}
      {isMaking && (
        <NewShared
          onClose={() => {
            setMaking(false);
            reload();
          }}
        />
      )}
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

/** A calendar that is no person's: of the company, a group, a room. */
function NewShared({ onClose }: { readonly onClose: () => void }): VNode {
  const { value, problem } = useLoaded(() => call('GET /admin/groups'), '');
  const [name, setName] = useState('');
  const [owner, setOwner] = useState('company');
  return (
    <Dialog title={t('newCalendar')} size="small" onClose={onClose}>
      <Form
        submitLabel={t('create')}
        onCancel={onClose}
        onSubmit={async () => {
          await call('POST /calendars', { body: { name: name.trim(), owner } });
          await loadCalendars();
          toast(t('calendarCreated', { name: name.trim() }));
          onClose();
        }}
      >
        {problem !== '' && <p class="problem">{problem}</p>}
        <TextField label={t('name')} value={name} onValue={setName} required autoFocus />
        <SelectField
          label={t('owner')}
          value={owner}
          choices={[
            { value: 'company', label: t('company') },
            ...(value?.groups ?? []).map(({ id, displayName }) => ({ value: id, label: displayName })),
          ]}
          onValue={setOwner}
        />
      </Form>
    </Dialog>
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
    <Dialog title={ta('transferTitle', { name: calendar.name })} size="small" onClose={onClose}>
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
          label={ta('newOwner')}
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
