import assert from 'node:assert/strict';
import type { SeenCalendar } from '../../../src/core/calendar.ts';
import { id, uid } from '../../../src/core/ids.ts';
import type { Actor } from '../../../src/core/principal.ts';
import { utc } from '../../../src/icalendar/zones/timezone.ts';
import { importCalendar } from '../../../src/service/calendars/import.ts';
import { changeEvent, openEvent } from '../../../src/service/objects/events.ts';
import { deleteObject, getObject } from '../../../src/service/objects/objects.ts';
import { copyObject, moveObject } from '../../../src/service/objects/transfers.ts';
import { actor, event, type Office, office, put, refuses, seen } from '../office.ts';

const people = [
  'ORGANIZER:mailto:boss@corp.example',
  'ATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:alice@corp.example',
];

const meeting = (summary: string, ...more: string[]): Uint8Array =>
  event({ uid: 'm1', summary, more: [...people, ...more] });

describe('meetings of others in a linked calendar', () => {
  let at: Office;
  let alice: Actor;
  let home: SeenCalendar;
  beforeEach(async () => {
    at = await office();
    alice = await actor(at, at.alice);
    home = await seen(at);
    await put(at, alice, home, 'm1.ics', meeting('Review'));
    await put(at, alice, home, 'own.ics', event({ uid: 'own' }));
    const link = id<never>(1);
    const result = await at.services.storage.commit({
      actor: null,
      changes: [
        {
          do: 'add-connector-account',
          account: {
            id: id(2),
            provider: 'exchange',
            principal: at.alice.id,
            mailbox: 'alice@corp.example',
            login: '',
            secret: null,
            stopped: null,
            authFailures: 0,
            notBefore: null,
            memory: '',
            created: at.clock.now(),
          },
        },
        {
          do: 'add-connector-link',
          link: {
            id: link,
            account: id(2),
            provider: 'exchange',
            principal: at.alice.id,
            calendar: home.calendar.id,
            remoteCalendar: 'r',
            remoteName: '',
            direction: 'both',
            startDate: null,
            cursor: null,
            reconciling: false,
            initialised: true,
            localCursor: 0,
            stopped: null,
            guardLifted: false,
            lastRun: null,
            lastOk: null,
            nextRun: null,
            failures: 0,
            lastFailure: null,
            deepChecked: null,
            wanted: null,
            removed: null,
            created: at.clock.now(),
          },
        },
        {
          do: 'put-pair',
          pair: {
            id: id(3),
            link,
            uid: uid('m1'),
            objectName: 'm1.ics',
            objectEtag: null,
            marker: '',
            role: 'guest',
            origin: 'remote',
            agreed: null,
            failures: 0,
            quarantine: null,
            quarantineText: null,
            pushes: 0,
            pushedSince: null,
            reverts: 0,
            ended: null,
          },
        },
      ],
    });
    assert.ok(result.ok);
  });
  afterEach(() => at.close());

  const change = async (more: Parameters<typeof changeEvent>[4]): Promise<unknown> => {
    const target = { seen: home, uid: 'm1', zone: utc };
    const { shown } = await openEvent(at.services, alice, target);
    return await changeEvent(at.services, alice, target, 'all', more, shown.etag);
  };

  const stored = async (name: string): Promise<string> =>
    Buffer.from((await getObject(at.services, alice, home, name))?.bytes ?? '').toString();

  it('take an answer, a reminder, categories and privacy', async () => {
    const answered = meeting('Review', 'CLASS:PRIVATE', 'CATEGORIES:Blue').toString();
    await put(at, alice, home, 'm1.ics', Buffer.from(answered.replace('NEEDS-ACTION', 'ACCEPTED')));
    await change({ reminders: [15], privacy: 'private' });
    for (const line of [/PARTSTAT=ACCEPTED/, /CATEGORIES:Blue/, /CLASS:PRIVATE/, /TRIGGER[^:]*:-PT15M/])
      assert.match(await stored('m1.ics'), line);
  });

  it('refuse anything else by PUT, page, import, COPY and MOVE', async () => {
    const { services } = at;
    const refusal = await refuses(put(at, alice, home, 'm1.ics', meeting('Party')), 'not-organizer');
    assert.match(refusal.message, /only the organizer/);
    await refuses(change({ title: 'Party' }), 'not-organizer');
    const report = await importCalendar(services, alice, home, meeting('Party'));
    assert.deepEqual([report.failed, report.updated], [1, 0]);
    const target = { seen: home, name: 'm1.ics', overwrite: true };
    await refuses(moveObject(services, alice, home, 'own.ics', target), 'not-organizer');
    await refuses(copyObject(services, alice, home, 'own.ics', target), 'not-organizer');
    const found = await services.storage.object(home.calendar.id, 'm1.ics');
    assert.match(Buffer.from(found?.bytes ?? '').toString(), /Review/);
  });

  it('may be deleted, and leave all other events alone', async () => {
    await put(at, alice, home, 'own.ics', event({ uid: 'own', summary: 'Else' }));
    await deleteObject(at.services, alice, home, 'm1.ics');
    await put(at, alice, home, 'm1.ics', event({ uid: 'fresh' }));
    assert.match(await stored('own.ics'), /SUMMARY:Else/);
    assert.match(await stored('m1.ics'), /UID:fresh/);
  });

  it('are free again when the link has ended', async () => {
    await at.services.storage.commit({
      actor: null,
      changes: [{ do: 'patch-connector-link', id: id(1), patch: { removed: at.clock.now() } }],
    });
    await put(at, alice, home, 'm1.ics', meeting('Party'));
    assert.match(await stored('m1.ics'), /SUMMARY:Party/);
  });
});
