import assert from 'node:assert/strict';
import { halving, type Outcome, outcomes } from '../../../src/connectors/exchange/operations/batch.ts';
import { idOnly } from '../../../src/connectors/exchange/operations/fields.ts';
import { getItems } from '../../../src/connectors/exchange/operations/get-item.ts';
import { syncFolderItems } from '../../../src/connectors/exchange/operations/sync-items.ts';
import { idOf } from '../../../src/connectors/exchange/operations/targets.ts';
import { deleteItems } from '../../../src/connectors/exchange/operations/write-items.ts';
import { retryAfterMs } from '../../../src/connectors/exchange/wire/back-off.ts';
import { classOfCode } from '../../../src/connectors/exchange/wire/codes.ts';
import { cookies } from '../../../src/connectors/exchange/wire/cookies.ts';
import { textOf } from '../../../src/connectors/exchange/wire/elements.ts';
import {
  failureOf,
  messagesOf,
  readAnswer,
  type WireAnswer,
} from '../../../src/connectors/exchange/wire/response.ts';
import { type FailureClass, RemoteFailure } from '../../../src/connectors/failure.ts';
import { answer, envelope, failing, fault } from './scripted.ts';

describe('faults', () => {
  it('are read from the detail, the fault code, and the text', () => {
    assert.equal(failureIn(fault('ErrorServerBusy'), 500).code, 'ErrorServerBusy');
    assert.equal(failureIn(fault('ErrorSchemaValidation', ''), 500).code, 'ErrorSchemaValidation');
    const worded = envelope(
      '<s:Fault><faultcode>s:Server</faultcode><faultstring>ErrorItemCorrupt: bad</faultstring></s:Fault>',
    );
    assert.equal(failureIn(worded, 500).code, 'ErrorItemCorrupt');
  });

  it('count with HTTP 200 as well', () => {
    const failure = failureIn(fault('ErrorImpersonateUserDenied'), 200);
    assert.equal(failure.class, 'permission');
  });

  it('without any code are passing ones', () => {
    const text = envelope(
      '<s:Fault><faultcode>s:Server</faultcode><faultstring>oops</faultstring></s:Fault>',
    );
    assert.deepEqual(
      [failureIn(text, 500).class, failureIn(text, 500).code],
      ['transient', 'fault-without-code'],
    );
  });

  it('tell of a request that is not known at all', () => {
    const text = envelope(
      "<s:Fault><faultcode>Server</faultcode><faultstring>Unknown request 'GetServerTimeZones'.</faultstring></s:Fault>",
    );
    assert.deepEqual(
      [failureIn(text, 500).class, failureIn(text, 500).code],
      ['ours', 'ErrorInvalidOperation'],
    );
  });

  it('tell of a mailbox that is not there or may not be entered, if only in words', () => {
    const worded = (text: string): RemoteFailure =>
      failureIn(
        envelope(`<s:Fault><faultcode>s:Server</faultcode><faultstring>${text}</faultstring></s:Fault>`),
        500,
      );
    for (const [text, code] of [
      ['E-3243: insufficient permissions to impersonate user', 'ErrorImpersonateUserDenied'],
      ['E-3330: impersonation: user not found', 'ErrorNonExistentMailbox'],
      ['E-3007: failed to get user maildir', 'ErrorNonExistentMailbox'],
    ] as const)
      assert.deepEqual([worded(text).class, worded(text).code], ['permission', code], text);
  });

  it('that blame the request, and not the server, are not asked again', () => {
    const text = envelope(
      '<s:Fault><faultcode>Client</faultcode><faultstring>E-3046: no such element</faultstring></s:Fault>',
    );
    assert.deepEqual([failureIn(text, 200).class, failureIn(text, 200).code], ['poison', 'fault-client']);
    assert.equal(failureIn(text, 500).class, 'transient');
  });

  it('tell how long to wait in each way that was seen', () => {
    const value = (text: string): string =>
      `<t:MessageXml><t:Value Name="BackOffMilliseconds">${text}</t:Value></t:MessageXml>`;
    const detail = (text: string): string =>
      `<e:ResponseCode xmlns:e="urn:e">ErrorServerBusy</e:ResponseCode>${value(text)}`;
    const wait = (text: string): number | undefined =>
      failureIn(fault('ErrorServerBusy', detail(text)), 500).retryAfterMs;
    assert.equal(wait('297749'), 297_749);
    assert.equal(wait(' 60 000 '), 60_000);
    assert.equal(wait('PT1M'), 60_000);
    assert.equal(wait('0'), 5000);
    assert.equal(wait('-7'), 5000);
    assert.equal(wait('soon'), undefined);
    assert.equal(wait('99999999999'), 3_600_000);
    const [message] = messagesOf(
      read(
        answer('GetItem', {
          code: 'ErrorServerBusy',
          xml: `<m:DescriptiveLinkKey>0</m:DescriptiveLinkKey>${value('7000').replaceAll('t:MessageXml', 'm:MessageXml')}`,
        }),
      ).response,
    );
    assert.ok(message);
    assert.deepEqual([failureOf(message).class, failureOf(message).retryAfterMs], ['throttle', 7000]);
    assert.equal(failureIn(fault('ErrorServerBusy'), 503, { 'retry-after': '11' }).retryAfterMs, 11_000);
  });
});

