/** One's own link with Exchange: banner, profile, runs (exchange.md §5, §6). */
import type { CalendarId, PairId, RunId } from '../../core/ids.ts';
import { Refusal } from '../../core/refusal.ts';
import {
  checkedSignIn,
  linkOfPerson,
  requireAccount,
  storeAccount,
} from '../../service/connectors/accounts.ts';
import {
  answerGuard,
  checkedLink,
  endLink,
  type LinkRequest,
  linkCalendar,
  retryPair,
} from '../../service/connectors/links.ts';
import { answerNote } from '../../service/connectors/notes.ts';
import { cancelRun, ownRun, ownRuns, wishForRun } from '../../service/connectors/runs.ts';
import type { ErrorCode } from '../api.ts';
import type { ExchangeKeep, ExchangeLinkInput, ExchangeReason, ExchangeSignIn } from '../exchange/api.ts';
import { conflictShapes } from '../exchange/conflicts.ts';
import { type ExchangeDesk, ExchangeFailure } from '../exchange/desk.ts';
import { invitedAddress } from '../exchange/members.ts';
import * as schemas from '../exchange/schemas.ts';
import { issueShapes, logText, runShape, statusReply } from '../exchange/shape.ts';
import { Problem } from '../problem.ts';
import { nothing, pathId, type Reply, type Routes, type SignedInCall } from '../route.ts';
import { followRun } from '../run-stream.ts';

type Names =
  | 'GET /exchange/status'
  | 'POST /exchange/sync'
  | 'GET /exchange/runs'
  | 'GET /exchange/runs/{run}'
  | 'GET /exchange/runs/{run}/events'
  | 'DELETE /exchange/runs/{run}'
  | 'PUT /exchange/account'
  | 'GET /exchange/calendars'
  | 'POST /exchange/preview'
  | 'PUT /exchange/link'
  | 'DELETE /exchange/link'
  | 'POST /exchange/guard'
  | 'GET /exchange/issues'
  | 'POST /exchange/issues/{issue}/retry'
  | 'POST /exchange/issues/{issue}/answer'
  | 'GET /exchange/members'
  | 'GET /exchange/conflicts';

/** portal.md 3.9. */
const shownRuns = 20;

