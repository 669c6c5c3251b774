/**
 * Runs the fake Exchange server by itself.
 *
 *   node dist/conformance/exchange/main.js [--port N] [--host H] [--profile exchange2016] [--cert FILE --key FILE] [--trace]
 *       [--mailboxes anna@example.com,carol@example.com]
 *
 * Mailboxes alice@lab.test and bob@lab.test, those that are named, and the service account svc@lab.test, which may impersonate all; the
 * password of all of them is `secret`.
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { startLab } from './exchange.ts';
import { profileNames } from './profile.ts';

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    host: { type: 'string', default: '127.0.0.1' },
    profile: { type: 'string', default: 'exchange2016' },
    cert: { type: 'string' },
    key: { type: 'string' },
    mailboxes: { type: 'string', default: '' },
    trace: { type: 'boolean', default: false },
  },
});

const profile = profileNames.find((name) => name === values.profile);
if (profile === undefined)
  throw new Error(`no profile is called ${values.profile}; there are ${profileNames.join(', ')}`);

const exchange = await startLab({
  port: Number(values.port),
  host: values.host,
  profile,
  ...(values.cert !== undefined &&
    values.key !== undefined && {
      tls: { cert: readFileSync(values.cert, 'utf8'), key: readFileSync(values.key, 'utf8') },
    }),
  ...(values.trace && {
    onTranscript: ({ operation, login, status, request, response }) =>
      console.log(`\n== ${operation} ${login} ${status}\n${request}\n--\n${response}`),
  }),
});
for (const address of values.mailboxes.split(',').filter((one) => one !== '')) exchange.addMailbox(address);
console.log(`${profile} listens at ${exchange.url}`);

for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void exchange.close().then(() => process.exit(0)));