describe('answers without an envelope', () => {
  const cases: readonly (readonly [number, string, FailureClass])[] = [
    [403, '<html>Forbidden</html>', 'permission'],
    [404, '', 'configuration'],
    [400, '<html>Bad Request</html>', 'configuration'],
    [408, '', 'transient'],
    [413, '<html>Request Entity Too Large</html>', 'ours'],
    [440, '<html>Login Timeout</html>', 'configuration'],
    [302, '', 'configuration'],
    [429, '', 'throttle'],
    [503, '<html>busy</html>', 'throttle'],
    [500, '<html>oops</html>', 'transient'],
    [502, '', 'transient'],
    [200, '<html><body>Sign in</body></html>', 'configuration'],
    [200, '', 'transient'],
  ];
  for (const [status, body, failureClass] of cases) {
    it(`of ${status} ${body} are ${failureClass}`, () => {
      assert.equal(failureIn(body, status, { 'content-type': 'text/html' }).class, failureClass);
    });
  }

  it('ask to wait by seconds or by date', () => {
    const at = Date.UTC(2026, 10, 21);
    assert.equal(retryAfterMs(new Headers({ 'retry-after': '30' }), at), 30_000);
    assert.equal(
      retryAfterMs(new Headers({ 'retry-after': new Date(at + 60_000).toUTCString() }), at),
      60_000,
    );
    assert.equal(retryAfterMs(new Headers({ 'retry-after': 'later' }), at), undefined);
  });
});