export const exchangeRoutes: Routes<Names> = {
  'GET /exchange/status': {
    summary: 'How synchronization with Exchange stands for me',
    access: 'signed-in',
    answer: schemas.status,
    run: async ({ parts, actor }) => await statusReply(parts.services, actor),
  },

  'POST /exchange/sync': {
    summary: 'Synchronize now; 200 when a run waits or works already',
    access: 'signed-in',
    answer: schemas.wish,
    status: 202,
    joinedStatus: 200,
    run: async (call) => await wished(call),
  },

  'GET /exchange/runs': {
    summary: 'My newest runs, also as text for support',
    access: 'signed-in',
    answer: schemas.log,
    async run({ parts, actor }) {
      const runs = await ownRuns(parts.services, actor, shownRuns);
      return { answer: { runs: runs.map(runShape), text: logText(runs) } };
    },
  },

  'GET /exchange/runs/{run}': {
    summary: 'One of my runs',
    access: 'signed-in',
    answer: schemas.run,
    run: async ({ parts, actor, params }) => ({
      answer: runShape(await ownRun(parts.services, actor, pathId<RunId>(params['run']))),
    }),
  },

  'GET /exchange/runs/{run}/events': {
    summary: 'Live progress of one of my runs: events `run`, the last one with its end',
    access: 'signed-in',
    answer: { mediaType: 'text/event-stream' },
    async run({ parts, actor, params, state }) {
      const run = await ownRun(parts.services, actor, pathId<RunId>(params['run']));
      const stream = followRun(parts.services, state.runStreams, actor.principal.id, run);
      return {
        response: {
          status: 200,
          headers: {
            'Content-Type': 'text/event-stream; charset=utf-8',
            'X-Accel-Buffering': 'no',
            'Cache-Control': 'no-store',
          },
          body: stream,
          live: true,
        },
      };
    },
  },

  'DELETE /exchange/runs/{run}': {
    summary: 'Cancel one of my runs, at its next page',
    access: 'signed-in',
    async run({ parts, actor, params }) {
      const desk = await parts.exchange.desk();
      await cancelRun(parts.services, actor, pathId<RunId>(params['run']), desk.cancel);
      return nothing;
    },
  },

  'PUT /exchange/account': {
    summary: 'Sign in to Exchange; 422 with the reason when that fails',
    access: 'signed-in',
    body: schemas.signIn,
    answer: schemas.status,
    async run(call) {
      await signedInThere(call, call.body);
      return await statusReply(call.parts.services, call.actor);
    },
  },

  'GET /exchange/calendars': {
    summary: 'My calendars in Exchange, the default one first',
    access: 'signed-in',
    answer: schemas.calendars,
    async run({ parts, actor }) {
      const account = await requireAccount(parts.services, actor);
      return { answer: { calendars: await asked((await parts.exchange.desk()).calendars(account)) } };
    },
  },

  'POST /exchange/preview': {
    summary: 'What the first run of this link would do; nothing is written',
    access: 'signed-in',
    body: schemas.linkInput,
    answer: schemas.preview,
    async run(call) {
      const { parts, actor } = call;
      const request = requestOf(call.body);
      const { account } = await checkedLink(parts.services, actor, request);
      return { answer: await asked((await parts.exchange.desk()).preview(account, request)) };
    },
  },

  'PUT /exchange/link': {
    summary: 'Link one of my calendars with one in Exchange, or change how they are linked',
    access: 'signed-in',
    body: schemas.linkInput,
    answer: schemas.status,
    async run(call) {
      await linked(call, call.body);
      return await statusReply(call.parts.services, call.actor);
    },
  },

  'DELETE /exchange/link': {
    summary: 'End my link; copies stay on both sides unless told otherwise',
    access: 'signed-in',
    query: schemas.keepQuery,
    run: async (call) => await endConnection(call, call.query?.keep),
  },

  'POST /exchange/guard': {
    summary: 'Answer the guard: delete as found, once, or stay paused',
    access: 'signed-in',
    body: schemas.guardAnswer,
    answer: schemas.status,
    async run({ parts, actor, body }) {
      await answerGuard(parts.services, actor, body.proceed);
      (await parts.exchange.desk()).wake();
      return await statusReply(parts.services, actor);
    },
  },

  'GET /exchange/issues': {
    summary: 'My events that could not be synchronized',
    access: 'signed-in',
    answer: schemas.issues,
    run: async ({ parts, actor }) => ({ answer: { issues: await issueShapes(parts.services, actor) } }),
  },

  'POST /exchange/issues/{issue}/retry': {
    summary: 'Try one of them again',
    access: 'signed-in',
    async run({ parts, actor, params }) {
      await retryPair(parts.services, actor, pathId<PairId>(params['issue']));
      (await parts.exchange.desk()).wake();
      return nothing;
    },
  },

  'POST /exchange/issues/{issue}/answer': {
    summary: 'Answer one of them that asks what is to become of a series in Exchange',
    access: 'signed-in',
    body: schemas.guardAnswer,
    async run({ parts, actor, params, body }) {
      await answerNote(parts.services, actor, pathId<PairId>(params['issue']), body.proceed);
      (await parts.exchange.desk()).wake();
      return nothing;
    },
  },

  'GET /exchange/members': {
    summary: 'Who is on a distribution list that is invited to one of my events in the linked calendar',
    access: 'signed-in',
    query: schemas.membersQuery,
    answer: schemas.members,
    async run({ parts, actor, query }) {
      const address = await invitedAddress(parts.services, actor, query);
      const account = await requireAccount(parts.services, actor);
      return { answer: { members: await asked((await parts.exchange.desk()).members(account, address)) } };
    },
  },

  'GET /exchange/conflicts': {
    summary: 'What was changed here and in Exchange, in all or in one event: what was kept, and what lost',
    access: 'signed-in',
    query: schemas.conflictQuery,
    answer: schemas.conflicts,
    run: async ({ parts, actor, query }) => ({
      answer: { conflicts: await conflictShapes(parts.services, actor, query?.uid) },
    }),
  },
};

