import assert from 'node:assert/strict';
import { openTicket, signedTicket } from '../../../src/service/people/tickets.ts';
import { type Office, office, refuses } from '../office.ts';

describe('tickets', () => {
  let at: Office;
  beforeEach(async () => {
    at = await office();
  });
  afterEach(() => at.close());

  const opened = async (purpose: string, ticket: string): Promise<string> =>
    openTicket(at.services, purpose, ticket);

  it('give back what was signed, until their time is over', async () => {
    const ticket = signedTicket(at.services, { purpose: 'a', payload: 'ä "x"', lifeMs: 1000 });
    assert.match(ticket, /^[\w-]+\.[\w-]+$/);
    assert.equal(await opened('a', ticket), 'ä "x"');
    at.clock.advance(1000);
    await refuses(opened('a', ticket), 'gone');
  });

  it('open nothing else, and nothing when they were changed or made by somebody else', async () => {
    const ticket = signedTicket(at.services, { purpose: 'a', payload: 'x', lifeMs: 1000 });
    const [body = '', signature = ''] = ticket.split('.');
    const others = { ...at.services, secret: Buffer.alloc(32, 8) };
    const foreign = signedTicket(others, { purpose: 'a', payload: 'x', lifeMs: 1000 });
    await refuses(opened('b', ticket), 'gone');
    for (const wrong of ['', '.', body, `${body}.`, `${body}x.${signature}`, `.${signature}`, foreign])
      await refuses(opened('a', wrong), 'gone');
  });
});
