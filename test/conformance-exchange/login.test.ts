import assert from 'node:assert/strict';
import { md4, rc4 } from '../../conformance/exchange/md4.ts';
import { calendar, envelopeOf, type Lab, openLab, post, syncing } from './lab.ts';

const folder = `<m:GetFolder><m:FolderShape><t:BaseShape>Default</t:BaseShape></m:FolderShape><m:FolderIds>${calendar}</m:FolderIds></m:GetFolder>`;
const folderOf = (owner: string): string =>
  folder.replace(
    '/></m:FolderIds>',
    `><t:Mailbox><t:EmailAddress>${owner}</t:EmailAddress></t:Mailbox></t:DistinguishedFolderId></m:FolderIds>`,
  );

describe('the fake Exchange server: logins and rights', () => {
  let lab: Lab;
  beforeEach(async () => {
    lab = await openLab({ methods: ['ntlm', 'basic', 'bearer'], lockAfter: 3 });
  });
  afterEach(() => lab.close());

  const status = async (password: string, as = 'alice@lab.test'): Promise<number> =>
    (await post(lab.exchange, envelopeOf(folder), { as, password })).status;

  it('answers 401 without a body and says what it offers', async () => {
    const answer = await post(lab.exchange, envelopeOf(folder), { password: 'wrong' });
    assert.deepEqual([answer.status, answer.text], [401, '']);
    assert.match(answer.headers.get('www-authenticate') ?? '', /^NTLM, Basic realm=".*", Bearer /);
  });

  it('writes its content type exactly so', async () => {
    const answer = await post(lab.exchange, envelopeOf(folder));
    assert.equal(answer.headers.get('content-type'), 'text/xml; charset=utf-8');
  });

  it('locks an account after refusals in a row, and lets no right password in then', async () => {
    assert.equal(await status('wrong'), 401);
    assert.equal(await status('secret'), 200);
    for (let i = 0; i < 3; i++) await status('wrong');
    assert.equal(await status('secret'), 401);
    assert.equal(lab.exchange.account('alice@lab.test').failures, 4);
    assert.equal(await status('secret', 'bob@lab.test'), 200);
  });

  it('takes another password while it runs, and DOMAIN before a login', async () => {
    lab.exchange.account('alice@lab.test').password = 'new';
    assert.equal(await status('secret'), 401);
    assert.equal(await status('new', 'LAB\\alice@lab.test'), 200);
  });

  it('takes bearer tokens that were issued', async () => {
    lab.exchange.logins.tokens.set('token-1', 'alice@lab.test');
    const bearer = (token: string): Promise<{ readonly status: number }> =>
      post(lab.exchange, envelopeOf(folder), { headers: { authorization: `Bearer ${token}` } });
    assert.equal((await bearer('token-1')).status, 200);
    assert.equal((await bearer('token-2')).status, 401);
  });

  it('lets a service account act for others, and nobody else', async () => {
    const as = (login: string, whom: string): Promise<string> =>
      lab.code(folder, { as: login, impersonate: whom });
    assert.equal(await as('svc@lab.test', 'alice@lab.test'), 'NoError');
    assert.equal(await as('svc@lab.test', 'nobody@lab.test'), 'ErrorNonExistentMailbox');
    assert.equal(await as('bob@lab.test', 'alice@lab.test'), 'ErrorImpersonateUserDenied');
    lab.exchange.account('svc@lab.test').impersonates = ['bob@lab.test'];
    assert.equal(await as('svc@lab.test', 'alice@lab.test'), 'ErrorImpersonateUserDenied');
  });

  it('opens calendars to delegates by their right', async () => {
    const read = folderOf('alice@lab.test');
    const write = `<m:CreateItem SendMeetingInvitations="SendToNone"><m:SavedItemFolderId><t:DistinguishedFolderId Id="calendar"><t:Mailbox><t:EmailAddress>alice@lab.test</t:EmailAddress></t:Mailbox></t:DistinguishedFolderId></m:SavedItemFolderId><m:Items><t:CalendarItem><t:Subject>x</t:Subject></t:CalendarItem></m:Items></m:CreateItem>`;
    const bob = { as: 'bob@lab.test' };
    assert.equal(await lab.code(read, bob), 'ErrorAccessDenied');
    lab.exchange.delegate('alice@lab.test', 'bob@lab.test', 'Reviewer');
    assert.equal(await lab.code(read, bob), 'NoError');
    assert.equal(await lab.code(write, bob), 'ErrorAccessDenied');
    lab.exchange.delegate('alice@lab.test', 'bob@lab.test', 'Editor');
    assert.equal(await lab.code(write, bob), 'NoError');
    assert.equal(lab.exchange.outlook('alice@lab.test').all().length, 1);
  });

  it('refuses writes into a full mailbox, and everything while a mailbox is moved', async () => {
    const { mailbox } = lab.exchange.outlook('alice@lab.test');
    mailbox.maxItems = 0;
    const create = `<m:CreateItem SendMeetingInvitations="SendToNone"><m:Items><t:CalendarItem><t:Subject>x</t:Subject></t:CalendarItem></m:Items></m:CreateItem>`;
    assert.equal(await lab.code(create), 'ErrorQuotaExceeded');
    mailbox.trouble = 'ErrorMailboxMoveInProgress';
    assert.equal(await lab.code(syncing(undefined)), 'ErrorMailboxMoveInProgress');
  });

  it('computes MD4 and RC4 as published (RFC 1320 A.5, RFC 6229 §2)', () => {
    const hash = (text: string): string => md4(Buffer.from(text)).toString('hex');
    assert.equal(hash(''), '31d6cfe0d16ae931b73c59d7e0c089c0');
    assert.equal(hash('message digest'), 'd9130a8164549fe818874806e1c7014b');
    assert.equal(hash('1234567890'.repeat(8)), 'e33b4ddc9c38f2199c3e7b164fcc0536');
    const stream = rc4(Buffer.from('0102030405', 'hex'), Buffer.alloc(16));
    assert.equal(stream.toString('hex'), 'b2396305f03dc027ccc3524a0a1118a8');
  });
});