/** What these need of a call, whatever its path. */
type Signed = Pick<SignedInCall<'POST /exchange/sync'>, 'parts' | 'actor'>;

/** One run is wished for, however often. */
export async function wished({ parts, actor }: Signed): Promise<Reply<{ readonly runId: string }>> {
  const { run, isNew } = await wishForRun(parts.services, actor);
  if (isNew) (await parts.exchange.desk()).wake();
  return { answer: { runId: String(run) }, status: isNew ? 202 : 200 };
}

export async function signedInThere({ parts, actor }: Signed, input: ExchangeSignIn): Promise<void> {
  const { services, exchange } = parts;
  const given = await checkedSignIn(services, actor, input);
  const desk = await exchange.desk();
  const accepted = await asked(desk.signIn(given, actor.principal), 422);
  await storeAccount({ services, vault: exchange.vault }, actor, given, accepted);
  desk.wake();
}

export async function linked(call: Signed, input: ExchangeLinkInput): Promise<void> {
  const { parts, actor } = call;
  const desk = await parts.exchange.desk();
  const request = requestOf(input);
  const remoteName = await nameThere(call, desk, request);
  await linkCalendar(parts.services, actor, { ...request, remoteName });
  desk.wake();
}

export async function endConnection(
  { parts, actor }: Signed,
  keep: ExchangeKeep = 'both',
): Promise<Reply<undefined>> {
  const desk = keep === 'portal' ? await parts.exchange.desk() : undefined;
  await asked(endLink(parts.services, actor, keep, desk?.clear));
  return nothing;
}

/** What Exchange has said, or a problem with the reason in it. */
export async function asked<Value>(answer: Promise<Value>, status = 503): Promise<Value> {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof ExchangeFailure)) throw error;
    const { reason, code } = error;
    throw new Problem(status, { error: numbers[reason] ?? 'E20', reason, detail: code });
  }
}

/** portal.md §7; what is only a pause of the server has no number there. */
const numbers: Readonly<Partial<Record<ExchangeReason, ErrorCode>>> = {
  'wrong-password': 'E13',
  'password-expired': 'E13',
  'account-locked': 'E13',
  'mailbox-not-found': 'E13',
  'method-not-offered': 'E13',
  credentials: 'E13',
  unreachable: 'E14',
  certificate: 'E14',
  'service-account': 'E15',
  'not-set-up': 'E15',
};

function requestOf(input: ExchangeLinkInput): Omit<LinkRequest, 'remoteName'> {
  const { remoteCalendar, direction, startDate } = input;
  return { calendar: pathId<CalendarId>(input.calendar), remoteCalendar, direction, startDate };
}

/** The name of the calendar there; where it is linked already, the one that is known. */
async function nameThere(
  { parts, actor }: Signed,
  desk: ExchangeDesk,
  request: Omit<LinkRequest, 'remoteName'>,
): Promise<string> {
  const { account } = await checkedLink(parts.services, actor, request);
  const link = await linkOfPerson(parts.services, actor.principal.id);
  if (link?.account === account.id && link.remoteCalendar === request.remoteCalendar) return link.remoteName;
  const calendars = await asked(desk.calendars(account));
  const found = calendars.find(({ id }) => id === request.remoteCalendar);
  if (!found) throw new Refusal('not-found', 'there is no such calendar in Exchange');
  if (!found.canWrite && request.direction !== 'from-remote') {
    throw new Refusal('need-privileges', 'you may only read this calendar in Exchange');
  }
  return found.title;
}
