/** The profile's card: sign in, choose calendars and a first day, see what will happen, synchronise, stop (exchange.md §6). */
import { Fragment, type VNode } from 'preact';
import { useState } from 'preact/hooks';
import type { ExchangeDirection, ExchangeKeep, ExchangeStatus } from '../../portal/api.ts';
import { call } from '../client.ts';
import { formatDay, formatStamp } from '../dates.ts';
import { toast, useApp } from '../state/app-state.ts';
import { ask } from '../state/questions.ts';
import { t } from '../text.ts';
import { Card } from '../ui/card.tsx';
import { attempt } from '../ui/fields.tsx';
import { Conflicts } from './conflicts.tsx';
import { askGuard } from './guard.ts';
import { Issues } from './issues.tsx';
import { directionText, LinkForm } from './link-form.tsx';
import { useExchangePart } from './part.ts';
import { sentence } from './sentence.ts';
import { SignInForm } from './sign-in-form.tsx';
import { look, synchronise } from './status.ts';
import { SyncLog } from './sync-log.tsx';
import { reasonText, te } from './words.ts';

export function ExchangeCard(): VNode | null {
  const status = useExchangePart();
  const [isChanging, setChanging] = useState(false);
  if (!status || status.state === 'absent') return null;
  const isActive = status.link !== null;
  return (
    <Card title="Exchange" status={te(isActive ? 'active' : 'notActive')}>
      {status.state === 'not_configured' ? (
        <p class="note">{te('notSetUp')}</p>
      ) : (
        <>
          {!isActive && <p class="hint">{te('explained')}</p>}
          <Inside status={status} isChanging={isChanging} setChanging={setChanging} />
        </>
      )}
    </Card>
  );
}

function Inside(props: {
  readonly status: ExchangeStatus;
  readonly isChanging: boolean;
  readonly setChanging: (isChanging: boolean) => void;
}): VNode {
  const { status, isChanging, setChanging } = props;
  const mustSignIn = status.account === null || status.reason === 'credentials';
  if (mustSignIn) return <SignInForm status={status} />;
  if (status.link === null || isChanging)
    return (
      <LinkForm
        status={status}
        onDone={() => setChanging(false)}
        onCancel={status.link === null ? undefined : () => setChanging(false)}
      />
    );
  return <Connected status={status} onChange={() => setChanging(true)} />;
}

const arrows: Readonly<Record<ExchangeDirection, string>> = {
  both: '↔',
  'from-remote': '←',
  'to-remote': '→',
};

function Connected(props: { readonly status: ExchangeStatus; readonly onChange: () => void }): VNode | null {
  const { status, onChange } = props;
  const { link } = status;
  const here = useApp((state) => state.calendars.find(({ id }) => id === link?.calendar)?.name);
  if (!link) return null;
  const facts: readonly (readonly [string, string])[] = [
    [te('mailbox'), link.mailbox],
    [t('calendar'), `${here ?? '–'} ${arrows[link.direction]} ${link.remoteName}`],
    [te('direction'), directionText(link.direction)],
    [te('startDate'), link.startDate === null ? '–' : formatDay(link.startDate)],
    [te('lastRun'), status.lastSync === null ? te('never') : formatStamp(status.lastSync)],
    [te('nextRun'), status.nextSync === null ? '–' : formatStamp(status.nextSync)],
  ];
  // A full mailbox goes on pulling; every other pause waits for what resolves it.
  const isStill = status.run !== null || (status.state === 'paused' && status.reason !== 'quota');
  return (
    <>
      <dl class="facts">
        {facts.map(([name, value]) => (
          <Fragment key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </Fragment>
        ))}
      </dl>
      {status.state !== 'ready' && (
        <p class={status.state === 'error' || status.state === 'paused' ? 'note note-error' : 'note'}>
          {status.state === 'paused' ? reasonText(status.reason, status.code) : sentence(status)}
        </p>
      )}
      <div class="buttons">
        {status.reason === 'guard' && (
          <button type="button" class="button" onClick={() => attempt(askGuard)}>
            {te('decide')}
          </button>
        )}
        <button
          type="button"
          class="button button-primary"
          disabled={isStill}
          onClick={() => attempt(synchronise)}
        >
          {te('synchronise')}
        </button>
        <button type="button" class="button" onClick={onChange}>
          {te('changeCalendar')}
        </button>
        <button type="button" class="button" onClick={() => attempt(unsubscribe)}>
          {te('unsubscribe')}
        </button>
      </div>
      <Issues status={status} />
      <Conflicts lastSync={status.lastSync} />
      <SyncLog lastSync={status.lastSync} />
    </>
  );
}

async function unsubscribe(): Promise<void> {
  const keep = await ask<ExchangeKeep>(
    te('unsubscribeTitle'),
    [te('unsubscribeText')],
    [
      { value: 'both', label: te('keepBoth'), kind: 'primary' },
      { value: 'exchange', label: te('keepExchange'), kind: 'danger' },
      { value: 'portal', label: te('keepPortal'), kind: 'danger' },
    ],
  );
  if (keep === undefined) return;
  await call('DELETE /exchange/link', { query: { keep } });
  toast(te('unsubscribed'));
  await look();
}
