import assert from 'node:assert/strict';
import { type Banner, type BannerFacts, banner, reasonOf } from '../../../src/service/connectors/banner.ts';

const well: BannerFacts = {
  isOffered: true,
  isSetUp: true,
  testFailed: false,
  stopped: undefined,
  account: { stopped: null },
  link: { stopped: null, failures: 0, lastFailure: null },
  underWay: undefined,
  issues: 0,
};

const paused = { stopped: 'guard', failures: 0, lastFailure: null } as const;
const failed = { stopped: null, failures: 1, lastFailure: 'ErrorServerBusy' } as const;

/** From what shows first to what shows last: each line has all that lies below it as well. */
const cases: readonly (readonly [string, Partial<BannerFacts>, Banner['state'], Banner['reason']])[] = [
  ['switched off or not for this person', { isOffered: false, isSetUp: false }, 'absent', null],
  ['no host or credentials', { isSetUp: false }, 'not_configured', 'not-set-up'],
  ['the last test failed', { testFailed: true }, 'not_configured', 'not-set-up'],
  ['nobody has signed in', { account: undefined, link: undefined }, 'needs_authorisation', null],
  ['the service account was refused', { stopped: 'auth-global' }, 'paused', 'service-account'],
  ['the login was refused', { account: { stopped: 'credentials' } }, 'paused', 'credentials'],
  ['no calendar is chosen', { link: undefined }, 'needs_authorisation', null],
  ['a run waits', { underWay: 'queued' }, 'queued', null],
  ['a run works', { underWay: 'running', link: failed }, 'running', null],
  ['the guard asks', { link: paused, issues: 2 }, 'paused', 'guard'],
  [
    'paused by an administrator',
    { link: { ...paused, stopped: 'administrator' } },
    'paused',
    'administrator',
  ],
  [
    'a right is missing',
    { link: { stopped: 'permission', failures: 1, lastFailure: 'ErrorAccessDenied' } },
    'paused',
    'permission',
  ],
  [
    'the mailbox is gone',
    { link: { stopped: 'permission', failures: 1, lastFailure: 'ErrorNonExistentMailbox' } },
    'paused',
    'mailbox-not-found',
  ],
  ['the last run failed', { link: failed, issues: 2 }, 'error', 'throttled'],
  ['some events are left alone', { issues: 2 }, 'partial', null],
  ['all is well', {}, 'ready', null],
];

describe('banner of the connector', () => {
  for (const [what, facts, state, reason] of cases) {
    it(`says ${state} when ${what}`, () => {
      const shown = banner({ ...well, ...facts });
      assert.deepEqual([shown.state, shown.reason], [state, reason]);
    });
  }

  it('has a reason for the codes of failures, and one for what nobody knows', () => {
    const said: Readonly<Record<string, Banner['reason']>> = {
      'login-refused': 'credentials',
      ErrorPasswordExpired: 'password-expired',
      'method-not-offered': 'method-not-offered',
      'certificate-untrusted': 'certificate',
      'server-unreachable': 'unreachable',
      'connect-timeout': 'unreachable',
      ErrorServerBusy: 'throttled',
      'http-503': 'throttled',
      ErrorNonExistentMailbox: 'mailbox-not-found',
      ErrorNonPrimarySmtpAddress: 'mailbox-not-found',
      'impersonation-ignored': 'permission',
      'no-answer': 'server',
      'endless-listing': 'server',
      ErrorImpersonateUserDenied: 'permission',
      ErrorQuotaExceeded: 'quota',
      ErrorMailboxMoveInProgress: 'moving',
      ErrorSyncFolderNotFound: 'folder',
      'autodiscover-name-not-found': 'not-set-up',
      'http-404': 'not-set-up',
      'http-redirect': 'not-set-up',
      'http-500': 'server',
      'answer-unreadable': 'server',
      'items-failed': 'other',
    };
    for (const [code, reason] of Object.entries(said)) assert.equal(reasonOf(code), reason, code);
    assert.deepEqual([reasonOf(null), reasonOf('constructor')], ['other', 'other']);
  });
});
