/** The contract of providers, kept by Exchange calendars of every profile. */
import { startExchange } from '../../../conformance/exchange/exchange.ts';
import type { ProfileName } from '../../../conformance/exchange/profile.ts';
import { createExchange } from '../../../src/connectors/exchange/index.ts';
import { type ContractProvider, remoteCalendarContract } from '../contract.ts';
import { aliceByService, never, settingsFor } from './scripted.ts';

const profiles: readonly ProfileName[] = [
  'exchange2010',
  'exchange2013',
  'exchange2016',
  'exchangeSE',
  'gromox',
];

/** Friday 20 March 2026, noon in London. */
const noon = Date.UTC(2026, 2, 20, 12);

for (const profile of profiles) remoteCalendarContract(`a calendar of ${profile}`, () => open(profile));

async function open(profile: ProfileName): Promise<ContractProvider> {
  const fake = await startExchange({ now: () => noon, profile });
  const outlook = fake.addMailbox('alice@example.com');
  fake.addService('svc');
  const server = { port: fake.port, url: new URL(fake.origin), connectionCount: () => 0, close: fake.close };
  const settings = settingsFor(server, { authMethods: ['ntlm', 'basic'], autodiscover: 'off' });
  const exchange = createExchange(settings, { userAgent: 'test', now: () => noon, random: () => 0.5 });
  const mailbox = exchange.mailbox(aliceByService);
  const [calendar] = await mailbox.calendars(never);
  return {
    calendar: mailbox.calendar(calendar?.id ?? ''),
    rename: (id, title) => outlook.edit(id, { subject: title }),
    delete: (id) => outlook.delete(id),
    mailCount: () => fake.mails.length,
    isCareless: profile === 'gromox',
    async close() {
      await exchange.close();
      await fake.close();
    },
  };
}
