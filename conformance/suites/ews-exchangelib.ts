import { startLab } from '../exchange/exchange.ts';
import type { Suite } from '../suite.ts';
import { selfSigned, startEwsLab } from './ews.ts';
import { runPython } from './python.ts';

/** The Python library for Exchange, against the fake: most of what the fake says of calendars is checked here. */
export const ewsExchangelib: Suite = {
  name: 'ews-exchangelib',
  about:
    'exchangelib against the fake Exchange server: items, series, meetings, rights, logins, notifications',
  limitSeconds: 180,
  programs: [{ name: 'python:exchangelib', packages: ['python3-exchangelib'] }],

  async run(context) {
    const { exchange, checkAnswers } = await startEwsLab(context.signal);
    const secure = await startLab({ tls: await selfSigned(), requireChannelBinding: true });
    try {
      exchange.delegate('alice@lab.test', 'bob@lab.test', 'Editor');
      const env = { EWS_URL: exchange.url, EWS_TLS_URL: secure.url };
      await runPython(context, { file: 'ews-exchangelib.py', env });
      await checkAnswers(context.checks);
    } finally {
      await exchange.close();
      await secure.close();
    }
  },
};
