/** Whatever code the connector can give has words in each language: a bare code helps support, and nobody else. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Advice, CheckName } from '../../src/connectors/exchange/check.ts';
import { syncNotes } from '../../src/connectors/sync-notes.ts';
import { issueKey, keyFor, noteKey, reasonKeys } from '../../src/i18n/exchange-words.ts';
import { type ExchangeKey, type ExchangeMessages, exchangeEn } from '../../src/i18n/messages/exchange-en.ts';
import { exchangeRu } from '../../src/i18n/messages/exchange-ru.ts';
import { exchangeSv } from '../../src/i18n/messages/exchange-sv.ts';
import type { OutboundFault } from '../../src/outbound/error.ts';
import {
  type ExchangePhase,
  type ExchangeReason,
  type ExchangeRun,
  type ExchangeState,
  exchangeConflictFields,
} from '../../src/portal/exchange/api.ts';
import { reasonOf } from '../../src/service/connectors/banner.ts';

const languages: Readonly<Record<string, ExchangeMessages>> = {
  en: exchangeEn,
  ru: exchangeRu,
  sv: exchangeSv,
};

/** `Record`: a new one does not compile before it stands here. */
const faults: Readonly<Record<OutboundFault, true>> = {
  'host-not-allowed': true,
  'address-not-allowed': true,
  'name-not-found': true,
  'connect-failed': true,
  'connect-timeout': true,
  'proxy-failed': true,
  'tls-failed': true,
  'certificate-untrusted': true,
  'certificate-name': true,
  'certificate-expired': true,
  'certificate-pin': true,
  'answer-timeout': true,
  'answer-too-large': true,
  'answer-broken': true,
  cancelled: true,
};

const advices: Readonly<Record<Advice, true>> = {
  settings: true,
  dns: true,
  tcp: true,
  tls: true,
  http: true,
  method: true,
  login: true,
  version: true,
  impersonation: true,
  delegate: true,
  calendar: true,
  probe: true,
  clock: true,
  autodiscover: true,
  other: true,
};

const steps: Readonly<Record<CheckName, true>> = {
  settings: true,
  dns: true,
  tcp: true,
  tls: true,
  http: true,
  login: true,
  version: true,
  autodiscover: true,
  impersonation: true,
  calendar: true,
  probe: true,
  clock: true,
  capabilities: true,
};

const words: {
  readonly reason: Readonly<Record<ExchangeReason, true>>;
  readonly state: Readonly<Record<ExchangeState, true>>;
  readonly phase: Readonly<Record<ExchangePhase, true>>;
  readonly outcome: Readonly<Record<ExchangeRun['outcome'], true>>;
  readonly cause: Readonly<Record<ExchangeRun['cause'], true>>;
} = {
  reason: {
    'wrong-password': true,
    'password-expired': true,
    'account-locked': true,
    'mailbox-not-found': true,
    unreachable: true,
    certificate: true,
    'method-not-offered': true,
    credentials: true,
    permission: true,
    guard: true,
    folder: true,
    quota: true,
    interrupted: true,
    administrator: true,
    throttled: true,
    server: true,
    'service-account': true,
    'not-set-up': true,
    moving: true,
    other: true,
  },
  state: {
    absent: true,
    not_configured: true,
    needs_authorisation: true,
    ready: true,
    queued: true,
    running: true,
    partial: true,
    error: true,
    paused: true,
  },
  phase: {
    waiting: true,
    recovering: true,
    pulling: true,
    merging: true,
    pushing: true,
    checking: true,
    done: true,
  },
  outcome: { running: true, ok: true, partial: true, failed: true, cancelled: true, stopped: true },
  cause: { schedule: true, manual: true, hint: true, start: true, command: true, preview: true },
};

