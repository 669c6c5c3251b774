import assert from 'node:assert/strict';
import { Refusal } from '../../src/core/refusal.ts';
import { answers, DavError, errorResponse, hrefPrecondition, verdictOf } from '../../src/dav/error.ts';
import { dav } from '../../src/xml/name.ts';

function answerTo(error: unknown): {
  status: number;
  headers: Readonly<Record<string, string>>;
  body: string;
} {
  const verdict = verdictOf(error);
  assert.ok(verdict);
  const { status, headers, body } = errorResponse(verdict);
  assert.ok(typeof body === 'string');
  return { status, headers, body };
}

describe('errors', () => {
  it('hold the precondition alone, and in it the sentence in an element of our own', () => {
    const { status, headers, body } = answerTo(new Refusal('bad-sync-token', 'unknown <token>'));
    assert.equal(status, 403);
    assert.equal(headers['Content-Type'], 'application/xml; charset=utf-8');
    assert.equal(
      body,
      '<?xml version="1.0" encoding="utf-8"?>\n<D:error xmlns:D="DAV:"><D:valid-sync-token>' +
        '<X:message xmlns:X="https://portcal.org/ns/">unknown &lt;token&gt;</X:message></D:valid-sync-token></D:error>',
    );
  });

  it('hold nothing else when there is nothing to say', () => {
    assert.equal(
      answerTo(new DavError(403, '', { name: dav('valid-sync-token') })).body,
      '<?xml version="1.0" encoding="utf-8"?>\n<D:error xmlns:D="DAV:"><D:valid-sync-token/></D:error>',
    );
  });

  it('name the object in the way of a UID (clients.md W40)', () => {
    const { status, body } = answerTo(new Refusal('uid-in-use', 'taken', { href: '/cal/a.ics' }));
    assert.equal(status, 409);
    assert.match(
      body,
      /<D:error xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><C:no-uid-conflict><D:href>\/cal\/a.ics<\/D:href><X:message .*<\/X:message><\/C:no-uid-conflict><\/D:error>/,
    );
  });

  it('are plain text without precondition', () => {
    assert.deepEqual(answerTo(new Refusal('not-found', 'nothing here')), {
      status: 404,
      headers: { 'Content-Type': 'text/plain; charset=utf-8' },
      body: 'nothing here\n',
    });
  });

  it('need privileges even where nobody says which', () => {
    assert.match(answerTo(new Refusal('need-privileges', 'no')).body, /<D:need-privileges><X:message /);
  });

  it('carry headers and several hrefs', () => {
    const error = new DavError(423, 'locked', hrefPrecondition(dav('lock-token-submitted'), ['/a', '/b']), {
      Allow: 'X',
    });
    const { headers, body } = answerTo(error);
    assert.equal(headers['Allow'], 'X');
    assert.match(body, /<D:lock-token-submitted><D:href>\/a<\/D:href><D:href>\/b<\/D:href>/);
  });

  it('are no verdict when they are bugs', () => {
    assert.equal(verdictOf(new Error('x')), undefined);
    assert.equal(verdictOf('x'), undefined);
  });

  it('all name a section and a status of an error', () => {
    for (const [code, { status, spec }] of Object.entries(answers)) {
      assert.ok(status >= 400 && status < 600, code);
      assert.match(spec, /^RFC \d{4} §/, code);
    }
  });
});
