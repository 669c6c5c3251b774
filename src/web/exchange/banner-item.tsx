/** The banner's item: one sentence and one action for each state (exchange.md §5, portal.md §3.8). */
import type { VNode } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { ExchangeState, ExchangeStatus } from '../../portal/api.ts';
import { formatStamp } from '../dates.ts';
import { hrefOf } from '../routes.ts';
import { announce, useApp } from '../state/app-state.ts';
import { t } from '../text.ts';
import { attempt } from '../ui/fields.tsx';
import { Icon } from '../ui/icons.tsx';
import { askGuard } from './guard.ts';
import { useExchangePart } from './part.ts';
import { sentence } from './sentence.ts';
import { cancelRun, synchronise } from './status.ts';
import { te } from './words.ts';

/** In a banner that was put away, only what somebody has to look at. */
export function BannerItem({ isCollapsed }: { readonly isCollapsed: boolean }): VNode | null {
  const status = useExchangePart();
  if (!status || status.state === 'absent') return null;
  if (isCollapsed && status.state !== 'error' && status.state !== 'paused') return null;
  return <Item status={status} />;
}

const marks: Readonly<Partial<Record<ExchangeState, 'good' | 'warn' | 'bad'>>> = {
  error: 'bad',
  paused: 'bad',
  partial: 'warn',
  ready: 'good',
};

function Item({ status }: { readonly status: ExchangeStatus }): VNode {
  const text = sentence(status);
  const isAdmin = useApp((state) => state.me?.isAdmin === true);
  // Said once for each state, not for each step of a run.
  const said = useRef(status.state);
  useEffect(() => {
    if (said.current === status.state) return;
    said.current = status.state;
    announce(text);
  }, [status.state]);
  const mark = marks[status.state] ?? 'plain';
  return (
    <span class={`exchange-item exchange-${mark}`} data-state={status.state}>
      {mark === 'good' && <Icon name="check" />}
      <span title={status.lastSync === null ? undefined : formatStamp(status.lastSync)}>{text}</span>
      {status.code !== null && status.state === 'error' && <small class="hint">{status.code}</small>}
      {actions[status.state](status, isAdmin)}
    </span>
  );
}

type Action = (status: ExchangeStatus, isAdmin: boolean) => VNode | null;

const actions: Readonly<Record<ExchangeState, Action>> = {
  absent: () => null,
  not_configured: (_, isAdmin) => (isAdmin ? <Go to="admin/exchange">{te('setUp')}</Go> : null),
  needs_authorisation: () => <Go to="profile">{te('connect')}</Go>,
  ready: () => <Synchronise>{te('synchronise')}</Synchronise>,
  queued: (status) => <Busy status={status} />,
  running: (status) => <Busy status={status} />,
  partial: () => (
    <>
      <Go to="profile">{te('show')}</Go>
      <Synchronise>{te('synchronise')}</Synchronise>
    </>
  ),
  error: ({ reason }) =>
    reason === 'credentials' ? (
      <Go to="profile">{te('signInAgain')}</Go>
    ) : (
      <Synchronise>{te('tryAgain')}</Synchronise>
    ),
  paused: pausedAction,
};

/** The one action that resolves a pause; none where only an administrator can. */
function pausedAction({ reason, code }: ExchangeStatus): VNode | null {
  if (reason === 'credentials') return <Go to="profile">{te('signInAgain')}</Go>;
  if (reason === 'folder' || code === 'calendar-read-only')
    return <Go to="profile">{te('changeCalendar')}</Go>;
  if (reason === 'quota') return <Synchronise>{te('tryNow')}</Synchronise>;
  if (reason !== 'guard') return null;
  return (
    <button type="button" class="button button-small" onClick={() => attempt(askGuard)}>
      {te('decide')}
    </button>
  );
}

function Go(props: { readonly to: 'profile' | 'admin/exchange'; readonly children: string }): VNode {
  return (
    <a class="button button-small" href={hrefOf(props.to)}>
      {props.children}
    </a>
  );
}

function Synchronise({ children }: { readonly children: string }): VNode {
  const [isSending, setSending] = useState(false);
  const run = (): void => {
    if (isSending) return;
    setSending(true);
    attempt(() => synchronise().finally(() => setSending(false)));
  };
  return (
    <button type="button" class="button button-small" aria-disabled={isSending} onClick={run}>
      {children}
    </button>
  );
}

/** Most runs are over before anybody could decide to end them (portal.md §3.8). */
const cancelMs = 10_000;

function Busy({ status: { run } }: { readonly status: ExchangeStatus }): VNode {
  const [isLong, setLong] = useState(false);
  useEffect(() => {
    setLong(false);
    if (!run) return undefined;
    const age = Date.now() - Date.parse(run.started);
    // However wrong the clock is here, it is never more than ten seconds.
    const timer = setTimeout(() => setLong(true), Math.min(cancelMs, Math.max(0, cancelMs - age)));
    return () => clearTimeout(timer);
  }, [run?.id]);
  return (
    <>
      <button type="button" class="button button-small" disabled>
        {te('synchronise')}
      </button>
      {run && isLong && (
        <button type="button" class="button button-small" onClick={() => attempt(() => cancelRun(run))}>
          {t('cancel')}
        </button>
      )}
    </>
  );
}
