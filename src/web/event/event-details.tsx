/** One event opened from the grid: read at a glance, then edited or deleted. */
import type { VNode } from 'preact';
import { useId, useState } from 'preact/hooks';
import type { Attendee, EventDetail, Occurrence } from '../../portal/api.ts';
import { formatSpan } from '../dates.ts';
import { useExchange } from '../exchange/known.ts';
import { calendarOf, titleOf } from '../grid/words.ts';
import { refreshEvents, show } from '../state/app-state.ts';
import { t } from '../text.ts';
import { Dialog } from '../ui/dialog.tsx';
import { attempt } from '../ui/fields.tsx';
import { Icon, type IconName } from '../ui/icons.tsx';
import { lazy } from '../ui/lazy.tsx';
import { useLoaded } from '../ui/loading.ts';
import { EditEvent } from './event-form.tsx';
import { reminderText } from './reminders.tsx';
import { repeatText } from './repeat-text.ts';
import { answerEvent, answerWords, deleteEvent, detailOf, mayDelete, type OwnAnswer } from './write.ts';

const EventConflicts = lazy(async () => (await import('../parts-exchange.ts')).EventConflicts);
const ListMembers = lazy(async () => (await import('../parts-exchange.ts')).ListMembers);

export function EventDetails({ item }: { readonly item: Occurrence }): VNode {
  const [isEditing, setEditing] = useState(false);
  const { value: detail, problem, reload } = useLoaded(() => detailOf(item), item.id);
  const isLinked = useExchange()?.link?.calendar === item.cal;
  const close = (): void => show(null);
  // Who presses Edit before the rest has come gets the form when it comes.
  if (isEditing && detail)
    return (
      <EditEvent
        key={detail.etag}
        item={item}
        detail={detail}
        onTheirs={() => {
          setEditing(false);
          reload();
        }}
      />
    );
  const remove = (): void =>
    attempt(async () => {
      const outcome = await deleteEvent({ ...item, ...(detail && { etag: detail.etag }) }, item.title);
      if (outcome === 'written') close();
      if (outcome === 'theirs') reload();
      if (outcome !== 'cancelled') refreshEvents();
    });
  const answer = (given: OwnAnswer): void =>
    attempt(async () => {
      if (!detail) return;
      const outcome = await answerEvent({ ...item, etag: detail.etag }, given, item.title);
      if (outcome !== 'cancelled') reload();
    });
  return (
    <Dialog title={titleOf(item)} size="small" onClose={close}>
      <div class="dialog-body details">
        <Line icon="clock">
          <div class="line-when">{formatSpan(item)}</div>
          {item.status !== 'confirmed' && (
            <span class="badge">
              {t(item.status === 'cancelled' ? 'statusCancelled' : 'statusTentative')}
            </span>
          )}
        </Line>
        {problem !== '' && <p class="problem">{problem}</p>}
        {detail && <Details detail={detail} isLinked={isLinked} />}
        {detail && detail.ownAnswer !== null && !item.readOnly && (
          <OwnAnswers given={detail.ownAnswer} onAnswer={answer} />
        )}
        <Line icon="calendar">
          <span class="swatch" style={{ background: calendarOf(item)?.color }} /> {calendarOf(item)?.name}
          {item.readOnly && <span class="badge">{t('readOnly')}</span>}
          {item.privacy !== 'public' && (
            <span class="badge">
              {t(item.privacy === 'private' ? 'privacyPrivate' : 'privacyConfidential')}
            </span>
          )}
          {!item.busy && <span class="badge">{t('free')}</span>}
        </Line>
        {isLinked && detail && <EventConflicts event={{ ...item, etag: detail.etag }} onTaken={reload} />}
      </div>
      <div class="dialog-foot">
        {mayDelete(item) && (
          <button type="button" class="button button-danger-quiet" onClick={remove}>
            {t('delete')}
          </button>
        )}
        <span class="spacer" />
        {item.readOnly && (
          <button type="button" class="button" onClick={close}>
            {t('close')}
          </button>
        )}
        {!item.readOnly && (
          <button type="button" class="button button-primary" data-autofocus onClick={() => setEditing(true)}>
            {t('edit')}
          </button>
        )}
      </div>
    </Dialog>
  );
}

function OwnAnswers(props: {
  readonly given: Attendee['status'];
  readonly onAnswer: (answer: OwnAnswer) => void;
}): VNode {
  const id = useId();
  return (
    <div class="field">
      <span class="field-title" id={id}>
        {t('yourAnswer')}
      </span>
      <div class="toggles" role="group" aria-labelledby={id}>
        {ownAnswers.map((answer) => (
          <button
            key={answer}
            type="button"
            aria-pressed={answer === props.given}
            onClick={() => props.onAnswer(answer)}
          >
            {t(answerWords[answer])}
          </button>
        ))}
      </div>
    </div>
  );
}

const ownAnswers: readonly OwnAnswer[] = ['accepted', 'tentative', 'declined'];

interface DetailsProps {
  readonly detail: EventDetail;
  /** With Exchange. */
  readonly isLinked: boolean;
}

function Details({ detail, isLinked }: DetailsProps): VNode {
  return (
    <>
      {detail.repeat && <Line icon="repeat">{repeatText(detail.repeat, detail.local.start)}</Line>}
      {detail.location !== '' && <Line icon="pin">{detail.location}</Line>}
      {(detail.reminders.length > 0 || detail.otherReminders > 0) && (
        <Line icon="bell">
          {[
            ...detail.reminders.map(reminderText),
            ...(detail.otherReminders > 0 ? [t('otherReminders', { n: detail.otherReminders })] : []),
          ].join('; ')}
        </Line>
      )}
      {detail.attendees.length > 0 && (
        <Line icon="people">
          <ul class="plain-list">
            {detail.attendees.map((attendee) => (
              <Guest key={attendee.address} attendee={attendee} uid={isLinked ? detail.uid : undefined} />
            ))}
          </ul>
        </Line>
      )}
      {detail.links.map(({ url, label }) => (
        <Line icon="link" key={url}>
          <a href={url} target="_blank" rel="noopener noreferrer">
            {label || url}
          </a>
        </Line>
      ))}
      {detail.description !== '' && <p class="description">{detail.description}</p>}
    </>
  );
}

/** One who has not answered may be a list in Exchange (`uid`: of an event there): who is on it can be looked up. */
function Guest(props: { readonly attendee: Attendee; readonly uid: string | undefined }): VNode {
  const { attendee, uid } = props;
  const { address, name, status } = attendee;
  const [isOpen, setOpen] = useState(false);
  const line = (
    <>
      {name || address} <small>{t(statusKeys[status])}</small>
    </>
  );
  if (uid === undefined || status !== 'needs-action') return <li>{line}</li>;
  return (
    <li>
      <details onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>{line}</summary>
        {isOpen && <ListMembers uid={uid} address={address} />}
      </details>
    </li>
  );
}

const statusKeys = {
  'needs-action': 'attendeeWaiting',
  accepted: 'attendeeAccepted',
  declined: 'attendeeDeclined',
  tentative: 'attendeeTentative',
  delegated: 'attendeeDelegated',
} as const satisfies Record<Attendee['status'], string>;

function Line({
  icon,
  children,
}: {
  readonly icon: IconName;
  readonly children: preact.ComponentChildren;
}): VNode {
  return (
    <div class="line">
      <Icon name={icon} />
      <div>{children}</div>
    </div>
  );
}
