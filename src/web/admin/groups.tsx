/** Groups, rooms and resources, and who belongs to a group. */
import type { VNode } from 'preact';
import { useId, useState } from 'preact/hooks';
import type { AdminGroup, NewGroup, Person } from '../../portal/api.ts';
import { call } from '../client.ts';
import { ask } from '../state/questions.ts';
import { t } from '../text.ts';
import { attempt, SelectField, TextField } from '../ui/fields.tsx';
import { Icon } from '../ui/icons.tsx';
import { useLoaded } from '../ui/loading.ts';
import { ta } from './words.ts';

export function GroupsTab(): VNode {
  const { value, problem, reload } = useLoaded(() => call('GET /admin/groups'), '');
  return (
    <>
      <AddGroup onAdded={reload} />
      {problem !== '' && <p class="problem">{problem}</p>}
      {value?.groups.length === 0 && <p class="hint">{ta('noGroups')}</p>}
      {value?.groups.map((group) => (
        <GroupCard key={group.id} group={group} onChanged={reload} />
      ))}
    </>
  );
}

function kindLabel(kind: Person['kind']): string {
  if (kind === 'room') return ta('kindRoom');
  return kind === 'resource' ? ta('kindResource') : ta('kindGroup');
}

function AddGroup({ onAdded }: { readonly onAdded: () => void }): VNode {
  const empty: NewGroup = { kind: 'group', name: '', displayName: '' };
  const [values, setValues] = useState(empty);
  const put = (patch: Partial<NewGroup>): void => setValues({ ...values, ...patch });
  const add = async (): Promise<void> => {
    await call('POST /admin/groups', { body: values });
    setValues(empty);
    onAdded();
  };
  return (
    <form
      class="inline-form"
      onSubmit={(event) => {
        event.preventDefault();
        attempt(add);
      }}
    >
      <SelectField<NewGroup['kind']>
        label={t('kind')}
        value={values.kind}
        choices={(['group', 'room', 'resource'] as const).map((value) => ({
          value,
          label: kindLabel(value),
        }))}
        onValue={(kind) => put({ kind })}
      />
      <TextField
        label={t('name')}
        value={values.displayName}
        onValue={(displayName) => put({ displayName })}
        required
      />
      <TextField
        label={ta('nameInAddress')}
        value={values.name}
        onValue={(name) => put({ name })}
        required
        pattern="[a-z0-9._\-]+"
      />
      <button type="submit" class="button button-primary">
        {t('add')}
      </button>
    </form>
  );
}

function GroupCard({
  group,
  onChanged,
}: {
  readonly group: AdminGroup;
  readonly onChanged: () => void;
}): VNode {
  const remove = async (): Promise<void> => {
    const answer = await ask(
      ta('deleteGroupTitle', { name: group.displayName }),
      [ta('deleteGroupText')],
      [{ value: 'delete', label: t('delete'), kind: 'danger' }],
    );
    if (answer !== 'delete') return;
    await call('DELETE /admin/groups/{group}', { path: { group: group.id }, ifMatch: group.etag });
    onChanged();
  };
  const leave = async (person: string): Promise<void> => {
    await call('DELETE /admin/groups/{group}/members/{person}', { path: { group: group.id, person } });
    onChanged();
  };
  return (
    <section class="card" aria-label={group.displayName}>
      <div class="card-head">
        <h2>{group.displayName}</h2>
        <span class="badge">{kindLabel(group.kind)}</span>
        <span class="spacer" />
        <button
          type="button"
          class="button button-small button-danger-quiet"
          aria-label={`${t('delete')}: ${group.displayName}`}
          onClick={() => attempt(remove)}
        >
          {t('delete')}
        </button>
      </div>
      {group.kind === 'group' && (
        <>
          <ul class="chips">
            {group.members.map(({ id, displayName }) => (
              <li key={id}>
                <span>{displayName}</span>
                <button
                  type="button"
                  class="button-icon"
                  aria-label={`${t('remove')}: ${displayName}`}
                  onClick={() => attempt(() => leave(id))}
                >
                  <Icon name="close" />
                </button>
              </li>
            ))}
          </ul>
          <AddMember group={group} onChanged={onChanged} />
        </>
      )}
    </section>
  );
}

function AddMember({
  group,
  onChanged,
}: {
  readonly group: AdminGroup;
  readonly onChanged: () => void;
}): VNode {
  const [text, setText] = useState('');
  const [found, setFound] = useState<readonly Person[]>([]);
  const list = useId();
  const look = (typed: string): void => {
    setText(typed);
    if (typed.trim().length >= 2)
      attempt(async () => setFound((await call('GET /people', { query: { text: typed.trim() } })).people));
  };
  const add = async (): Promise<void> => {
    const person = found.find(({ displayName, name }) => displayName === text.trim() || name === text.trim());
    if (!person) return;
    await call('PUT /admin/groups/{group}/members/{person}', {
      path: { group: group.id, person: person.id },
    });
    setText('');
    onChanged();
  };
  return (
    <form
      class="inline-form"
      onSubmit={(event) => {
        event.preventDefault();
        attempt(add);
      }}
    >
      <TextField
        label={ta('addMember')}
        value={text}
        onValue={look}
        list={list}
        placeholder={t('nameOrEmail')}
      />
      <datalist id={list}>
        {found.map(({ id, displayName }) => (
          <option key={id} value={displayName} />
        ))}
      </datalist>
      <button type="submit" class="button">
        {t('add')}
      </button>
    </form>
  );
}
