/** Share: people, groups and everyone at one of the levels, and who has access by what (portal.md §3.7). */
import type { VNode } from 'preact';
import { useId, useRef, useState } from 'preact/hooks';
import type { Level, Person, Share, Shares } from '../../portal/api.ts';
import { call } from '../client.ts';
import { announce, show, useApp } from '../state/app-state.ts';
import { t } from '../text.ts';
import { Dialog } from '../ui/dialog.tsx';
import { attempt, CheckField, SelectField, TextField } from '../ui/fields.tsx';
import { useLoaded } from '../ui/loading.ts';
import { Table } from '../ui/table.tsx';

type OnShare = (who: string, level: Level, mayShareFurther?: boolean) => Promise<void>;

export function ShareCalendar({ id }: { readonly id: string }): VNode {
  const calendar = useApp((state) => state.calendars.find((other) => other.id === id));
  const { value, problem, set } = useLoaded(() => call('GET /calendars/{id}/shares', { path: { id } }), id);
  const share: OnShare = async (who, level, mayShareFurther) => {
    const body = { who, level, ...(mayShareFurther !== undefined && { mayShareFurther }) };
    set(await call('POST /calendars/{id}/shares', { path: { id }, body }));
    announce(t('saved'));
  };
  const remove = async (who: string): Promise<void> => {
    set(await call('DELETE /calendars/{id}/shares/{who}', { path: { id, who } }));
    announce(t('saved'));
  };
  return (
    <Dialog title={t('shareTitle', { name: calendar?.name ?? '' })} size="large" onClose={() => show(null)}>
      <div class="dialog-body">
        <AddShare onShare={share} />
        {problem !== '' && <p class="problem">{problem}</p>}
        {value && <AccessTable shares={value} onShare={share} onRemove={remove} />}
      </div>
      <div class="dialog-foot">
        <span class="spacer" />
        <button type="button" class="button button-primary" onClick={() => show(null)}>
          {t('done')}
        </button>
      </div>
    </Dialog>
  );
}

/** Ascending. */
export function levelChoices(): readonly { readonly value: Level; readonly label: string }[] {
  return [
    { value: 'busy', label: t('levelBusy') },
    { value: 'titles', label: t('levelTitles') },
    { value: 'read', label: t('levelRead') },
    { value: 'contribute', label: t('levelContribute') },
    { value: 'revise', label: t('levelRevise') },
    { value: 'edit', label: t('levelEdit') },
    { value: 'manage', label: t('levelManage') },
  ];
}

function AddShare({ onShare }: { readonly onShare: OnShare }): VNode {
  const [text, setText] = useState('');
  const [level, setLevel] = useState<Level>('read');
  const [found, setFound] = useState<readonly Person[]>([]);
  const list = useId();
  const latest = useRef('');
  const look = (typed: string): void => {
    setText(typed);
    latest.current = typed;
    if (typed.trim().length >= 2)
      attempt(async () => {
        const { people } = await call('GET /people', { query: { text: typed.trim() } });
        if (latest.current === typed) setFound(people);
      });
  };
  const wanted = text.trim().toLocaleLowerCase();
  const person = found.find(({ displayName, name, addresses }) =>
    [displayName, name, ...addresses].some((known) => known.toLocaleLowerCase() === wanted),
  );
  const isEveryone = wanted !== '' && wanted === t('everyone').toLocaleLowerCase();
  const who = isEveryone ? 'everyone' : person?.id;
  return (
    <form
      class="share-form"
      onSubmit={(event) => {
        event.preventDefault();
        if (who === undefined) return;
        attempt(() => onShare(who, level));
        setText('');
      }}
    >
      <TextField
        label={t('personOrGroup')}
        value={text}
        onValue={look}
        list={list}
        autoFocus
        placeholder={t('nameOrEmail')}
      />
      <datalist id={list}>
        <option value={t('everyone')} />
        {found.map(({ id, displayName }) => (
          <option key={id} value={displayName} />
        ))}
      </datalist>
      <SelectField<Level> label={t('permission')} value={level} choices={levelChoices()} onValue={setLevel} />
      <button type="submit" class="button button-primary" aria-disabled={who === undefined}>
        {t('share')}
      </button>
      {wanted.length >= 2 && who === undefined && found.length === 0 && (
        <p class="hint">{t('nothingFound')}</p>
      )}
    </form>
  );
}

function AccessTable(props: {
  readonly shares: Shares;
  readonly onShare: OnShare;
  readonly onRemove: (who: string) => Promise<void>;
}): VNode {
  const { shares, linkCount } = props.shares;
  // Nobody to tick it for: on a phone an empty column would push the others out of sight.
  const further = shares.some(({ how }) => how === 'share') ? [t('mayShareFurther')] : [];
  return (
    <>
      <h3>{t('whoHasAccess')}</h3>
      <Table heads={[t('who'), t('permission'), t('how'), ...further]} actions={t('remove')}>
        {shares.map((share) => (
          <Row
            key={`${idOf(share)}-${share.group ?? ''}`}
            share={share}
            hasFurther={further.length > 0}
            {...props}
          />
        ))}
      </Table>
      {linkCount > 0 && <p class="hint">{t('linksOfOthers', { n: linkCount })}</p>}
    </>
  );
}

function Row(props: {
  readonly share: Share;
  readonly hasFurther: boolean;
  readonly onShare: OnShare;
  readonly onRemove: (who: string) => Promise<void>;
}): VNode {
  const { share, onShare, onRemove } = props;
  const name = share.who === 'everyone' ? t('everyone') : share.who.displayName;
  const how = { owner: t('howOwner'), share: t('howShare'), everyone: t('everyone') }[share.how];
  return (
    <tr>
      <th scope="row">{name}</th>
      <td>
        {share.removable ? (
          <SelectField<Level>
            label={`${t('permission')}: ${name}`}
            isLabelHidden
            value={share.level}
            choices={levelChoices()}
            onValue={(level) => attempt(() => onShare(idOf(share), level))}
          />
        ) : (
          levelChoices().find(({ value }) => value === share.level)?.label
        )}
      </td>
      <td>{share.group === null ? how : t('howGroup', { group: share.group })}</td>
      {props.hasFurther && (
        <td>
          {share.how === 'share' && (
            <CheckField
              class="check-bare"
              label={`${t('mayShareFurther')}: ${name}`}
              checked={share.mayShareFurther}
              disabled={share.level === 'manage'}
              onChecked={(may) => attempt(() => onShare(idOf(share), share.level, may))}
            />
          )}
        </td>
      )}
      <td>
        {share.removable && (
          <button
            type="button"
            class="button button-small"
            aria-label={`${t('remove')}: ${name}`}
            onClick={() => attempt(() => onRemove(idOf(share)))}
          >
            {t('remove')}
          </button>
        )}
      </td>
    </tr>
  );
}

function idOf({ who }: Share): string {
  return who === 'everyone' ? who : who.id;
}