describe('reading answers', () => {
  it('tells the version of the server', () => {
    const header = `<t:ServerVersionInfo MajorVersion="15" MinorVersion="1" MajorBuildNumber="2507" MinorBuildNumber="6" Version="V2017_07_11"/>`;
    const { server } = read(envelope('<m:XResponse/>', header));
    assert.deepEqual(server, { build: '15.1.2507.6', schema: 'V2017_07_11' });
  });

  it('replaces characters that XML cannot carry, and keeps all others', () => {
    const { response } = read(envelope('<m:XResponse>a&#x1F;b&#11;c&#x0;d&#xD;&#128512;</m:XResponse>'));
    assert.equal(response.text, 'a\ufffdb\ufffdc\ufffdd\r😀');
  });

  it('puts halves of characters together, and replaces those that are alone', () => {
    const { response } = read(
      envelope('<m:XResponse>&#xD83D;&#xDE00;&#55357;&#56832; &#xD83D; &#xDE00;&#xFFFE;</m:XResponse>'),
    );
    assert.equal(response.text, '😀😀 \ufffd \ufffd\ufffd');
  });

  it('replaces what is no character, as it stands', () => {
    const [head = '', tail = ''] = envelope('<m:XResponse>|</m:XResponse>').split('|');
    const body = Buffer.concat([
      Buffer.from(`${head}a\u001bb\u0000c\uffffd`),
      Buffer.from([0xe4, 0x20]),
      Buffer.from(`é${tail}`),
    ]);
    const { response } = readAnswer({ ...wire('', 200), body }, 0);
    assert.equal(response.text, 'a\ufffdb\ufffdc\ufffdd\ufffd é');
  });

  it('reads other charsets by what header or declaration say', () => {
    const said = (bytes: readonly number[], type: string, encoding = 'utf-8'): string => {
      const [head = '', tail = ''] = envelope('<m:XResponse>|</m:XResponse>')
        .replace('"utf-8"', `"${encoding}"`)
        .split('|');
      const body = Buffer.concat([Buffer.from(head), Buffer.from(bytes), Buffer.from(tail)]);
      const headers = new Headers({ 'content-type': type });
      return readAnswer({ status: 200, headers, body }, 0).response.text;
    };
    const [ye, umlaut] = [[0xa8], [0xc4]];
    assert.equal(said(ye, 'text/xml; charset="windows-1251"'), 'Ё');
    assert.equal(said(ye, 'text/xml', 'windows-1251'), 'Ё');
    assert.equal(said(umlaut, 'text/xml;charset=ISO-8859-1', 'utf-8'), 'Ä');
    assert.equal(said(umlaut, 'text/xml; charset=utf-8', 'iso-8859-1'), 'Ä');
    // Whatever is said of what is UTF-8.
    assert.equal(said([0xc3, 0x84], 'text/xml; charset=iso-8859-1', 'windows-1251'), 'Ä');
    assert.equal(said(umlaut, 'text/xml; charset=klingon', 'klingon'), '\ufffd');
  });

  it('takes answers that are laid out otherwise', () => {
    const namespace = 'http://schemas.microsoft.com/exchange/services/2006';
    const text = `\ufeff<?xml version="1.0" encoding="UTF-8" ?>\r\n<!-- by hand -->
      <SOAP-ENV:Envelope xmlns:SOAP-ENV="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
        <SOAP-ENV:Body>
          <GetItemResponse xmlns="${namespace}/messages">
            <ResponseMessages>
              <GetItemResponseMessage ResponseClass="Success" xsi:type="GetItemResponseMessageType">
                <ResponseCode>\r\n NoError </ResponseCode>
                <Items><CalendarItem xmlns="${namespace}/types" xsi:type="CalendarItemType"><ItemId Id="a"/><Subject><![CDATA[<x>]]></Subject></CalendarItem></Items>
              </GetItemResponseMessage>
            </ResponseMessages>
          </GetItemResponse>
        </SOAP-ENV:Body>
      </SOAP-ENV:Envelope>\r\n`;
    const [found] = getItems([{ id: 'a' }], idOnly).read(read(text).response, () => undefined);
    assert.ok(found && 'value' in found);
    assert.equal(textOf(found.value, 'Subject'), '<x>');
  });

  const refused: Readonly<Record<string, string>> = {
    'a document type': envelope('<m:XResponse/>').replace('?>', '?><!DOCTYPE s:Envelope [<!ENTITY a "b">]>'),
    'an entity': envelope('<m:XResponse>&a;</m:XResponse>'),
    'mismatched tags': envelope('<m:A></m:B>'),
    'half a document': envelope('<m:XResponse/>').slice(0, -20),
    'two roots': `${envelope('<m:XResponse/>')}<x/>`,
    'a text without end': envelope(`<m:Subject>${'a'.repeat(1024 * 1024 + 1)}</m:Subject>`),
    'nesting without end': envelope('<a>'.repeat(70) + '</a>'.repeat(70)),
  };
  for (const [what, text] of Object.entries(refused)) {
    it(`refuses ${what}`, () => {
      assert.throws(() => read(text), failing('poison', 'answer-unreadable'));
    });
  }

  it('lets a body be long, and a mail that nobody has asked for', () => {
    for (const name of ['Body', 'MimeContent']) {
      const { response } = read(
        envelope(`<m:XResponse><t:${name}>${'a'.repeat(2 * 1024 * 1024)}</t:${name}></m:XResponse>`),
      );
      assert.equal(response.children[0]?.text.length, 2 * 1024 * 1024, name);
    }
  });

  it('takes codes for what they mean', () => {
    const cases: readonly (readonly [string, FailureClass])[] = [
      ['ErrorAccessDenied', 'permission'],
      ['ErrorServerBusy', 'throttle'],
      ['ErrorInvalidSyncStateData', 'state'],
      ['ErrorSyncFolderNotFound', 'folder-gone'],
      ['ErrorSubscriptionNotFound', 'subscription'],
      ['ErrorItemNotFound', 'gone'],
      ['ErrorIrresolvableConflict', 'conflict'],
      ['ErrorItemSavePropertyError', 'poison'],
      ['ErrorCalendarDurationIsTooLong', 'poison'],
      ['ErrorSchemaValidation', 'ours'],
      ['ErrorQuotaExceeded', 'quota'],
      ['ErrorBatchProcessingStopped', 'batch'],
      ['ErrorMailboxMoveInProgress', 'move'],
      ['ErrorPasswordExpired', 'auth'],
      ['ErrorNoDestinationCASDueToVersionMismatch', 'transient'],
      ['ErrorProxyCallFailed', 'transient'],
      ['ErrorMissingEmailAddress', 'permission'],
      ['ErrorWrongServerVersion', 'move'],
      ['ErrorRequestStreamTooBig', 'ours'],
      ['ErrorValueOutOfRange', 'ours'],
      ['ErrorNeverHeardOf', 'poison'],
    ];
    for (const [code, failureClass] of cases) assert.equal(classOfCode(code), failureClass, code);
  });
});

