/** People: add, import, disable, new password, roles. */
import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import type { AdminPerson, AdminPersonPatch, IssuedPerson, PeopleImportReport } from '../../portal/api.ts';
import { call } from '../client.ts';
import { formatStamp } from '../dates.ts';
import { toast } from '../state/app-state.ts';
import { ask } from '../state/questions.ts';
import { t } from '../text.ts';
import { CopyRow } from '../ui/copy.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { attempt, CheckField, Form, TextField } from '../ui/fields.tsx';
import { Icon } from '../ui/icons.tsx';
import { useLoaded } from '../ui/loading.ts';
import { Menu } from '../ui/menu.tsx';
import { Table } from '../ui/table.tsx';
import { sizesText } from './size.ts';
import { ta } from './words.ts';

export function PeopleTab(): VNode {
  const [text, setText] = useState('');
  const [isAdding, setAdding] = useState(false);
  const [issued, setIssued] = useState<IssuedPerson>();
  const [report, setReport] = useState<PeopleImportReport>();
  const query = text.trim();
  const { value, problem, reload } = useLoaded(
    () => call('GET /admin/people', { query: query === '' ? {} : { text: query } }),
    query,
  );
  const importCsv = async (file: File | undefined): Promise<void> => {
    if (!file) return;
    setReport(await call('POST /admin/people/import', { body: new Blob([file], { type: 'text/csv' }) }));
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
          placeholder={t('nameOrEmail')}
        />
        <span class="spacer" />
        <label class="button file-button">
          {ta('importCsv')}
          <input
            type="file"
            accept=".csv,text/csv"
            onChange={(event) => attempt(() => importCsv(event.currentTarget.files?.[0]))}
          />
        </label>
        <button type="button" class="button button-primary" onClick={() => setAdding(true)}>
          {t('addPerson')}
        </button>
      </div>
      <p class="hint">{ta('csvFormat')}</p>
      {problem !== '' && <p class="problem">{problem}</p>}
      {report && <Report report={report} />}
      <Table
        heads={[t('fullName'), t('userName'), t('role'), t('source'), t('storage'), t('lastUsed')]}
        actions={t('actions')}
      >
        {value?.people.map((person) => (
          <Row key={person.id} person={person} onChanged={reload} onIssued={setIssued} />
        ))}
      </Table>
      {value?.people.length === 0 && <p class="hint">{t('nothingFound')}</p>}
      {value?.truncated && <p class="hint">{t('moreBySearch')}</p>}
      {isAdding && (
        <AddPerson
          onClose={() => setAdding(false)}
          onAdded={(person) => {
            setAdding(false);
            setIssued(person);
            reload();
          }}
        />
      )}
      {issued?.password && (
        <Issued name={issued.person.name} password={issued.password} onClose={() => setIssued(undefined)} />
      )}
    </>
  );
}

function Row(props: {
  readonly person: AdminPerson;
  readonly onChanged: () => void;
  readonly onIssued: (issued: IssuedPerson) => void;
}): VNode {
  const { person, onChanged, onIssued } = props;
  const patch = (body: AdminPersonPatch): void =>
    attempt(async () => {
      await call('PATCH /admin/people/{person}', { path: { person: person.id }, body, ifMatch: person.etag });
      toast(t('saved'));
      onChanged();
    });
  const reset = (): void =>
    attempt(async () => {
      const answer = await ask(
        ta('resetPasswordTitle', { name: person.displayName }),
        [ta('resetPasswordText')],
        [{ value: 'reset', label: ta('resetPassword'), kind: 'danger' }],
      );
      if (answer === 'reset')
        onIssued(await call('POST /admin/people/{person}/reset', { path: { person: person.id } }));
    });
  const sources = { local: ta('sourceLocal'), ldap: 'LDAP', oidc: 'OpenID Connect' } as const;
  return (
    <tr class={person.disabled ? 'row-off' : ''}>
      <th scope="row">
        {person.displayName}
        <small>{person.addresses[0]}</small>
      </th>
      <td>{person.name}</td>
      <td>
        {ta(person.isAdmin ? 'roleAdmin' : 'rolePerson')}
        {person.disabled && <span class="badge">{t('disabled')}</span>}
      </td>
      <td>{sources[person.source]}</td>
      <td>{sizesText(person.usedBytes, person.maxBytes)}</td>
      <td>{person.lastUsed === null ? '–' : formatStamp(person.lastUsed)}</td>
      <td>
        <Menu
          label={t('actionsFor', { name: person.displayName })}
          items={[
            {
              label: ta(person.isAdmin ? 'makePerson' : 'makeAdmin'),
              run: () => patch({ isAdmin: !person.isAdmin }),
            },
            {
              label: ta('resetPassword'),
              run: reset,
              reason: person.source === 'local' ? undefined : ta('reason_not_local'),
            },
            {
              label: t(person.disabled ? 'enable' : 'disable'),
              run: () => patch({ disabled: !person.disabled }),
            },
          ]}
        >
          <Icon name="more" />
        </Menu>
      </td>
    </tr>
  );
}

function AddPerson(props: {
  readonly onClose: () => void;
  readonly onAdded: (person: IssuedPerson) => void;
}): VNode {
  const [values, setValues] = useState({ name: '', displayName: '', email: '', isAdmin: false });
  const put = (patch: Partial<typeof values>): void => setValues({ ...values, ...patch });
  return (
    <Dialog title={t('addPerson')} size="small" onClose={props.onClose}>
      <Form
        submitLabel={t('add')}
        onCancel={props.onClose}
        onSubmit={async () => {
          const { name, displayName, email, isAdmin } = values;
          const body = {
            name,
            isAdmin,
            ...(displayName !== '' && { displayName }),
            ...(email !== '' && { email }),
          };
          props.onAdded(await call('POST /admin/people', { body }));
        }}
      >
        <TextField
          label={t('fullName')}
          value={values.displayName}
          onValue={(displayName) => put({ displayName })}
          autoFocus
        />
        <TextField label={t('userName')} value={values.name} onValue={(name) => put({ name })} required />
        <TextField label={t('email')} type="email" value={values.email} onValue={(email) => put({ email })} />
        <CheckField
          label={ta('roleAdmin')}
          checked={values.isAdmin}
          onChecked={(isAdmin) => put({ isAdmin })}
        />
      </Form>
    </Dialog>
  );
}

function Issued(props: {
  readonly name: string;
  readonly password: string;
  readonly onClose: () => void;
}): VNode {
  return (
    <Dialog title={ta('newPasswordFor', { name: props.name })} size="small" onClose={props.onClose}>
      <div class="dialog-body">
        <CopyRow label={t('password')} value={props.password} />
        <p class="hint">{t('shownOnce')}</p>
      </div>
      <div class="dialog-foot">
        <span class="spacer" />
        <button type="button" class="button button-primary" onClick={props.onClose}>
          {t('done')}
        </button>
      </div>
    </Dialog>
  );
}

function Report({ report }: { readonly report: PeopleImportReport }): VNode {
  return (
    <div class="note">
      <p>{ta('peopleAdded', { n: report.added.length })}</p>
      {report.added.map(({ name, password }) => (
        <CopyRow key={name} label={name} value={password} />
      ))}
      <ul>
        {report.failed.map(({ line, message }) => (
          <li key={line}>
            {t('line', { n: line })}: {message}
          </li>
        ))}
      </ul>
    </div>
  );
}
