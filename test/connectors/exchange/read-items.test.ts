import assert from 'node:assert/strict';
import { type Reading, readItems } from '../../../src/connectors/exchange/read-items.ts';
import { mapping } from './mapping/fixture.ts';
import {
  type Asked,
  answer,
  type Bench,
  bench,
  failing,
  never,
  type ScriptedServer,
  scriptedServer,
  send,
  settingsFor,
} from './scripted.ts';

const now = Date.UTC(2026, 10, 21);

describe('items read whole', () => {
  let server: ScriptedServer | undefined;
  let used: Bench | undefined;
  afterEach(async () => {
    await used?.pool.close();
    await server?.close();
  });

  /** `answers` by operation. */
  async function reading(answers: Readonly<Record<string, (asked: Asked) => string>>): Promise<Reading> {
    const opened = await scriptedServer((asked, response) => {
      send(
        response,
        answers[asked.operation]?.(asked) ?? answer(asked.operation, { code: 'ErrorInvalidOperation' }),
      );
    });
    server = opened;
    used = bench(settingsFor(opened), {}, () => now);
    const directory = new Map<string, string>();
    return {
      client: used.client,
      folder: 'F',
      batchSize: 10,
      signal: never,
      directory,
      mapping: () => ({ ...mapping, directory }),
    };
  }

  const operations = (): readonly string[] => server?.asked.map(({ operation }) => operation) ?? [];

  it('ask once who stands behind an address of the directory, and go on where nobody knows', async () => {
    const given = await reading({
      GetItem: () =>
        answer('GetItem', item(`${times}${organizer('/o=corp/cn=anna')}${attendee('/o=corp/cn=bob')}`)),
      ResolveNames: ({ body }) =>
        body.includes('cn=anna')
          ? answer(
              'ResolveNames',
              '<m:ResolutionSet><t:Resolution><t:Mailbox><t:Name>Anna</t:Name><t:EmailAddress>Anna@corp.example</t:EmailAddress><t:RoutingType>SMTP</t:RoutingType><t:MailboxType>Mailbox</t:MailboxType></t:Mailbox></t:Resolution></m:ResolutionSet>',
            )
          : answer('ResolveNames', { code: 'ErrorNameResolutionNoResults' }),
    });
    const [read] = await readItems(['i'], given);
    assert.ok(read && 'event' in read);
    assert.equal(read.event.content.organizer?.address, 'anna@corp.example');
    assert.deepEqual(
      [...given.directory],
      [
        ['/o=corp/cn=anna', 'anna@corp.example'],
        ['/o=corp/cn=bob', '/o=corp/cn=bob'],
      ],
    );
    await readItems(['i'], given);
    assert.deepEqual(operations(), ['GetItem', 'ResolveNames', 'ResolveNames', 'GetItem']);
  });

  it('are read where the directory does not answer, but not where the sign-in is refused', async () => {
    const whole = (): string => answer('GetItem', item(`${times}${organizer('/o=corp/cn=anna')}`));
    const silent = await reading({
      GetItem: whole,
      ResolveNames: () => answer('ResolveNames', { code: 'ErrorInvalidRequest' }),
    });
    assert.equal((await readItems(['i'], silent)).length, 1);
    await used?.pool.close();
    await server?.close();
    const refused = await reading({
      GetItem: whole,
      ResolveNames: () => answer('ResolveNames', { code: 'ErrorAccessDenied' }),
    });
    await assert.rejects(readItems(['i'], refused), failing('permission'));
  });

  it('are read where the server stumbles over the question, which is then not put for each of their people', async () => {
    const given = await reading({
      GetItem: () =>
        answer('GetItem', item(`${times}${organizer('/o=corp/cn=anna')}${attendee('/o=corp/cn=bob')}`)),
      ResolveNames: () =>
        '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><s:Fault><faultcode>s:Server</faultcode><faultstring>E-3000</faultstring></s:Fault></s:Body></s:Envelope>',
    });
    const [read] = await readItems(['i'], given);
    assert.ok(read && 'event' in read);
    assert.equal(given.directory.size, 0);
    const [, ...asked] = server?.asked ?? [];
    assert.ok(asked.length > 0 && asked.every(({ body }) => body === asked[0]?.body));
  });

  it('take the occurrences of a pattern that nobody here knows from the server, a year to both sides', async () => {
    const entry = (uid: string, day: number, type: string): string =>
      `<t:CalendarItem><t:ItemId Id="${uid}${day}"/><t:UID>${uid}</t:UID><t:Start>2026-11-${day}T09:00:00Z</t:Start><t:End>2026-11-${day}T10:00:00Z</t:End><t:CalendarItemType>${type}</t:CalendarItemType></t:CalendarItem>`;
    const view = [
      entry('U', 23, 'Occurrence'),
      entry('V', 24, 'Occurrence'),
      entry('U', 23, 'RecurringMaster'),
      entry('U', 25, 'Occurrence'),
    ];
    let views = 0;
    const given = await reading({
      GetItem: () =>
        answer(
          'GetItem',
          item(
            `${times}<t:Recurrence><t:LunarRecurrence/><t:NoEndRecurrence><t:StartDate>2026-11-23</t:StartDate></t:NoEndRecurrence></t:Recurrence>`,
          ),
        ),
      // It tells some of them at once, and where others are.
      FindItem: () => {
        views += 1;
        const some = views === 1 ? view : [entry('U', 25, 'Occurrence'), entry('U', 26, 'Exception')];
        return answer(
          'FindItem',
          `<m:RootFolder TotalItemsInView="6" IncludesLastItemInRange="${views > 1}"><t:Items>${some.join('')}</t:Items></m:RootFolder>`,
        );
      },
    });
    const [read] = await readItems(['i'], given);
    assert.ok(read && 'event' in read);
    assert.deepEqual(read.notes, ['recurrence-unreadable']);
    const days = read.event.recurrence?.dates.map((time) => ('local' in time ? time.local.slice(0, 10) : ''));
    assert.deepEqual(days, ['2026-11-23', '2026-11-25', '2026-11-26']);
    const [, ...asked] = server?.asked ?? [];
    assert.match(asked[0]?.body ?? '', /StartDate="2025-11-21T[\s\S]*EndDate="2027-11-21T/);
    assert.match(asked[1]?.body ?? '', /StartDate="2026-11-25T09:00:00Z"[\s\S]*EndDate="2027-11-21T/);
    assert.equal(asked.length, 2);
  });

  it('say what is wrong with one that cannot be read, and read the others', async () => {
    const given = await reading({
      GetItem: () =>
        answer('GetItem', item('<t:Subject>No times</t:Subject>', 'a'), item(times, 'b'), {
          code: 'ErrorItemNotFound',
        }),
    });
    const read = await readItems(['a', 'b', 'c'], given);
    assert.deepEqual(
      read.map((one) => ('failed' in one ? one.class : 'read')),
      ['poison', 'read', 'gone'],
    );
  });
});

const times = '<t:Start>2026-11-23T09:00:00Z</t:Start><t:End>2026-11-23T10:00:00Z</t:End><t:UID>U</t:UID>';

function item(inside: string, id = 'i'): string {
  return `<m:Items><t:CalendarItem><t:ItemId Id="${id}" ChangeKey="k"/><t:ItemClass>IPM.Appointment</t:ItemClass>${inside}</t:CalendarItem></m:Items>`;
}

function mailbox(address: string): string {
  return `<t:Mailbox><t:Name>x</t:Name><t:EmailAddress>${address}</t:EmailAddress><t:RoutingType>EX</t:RoutingType></t:Mailbox>`;
}

function organizer(address: string): string {
  return `<t:Organizer>${mailbox(address)}</t:Organizer>`;
}

function attendee(address: string): string {
  return `<t:RequiredAttendees><t:Attendee>${mailbox(address)}</t:Attendee></t:RequiredAttendees>`;
}