describe('batches', () => {
  const response = (...contents: Parameters<typeof answer>[1][]): ReturnType<typeof read>['response'] =>
    read(answer('GetItem', ...contents)).response;
  const noted: RemoteFailure[] = [];
  const note = (failure: RemoteFailure): void => void noted.push(failure);

  it('give each item its own outcome, and tell of a busy server', () => {
    const found = outcomes(
      response('<m:Items/>', { code: 'ErrorItemNotFound' }, { code: 'ErrorServerBusy' }),
      3,
      note,
      () => 1,
    );
    assert.deepEqual(
      found.map((each) => ('value' in each ? 'ok' : each.failure.class)),
      ['ok', 'gone', 'throttle'],
    );
    assert.deepEqual(
      noted.map(({ code }) => code),
      ['ErrorServerBusy'],
    );
  });

  it('are not believed when the numbers differ', () => {
    assert.throws(
      () => outcomes(response('<m:Items/>'), 2, note, () => 1),
      failing('poison', 'answer-count'),
    );
    assert.throws(() => outcomes(response('', ''), 1, note, () => 1), failing('poison', 'answer-count'));
  });

  it('tell in warnings what was not done for the sake of what came before', () => {
    const text = answer(
      'DeleteItem',
      { code: 'ErrorAccessDenied' },
      { code: 'ErrorBatchProcessingStopped' },
    ).replace(/"Error"(>.*)"Error"/s, '"Error"$1"Warning"');
    assert.match(text, /"Warning"><m:MessageText>no<\/m:MessageText><m:ResponseCode>ErrorBatchProc/);
    const found = deleteItems([{ id: 'a' }, { id: 'b' }], 'none').read(read(text).response, note);
    assert.deepEqual(
      found.map((each) => ('value' in each ? 'deleted' : each.failure.class)),
      ['permission', 'batch'],
    );
    const listing = answer('SyncFolderItems', { code: 'ErrorMailboxMoveInProgress' }).replace(
      '"Error"',
      '"Warning"',
    );
    assert.throws(() => syncFolderItems('f', null).read(read(listing).response, note), failing('move'));
  });

  it('that break are halved until the one item is found', async () => {
    const asked: string[] = [];
    const ask = (keys: readonly string[]): Promise<readonly Outcome<string>[]> => {
      asked.push(keys.join(''));
      if (keys.includes('x')) return Promise.reject(new RemoteFailure('poison', 'answer-unreadable', 'no'));
      return Promise.resolve(keys.map((value) => ({ value })));
    };
    const found = await halving(['a', 'b', 'x', 'd', 'e'], ask);
    assert.deepEqual(
      found.map((each) => ('value' in each ? each.value : each.failure.code)),
      ['a', 'b', 'answer-unreadable', 'd', 'e'],
    );
    assert.deepEqual(asked, ['abxde', 'abx', 'ab', 'x', 'de']);
  });

  it('that were stopped ask for the rest alone', async () => {
    let first = true;
    const stopped = { failure: new RemoteFailure('batch', 'ErrorBatchProcessingStopped', 'no') };
    const ask = (keys: readonly string[]): Promise<readonly Outcome<string>[]> => {
      const answers = keys.map((value, index) => (first && index > 0 ? stopped : { value }));
      first = false;
      return Promise.resolve(answers);
    };
    assert.deepEqual(await halving(['a', 'b', 'c'], ask), [{ value: 'a' }, { value: 'b' }, { value: 'c' }]);
  });

  it('that were too long for a server ask for what is left of them', async () => {
    const busy = { failure: new RemoteFailure('throttle', 'ErrorServerBusy', 'no') };
    const asked: string[] = [];
    const ask = (keys: readonly string[]): Promise<readonly Outcome<string>[]> => {
      asked.push(keys.join(''));
      return Promise.resolve(keys.map((value, index) => (index < 2 ? { value } : busy)));
    };
    const found = await halving(['a', 'b', 'c', 'd', 'e'], ask);
    assert.deepEqual(
      found.map((each) => ('value' in each ? each.value : each.failure.code)),
      ['a', 'b', 'c', 'd', 'e'],
    );
    assert.deepEqual(asked, ['abcde', 'cde', 'e']);
  });

  it('that were too long for a server are no reason to leave it alone', () => {
    const busy: RemoteFailure[] = [];
    const asked = ['a', 'b', 'c'].map((id) => ({ id }));
    const item = '<m:Items><t:CalendarItem><t:ItemId Id="a"/></t:CalendarItem></m:Items>';
    const reading = (...contents: Parameters<typeof answer>[1][]): void => {
      getItems(asked).read(response(...contents), (failure) => busy.push(failure));
    };
    const code = 'ErrorServerBusy';
    reading(item, { code }, { code });
    assert.equal(busy.length, 0);
    reading({ code }, { code }, { code });
    assert.equal(busy.length, 3);
  });

  it('that name an occurrence like its series are understood where the series is known', () => {
    const item = '<m:Items><t:CalendarItem><t:ItemId Id="series"/></t:CalendarItem></m:Items>';
    const found = getItems([{ id: 'one', of: 'series' }]).read(response(item), note);
    assert.equal(found[0] && 'value' in found[0] && idOf(found[0].value)?.id, 'one');
    assert.throws(
      () => getItems([{ id: 'one', of: 'other' }]).read(response(item), note),
      failing('poison', 'answer-order'),
    );
  });

  it('are not halved for failures of the whole', async () => {
    const ask = (): Promise<never> => Promise.reject(new RemoteFailure('throttle', 'ErrorServerBusy', 'no'));
    await assert.rejects(halving(['a', 'b'], ask), failing('throttle'));
  });
});