/** What of the sources gives codes, as they stand there. */
const written = sources();
const ofRuns = new Set([
  ...codesBy(/new RemoteFailure\(\s*[\w?.' ]+,\s*(?:[\w?.]+ \?\? )?'([a-z\d-]+)'/g),
  ...codesBy(/\bcode: '([a-z\d-]+)'/g),
  ...codesBy(/\bunusable\(\s*'([a-z\d-]+)'/g),
  ...codesBy(/\bconst (?:interrupted|linkChanged) = '([a-z\d-]+)'/g),
  ...codesBy(/lastFailure: '([a-z\d-]+)'/g),
  ...Object.keys(faults),
]);
const ofEvents = new Set([
  ...codesBy(/\brefused: '([a-z\d-]+)'(?! in)/g),
  ...codesBy(/\bquarantine\([^)]*'([a-z\d-]+)'/g),
  ...codesBy(/\? '([a-z]+)' : 'loop'/g),
  ...codesBy(/kind: 'unreadable', reason: '([a-z\d-]+)'/g),
  ...codesBy(/new RemoteFailure\(\s*'(?:poison|ours)',\s*'([a-z\d-]+)'/g),
]);

/** Of single events, or of a subscription: no run ends with them. */
const elsewhere: ReadonlySet<string> = new Set([
  'main-item-missing',
  'no-subscription',
  'nothing-written',
  'notification-too-large',
  'occurrence-beside-rule',
  'occurrence-not-found',
  'version-moved',
  'version-too-old',
]);
/** Of runs and of looking, not of single events. */
const notOfEvents: ReadonlySet<string> = new Set(['endless-listing', 'no-subscription', 'version-too-old']);

describe('words for the codes of the Exchange connector', () => {
  it('are there for whatever a run can be unsure of', () => {
    for (const code of [...syncNotes, ...codesBy(/notes\.(?:push|add)\('([a-z\d-]+)'/g)])
      assertWords(noteKey(code), code);
    assert.equal(noteKey('of-another-version'), undefined);
  });

  it('are more than "something went wrong" for each way in which a run can fail', () => {
    assert.ok(ofRuns.size > 50, `${ofRuns.size} codes were found`);
    for (const code of [...ofRuns].filter((each) => !elsewhere.has(each))) {
      const keys = reasonKeys(reasonOf(code), code);
      for (const key of keys) assertWords(key, code);
      assert.notDeepEqual(keys, ['reason_other'], code);
    }
  });

  it('are there for each reason to leave an event alone', () => {
    assert.ok(ofEvents.size > 20, `${ofEvents.size} codes were found`);
    for (const code of [...ofEvents].filter((each) => !notOfEvents.has(each))) {
      assertWords(issueKey(code), code);
      assert.notEqual(issueKey(code), 'fault_here', code);
    }
    assert.deepEqual(
      [issueKey('ErrorItemCorrupt'), issueKey('of-another-version')],
      ['fault_there', 'fault_here'],
    );
  });

  it('are there for each step of the connection test, and for what to do', () => {
    for (const step of Object.keys(steps)) assert.ok(keyFor('step', step), step);
    for (const advice of Object.keys(advices)) assertWords(keyFor('advice', advice), advice);
  });

  it('are there for whatever the API says of a link and its runs', () => {
    for (const [prefix, codes] of Object.entries(words))
      for (const code of Object.keys(codes)) assert.ok(keyFor(prefix, code), `${prefix} ${code}`);
    for (const field of exchangeConflictFields) assert.ok(keyFor('field', field), field);
  });

  it('name the right that is missing, and none where another thing is the matter', () => {
    assert.deepEqual(reasonKeys('permission', 'ErrorImpersonateUserDenied'), [
      'reason_permission',
      'right_impersonation',
    ]);
    assert.deepEqual(reasonKeys('permission', 'ErrorAccessDenied'), ['reason_permission', 'right_folder']);
    assert.deepEqual(reasonKeys('permission', 'http-403'), ['reason_permission', 'right_service']);
    assert.deepEqual(reasonKeys('permission', 'ErrorSendAsDenied'), ['reason_permission']);
    assert.deepEqual(reasonKeys('permission', 'calendar-read-only'), ['code_calendar_read_only']);
    assert.deepEqual(reasonKeys('permission', 'impersonation-ignored'), ['code_impersonation_ignored']);
    // A link that was given up says so, whatever its last run said.
    assert.deepEqual(reasonKeys('interrupted', 'interrupted'), ['reason_interrupted']);
    assert.deepEqual(reasonKeys('other', 'interrupted'), ['code_interrupted']);
  });
});

function assertWords(key: ExchangeKey | undefined, code: string): void {
  assert.ok(key !== undefined, code);
  for (const [language, words] of Object.entries(languages)) {
    const message = words[key];
    const text = typeof message === 'string' ? message : message.other;
    assert.ok(text.length > 5, `${code} in ${language}`);
    if (language !== 'en') assert.notEqual(message, exchangeEn[key], `${code} in ${language}`);
  }
}

function codesBy(pattern: RegExp): readonly string[] {
  return [...written.matchAll(pattern)].flatMap(([, code]) => (code === undefined ? [] : [code]));
}

/** The connector, and where it is put together. */
function sources(): string {
  const root = fileURLToPath(new URL('../../..', import.meta.url));
  const files = readdirSync(join(root, 'src/connectors'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => join(root, 'src/connectors', file));
  return [...files, join(root, 'src/app/exchange.ts')].map((file) => readFileSync(file, 'utf8')).join('\n');
}
