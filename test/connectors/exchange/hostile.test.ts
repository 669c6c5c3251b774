/** Whatever a server sends: a failure with its class, or an answer; never anything else, and never for long. */
import assert from 'node:assert/strict';
import { assert as always, array, integer, property, tuple, uint8Array } from 'fast-check';
import { readChallenge } from '../../../src/connectors/exchange/auth/ntlm.ts';
import { readPoxAnswer, readSoapAnswers } from '../../../src/connectors/exchange/discovery/messages.ts';
import { resolveNames } from '../../../src/connectors/exchange/operations/directory.ts';
import { listItems } from '../../../src/connectors/exchange/operations/find-item.ts';
import { findCalendars } from '../../../src/connectors/exchange/operations/folders.ts';
import { getItems } from '../../../src/connectors/exchange/operations/get-item.ts';
import type { Operation } from '../../../src/connectors/exchange/operations/operation.ts';
import { getEvents, readStreamMessage } from '../../../src/connectors/exchange/operations/subscriptions.ts';
import { syncFolderItems } from '../../../src/connectors/exchange/operations/sync-items.ts';
import { createItems } from '../../../src/connectors/exchange/operations/write-items.ts';
import { readAnswer } from '../../../src/connectors/exchange/wire/response.ts';
import { RemoteFailure } from '../../../src/connectors/failure.ts';
import { serverEndPoint } from '../../../src/outbound/certificate.ts';
import { answer, fault } from './scripted.ts';

const item =
  '<t:CalendarItem><t:ItemId Id="a" ChangeKey="k"/><t:Subject>S &amp; T</t:Subject></t:CalendarItem>';
const said: readonly (readonly [Operation<unknown>, string])[] = [
  [getItems([{ id: 'a' }]), answer('GetItem', `<m:Items>${item}</m:Items>`)],
  [createItems('f', []), answer('CreateItem', `<m:Items>${item}</m:Items>`)],
  [
    syncFolderItems('f', 's'),
    answer(
      'SyncFolderItems',
      `<m:SyncState>n</m:SyncState><m:Changes><t:Create>${item}</t:Create></m:Changes>`,
    ),
  ],
  [
    listItems('f', [], 0),
    answer(
      'FindItem',
      `<m:RootFolder IncludesLastItemInRange="true"><t:Items>${item}</t:Items></m:RootFolder>`,
    ),
  ],
  [
    findCalendars({ distinguished: 'msgfolderroot' }, 0),
    answer('FindFolder', '<m:RootFolder><t:Folders><t:CalendarFolder/></t:Folders></m:RootFolder>'),
  ],
  [resolveNames('x'), answer('ResolveNames', { code: 'ErrorNameResolutionNoResults' })],
  [
    getEvents({ id: 's', watermark: 'w' }),
    answer(
      'GetEvents',
      '<m:Notification><t:ModifiedEvent><t:Watermark>x</t:Watermark></t:ModifiedEvent></m:Notification>',
    ),
  ],
  [getItems([{ id: 'a' }]), fault('ErrorServerBusy')],
];

describe('answers that have been tampered with', () => {
  const edits = array(
    tuple(integer({ min: 0, max: 10_000 }), integer({ min: 0, max: 255 }), integer({ min: 0, max: 3 })),
    {
      minLength: 1,
      maxLength: 6,
    },
  );

  for (const [index, [operation, text]] of said.entries()) {
    it(`are read or refused: ${operation.name} ${index}`, () => {
      always(
        property(edits, (changes) => {
          const bytes = [...Buffer.from(text)];
          for (const [at, value, removed] of changes) bytes.splice(at % bytes.length, removed, value);
          try {
            const wire = { status: 200, headers: new Headers(), body: Buffer.from(bytes) };
            const { response } = readAnswer(wire, 0);
            operation.read(response, () => undefined);
            readStreamMessage(response);
          } catch (error) {
            assert.ok(error instanceof RemoteFailure, String(error));
          }
        }),
        { numRuns: 150 },
      );
    });
  }

  it('are read or refused in every other language', () => {
    always(
      property(uint8Array({ maxLength: 300 }), (bytes) => {
        const challenge = Buffer.concat([Buffer.from('NTLMSSP\0'), Buffer.from([2, 0, 0, 0]), bytes]);
        readChallenge(challenge);
        readChallenge(Buffer.from(bytes));
        readSoapAnswers(bytes, 3);
        readPoxAnswer(bytes);
        assert.equal(serverEndPoint(bytes).length > 0, true);
      }),
      { numRuns: 500 },
    );
  });

  it('do not keep us busy', () => {
    const deep = `<a>${'<b>'.repeat(10_000)}`;
    const many = answer('GetItem', ...Array.from({ length: 20_000 }, () => '<m:Items/>'));
    const references = answer('GetItem', '&#x1F;'.repeat(100_000));
    const started = process.cpuUsage().user;
    for (const text of [
      deep,
      many,
      references,
      'x'.repeat(1_000_000),
      '<'.repeat(100_000),
      '&'.repeat(100_000),
    ]) {
      try {
        readAnswer(
          { status: 200, headers: new Headers({ 'content-type': 'text/xml' }), body: Buffer.from(text) },
          0,
        );
      } catch (error) {
        assert.ok(error instanceof RemoteFailure, String(error));
      }
    }
    assert.ok(process.cpuUsage().user - started < 5_000_000);
  });
});