describe('SyncFolderItems', () => {
  const page = (inside: string) =>
    syncFolderItems('f', 's').read(read(answer('SyncFolderItems', inside)).response, () => undefined);
  const change = (kind: string, id: string): string =>
    `<t:${kind}><t:CalendarItem><t:ItemId Id="${id}" ChangeKey="k"/></t:CalendarItem></t:${kind}>`;

  it('reads creations, changes and deletions, and leaves out read marks', () => {
    const found = page(
      `<m:SyncState>n</m:SyncState><m:IncludesLastItemInRange>1</m:IncludesLastItemInRange><m:Changes>${change('Create', 'a')}` +
        `${change('Update', 'b')}<t:Delete><t:ItemId Id="c"/></t:Delete><t:ReadFlagChange><t:ItemId Id="d"/><t:IsRead>true</t:IsRead></t:ReadFlagChange></m:Changes>`,
    );
    assert.deepEqual(
      found.changes.map(({ id }) => id),
      ['a', 'b', 'c'],
    );
    assert.deepEqual([found.state, found.last], ['n', true]);
  });

  it('takes the last page for the last where nothing is said', () => {
    assert.equal(page('<m:SyncState>n</m:SyncState>').last, true);
    assert.equal(page('<m:IncludesLastItemInRange>false</m:IncludesLastItemInRange>').last, false);
  });

  it('reads elements that stand in the other namespace', () => {
    const text = answer(
      'SyncFolderItems',
      `<t:SyncState>n</t:SyncState><t:Changes>${change('Create', 'a')}</t:Changes>`,
    );
    assert.equal(syncFolderItems('f', null).read(read(text).response, () => undefined).changes.length, 1);
  });
});

