import assert from 'node:assert/strict';
import {
  expandList,
  resolveNames,
  serverTimeZones,
} from '../../../src/connectors/exchange/operations/directory.ts';
import { findCalendars } from '../../../src/connectors/exchange/operations/folders.ts';
import type { Operation } from '../../../src/connectors/exchange/operations/operation.ts';
import { readAnswer } from '../../../src/connectors/exchange/wire/response.ts';
import { answer, failing } from './scripted.ts';

const mailbox = (name: string, address: string, routing = 'SMTP', type = 'Mailbox'): string =>
  `<t:Mailbox><t:Name>${name}</t:Name><t:EmailAddress>${address}</t:EmailAddress><t:RoutingType>${routing}</t:RoutingType><t:MailboxType>${type}</t:MailboxType></t:Mailbox>`;
const resolutions = (...mailboxes: readonly string[]): string =>
  `<m:ResolutionSet TotalItemsInView="${mailboxes.length}" IncludesLastItemInRange="true">${mailboxes.map((each) => `<t:Resolution>${each}</t:Resolution>`).join('')}</m:ResolutionSet>`;

describe('the directory', () => {
  it('tells who an address is, and nobody where it is not sure', () => {
    const names = resolveNames('/o=x/cn=bob');
    assert.deepEqual(read(names, answer('ResolveNames', resolutions(mailbox('Bob', 'Bob@Corp.Example')))), {
      name: 'Bob',
      address: 'bob@corp.example',
      routing: 'SMTP',
      type: 'Mailbox',
    });
    const several = answer('ResolveNames', resolutions(mailbox('A', 'a@x'), mailbox('B', 'b@x')));
    assert.equal(
      read(
        names,
        several.replace('"Success"', '"Warning"').replace('NoError', 'ErrorNameResolutionMultipleResults'),
      ),
      undefined,
    );
    // Some look for what begins like it.
    const alike = answer(
      'ResolveNames',
      resolutions(
        mailbox('Svc', 'svc2@corp.example'),
        mailbox('Svc', 'Svc@corp.example'),
        mailbox('S', 'svc@x'),
      ),
    );
    assert.equal(read(resolveNames('SVC@corp.example'), alike)?.address, 'svc@corp.example');
    assert.equal(read(resolveNames('svc'), alike), undefined, 'there are two of them');
    const one = answer('ResolveNames', resolutions(mailbox('Svc', 'svc2@x'), mailbox('Svc', 'svc@x')));
    assert.equal(read(resolveNames('svc'), one)?.address, 'svc@x');
    assert.equal(read(names, answer('ResolveNames', { code: 'ErrorNameResolutionNoResults' })), undefined);
    assert.throws(
      () => read(names, answer('ResolveNames', { code: 'ErrorServerBusy' })),
      failing('throttle'),
    );
  });

  it('tells who is on a list', () => {
    const members = `<m:DLExpansion TotalItemsInView="2" IncludesLastItemInRange="true">${mailbox('A', 'a@x')}${mailbox('Team', 't@x', 'SMTP', 'PublicDL')}</m:DLExpansion>`;
    const found = read(expandList('team@x'), answer('ExpandDL', members));
    assert.deepEqual(
      found.map(({ address, type }) => [address, type]),
      [
        ['a@x', 'Mailbox'],
        ['t@x', 'PublicDL'],
      ],
    );
  });

  it('has time zones with their rules', () => {
    const zones =
      '<m:TimeZoneDefinitions><t:TimeZoneDefinition Id="UTC"/><t:TimeZoneDefinition Id="X"/></m:TimeZoneDefinitions>';
    assert.equal(read(serverTimeZones([]), answer('GetServerTimeZones', zones)).length, 2);
  });
});

describe('the list of folders', () => {
  const folder = (kind: string, id: string, rights = ''): string =>
    `<t:${kind}><t:FolderId Id="${id}" ChangeKey="k"/><t:ParentFolderId Id="p"/><t:FolderClass>IPF.Appointment</t:FolderClass><t:DisplayName>${id}</t:DisplayName>${rights}</t:${kind}>`;
  const page = (attributes: string, ...folders: readonly string[]): string =>
    answer(
      'FindFolder',
      `<m:RootFolder ${attributes}><t:Folders>${folders.join('')}</t:Folders></m:RootFolder>`,
    );
  const find = findCalendars({ distinguished: 'msgfolderroot' }, 200);

  it('leaves out searches, and knows where one may write', () => {
    const rights = '<t:EffectiveRights><t:CreateContents>false</t:CreateContents></t:EffectiveRights>';
    const found = read(
      find,
      page(
        'IncludesLastItemInRange="true"',
        folder('CalendarFolder', 'a', rights),
        folder('SearchFolder', 's'),
        folder('Folder', 'b'),
      ),
    );
    assert.deepEqual(
      found.folders.map(({ id, canWrite }) => [id, canWrite]),
      [
        ['a', false],
        ['b', undefined],
      ],
    );
    assert.equal(found.next, undefined);
  });

  it('goes on while there is more, but never in a circle', () => {
    assert.equal(read(find, page('IncludesLastItemInRange="false" IndexedPagingOffset="400"')).next, 400);
    for (const attributes of [
      'IncludesLastItemInRange="false" IndexedPagingOffset="200"',
      'IncludesLastItemInRange="false"',
      '',
    ]) {
      assert.equal(read(find, page(attributes)).next, undefined, attributes);
    }
    const untold = page('IncludesLastItemInRange="false"', folder('Folder', 'a'), folder('Folder', 'b'));
    assert.equal(read(find, untold).next, 202, 'behind those that were told');
  });
});

function read<Result>(operation: Operation<Result>, text: string): Result {
  const { response } = readAnswer({ status: 200, headers: new Headers(), body: Buffer.from(text) }, 0);
  return operation.read(response, () => undefined);
}
