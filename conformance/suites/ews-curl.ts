import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startLab } from '../exchange/exchange.ts';
import { run } from '../process.ts';
import type { Suite } from '../suite.ts';
import { selfSigned, startEwsLab } from './ews.ts';

const request = `<?xml version="1.0" encoding="utf-8"?>
<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types" xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages"><s:Header><t:RequestServerVersion Version="Exchange2013_SP1"/></s:Header><s:Body><m:GetFolder><m:FolderShape><t:BaseShape>Default</t:BaseShape></m:FolderShape><m:FolderIds><t:DistinguishedFolderId Id="calendar"/></m:FolderIds></m:GetFolder></s:Body></s:Envelope>`;

/** curl knows NTLM by its own code: the server's side of the handshake is checked with it. */
export const ewsCurl: Suite = {
  name: 'ews-curl',
  about: 'curl --ntlm and --basic against the fake Exchange server',
  limitSeconds: 60,
  programs: [{ name: 'curl', packages: ['curl'] }],

  async run({ checks, outFolder, signal }) {
    const { exchange, checkAnswers } = await startEwsLab(signal);
    const secure = await startLab({ tls: await selfSigned(), requireChannelBinding: true });
    const file = join(outFolder, 'request.xml');
    await writeFile(file, request);
    const curl = async (
      url: string,
      ...args: readonly string[]
    ): Promise<{ status: string; legs: number; text: string }> => {
      const common = [
        '-s',
        '-k',
        '-m',
        '20',
        '-H',
        'Content-Type: text/xml; charset=utf-8',
        '--data-binary',
        `@${file}`,
      ];
      const { stdout } = await run(
        'curl',
        [...common, '-w', '\n%{http_code} %{num_connects}', ...args, url],
        { signal },
      );
      const [, text = '', status = '', legs = '0'] = /^([\s\S]*)\n(\d+) (\d+)$/.exec(stdout) ?? [];
      return { status, legs: Number(legs), text };
    };
    try {
      const domain = await curl(exchange.url, '--ntlm', '-u', 'LAB\\alice@lab.test:secret');
      checks.check(
        'NTLM with a domain',
        domain.status === '200' && domain.text.includes('CalendarFolder'),
        domain.status,
      );
      checks.check('its three legs are one connection', domain.legs === 1, String(domain.legs));
      const plain = await curl(exchange.url, '--ntlm', '-u', 'bob@lab.test:secret');
      checks.check('NTLM with an address', plain.status === '200', plain.status);
      const wrong = await curl(exchange.url, '--ntlm', '-u', 'LAB\\alice@lab.test:Secret');
      checks.check(
        'NTLM with a wrong password is refused without a body',
        wrong.status === '401' && wrong.text === '',
        wrong.status,
      );
      const basic = await curl(exchange.url, '--basic', '-u', 'alice@lab.test:secret');
      checks.check('Basic', basic.status === '200', basic.status);
      const unbound = await curl(secure.url, '--ntlm', '-u', 'LAB\\alice@lab.test:secret');
      checks.check(
        'NTLM without channel binding is refused where it is mandatory',
        unbound.status === '401',
        unbound.status,
      );
      await checkAnswers(checks);
    } finally {
      await exchange.close();
      await secure.close();
    }
  },
};