describe('cookies', () => {
  it('are kept by name until they are taken back', () => {
    const now = { at: Date.UTC(2026, 10, 21, 12) };
    const jar = cookies(() => now.at);
    const set = (...lines: string[]): void => {
      // The clock of the server is hours behind.
      const headers = new Headers({ date: new Date(now.at - 7_200_000).toUTCString() });
      for (const line of lines) headers.append('set-cookie', line);
      jar.keep(headers);
    };
    assert.equal(jar.header(), undefined);
    set('a=1; path=/; HttpOnly', 'b=2', 'broken', '=x', `c=${'x'.repeat(5000)}`);
    assert.equal(jar.header(), 'a=1; b=2');
    set('a=3', 'b=; Max-Age=0');
    assert.equal(jar.header(), 'a=3');
    set('c=gone; expires=Thu, 01-Jan-1970 00:00:00 GMT', 'd=4; Expires=Sat, 21 Nov 2026 10:10:00 GMT');
    set('e=5; max-age=900; expires=Thu, 01 Jan 1970 00:00:00 GMT', 'f=6; expires=whenever');
    assert.equal(jar.header(), 'a=3; d=4; e=5; f=6');
    now.at += 600_000;
    assert.equal(jar.header(), 'a=3; e=5; f=6');
    now.at += 300_000;
    assert.equal(jar.header(), 'a=3; f=6');
    set(...Array.from({ length: 100 }, (_, index) => `n${index}=1`));
    assert.equal(jar.header()?.split('; ').length, 50);
  });
});

function wire(body: string, status: number, headers: Readonly<Record<string, string>> = {}): WireAnswer {
  return {
    status,
    headers: new Headers({ 'content-type': 'text/xml; charset=utf-8', ...headers }),
    body: Buffer.from(body),
  };
}

function read(body: string): ReturnType<typeof readAnswer> {
  return readAnswer(wire(body, 200), 0);
}

function failureIn(body: string, status: number, headers?: Readonly<Record<string, string>>): RemoteFailure {
  try {
    readAnswer(wire(body, status, headers), 0);
  } catch (error) {
    if (error instanceof RemoteFailure) return error;
    throw error;
  }
  throw new Error('it was read');
}
