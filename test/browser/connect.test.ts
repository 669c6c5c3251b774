import assert from 'node:assert/strict';
import jsQR from 'jsqr';
import type { Page } from 'playwright-core';
import { closeBrowser, type OpenOptions, openAs } from './browser.ts';
import { caldav } from './caldav.ts';
import { type Server, startServer } from './server.ts';

const iphone =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile/15E148 Safari/604.1';
const android =
  'Mozilla/5.0 (Linux; Android 15; Pixel 8) AppleWebKit/537.36 Chrome/130.0 Mobile Safari/537.36';
const windows = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/130.0 Safari/537.36';
const mac =
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.0 Safari/605.1.15';

/** What a camera would read. */
async function readQr(page: Page): Promise<string | undefined> {
  const png = await page
    .locator('svg.qr')
    .first()
    .evaluate(async (svg) => {
      const size = 400;
      const text = new XMLSerializer()
        .serializeToString(svg)
        .replace('<svg', `<svg width="${size}" height="${size}"`);
      const picture = new Image();
      picture.src = `data:image/svg+xml;base64,${btoa(unescape(encodeURIComponent(text)))}`;
      await picture.decode();
      const canvas = document.createElement('canvas');
      canvas.width = size;
      canvas.height = size;
      const context = canvas.getContext('2d');
      context?.drawImage(picture, 0, 0, size, size);
      // As text: so many numbers, each on its own, take seconds on their way.
      let pixels = '';
      for (const byte of context?.getImageData(0, 0, size, size).data ?? [])
        pixels += String.fromCharCode(byte);
      return { size, pixels: btoa(pixels) };
    });
  const pixels = Uint8ClampedArray.from(Buffer.from(png.pixels, 'base64'));
  return jsQR.default(pixels, png.size, png.size)?.data;
}

describe('connecting a device', () => {
  let server: Server;

  before(async () => {
    // Behind a proxy that speaks TLS, as far as the server knows: profiles need https.
    server = await startServer(['--public-url', 'https://cal.example.com']);
  });

  after(async () => {
    await closeBrowser();
    await server.stop();
  });

  async function connect(options: OpenOptions = {}) {
    const opened = await openAs(server, 'anna', options);
    await opened.page.getByRole('button', { name: 'Mobile devices' }).click();
    await opened.page.locator('.tab-panel .steps, .tab-panel .copy-row').first().waitFor();
    return opened;
  }

  for (const [device, userAgent] of [
    ['iPhone / iPad', iphone],
    ['Android', android],
    ['Outlook', windows],
    ['Mac', mac],
  ] as const) {
    it(`opens on ${device} for the browser that says so`, async () => {
      const { page, context } = await connect({ userAgent });
      assert.equal(await page.locator('[role=tab][aria-selected=true]').textContent(), device);
      await context.close();
    });
  }

  it('shows an app password once, and turns green when the device has come', async () => {
    const { page, context, complaints } = await connect({ userAgent: iphone });
    await page.getByRole('tab', { name: 'Thunderbird' }).click();
    await page.getByRole('button', { name: 'Create app password' }).click();
    const secret = await page.getByLabel('App password', { exact: true }).inputValue();
    assert.ok(secret.length >= 16, secret);
    await page.getByText('Waiting for the first connection').waitFor();
    const thunderbird = caldav(server.url, 'anna', secret, 'Mozilla/5.0 Thunderbird/140.0');
    assert.equal(await thunderbird.propfind('dav/principals/anna/'), 207);
    await page.locator('.status-good').waitFor();
    assert.match((await page.getByTestId('status-line').textContent()) ?? '', /Thunderbird.* connected/);
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Mobile devices' }).click();
    await page.getByRole('tab', { name: 'Thunderbird' }).click();
    await page.getByRole('button', { name: 'Create app password' }).waitFor();
    assert.equal(await page.getByLabel('App password', { exact: true }).count(), 0);
    assert.deepEqual(complaints, []);
    await context.close();
  });

  it('ends the device that is revoked in the profile, and no other', async () => {
    const { page, context } = await openAs(server, 'carol', { language: 'en' });
    const secrets: string[] = [];
    await page.evaluate(() => location.assign(new URL('#/profile', document.baseURI)));
    for (const label of ['Lost phone', 'Kept phone']) {
      await page.getByLabel('Name of the device').fill(label);
      await page.getByRole('button', { name: 'Create app password' }).click();
      await page.getByRole('button', { name: `Revoke: ${label}` }).waitFor();
      secrets.push(await page.getByLabel('App password', { exact: true }).inputValue());
    }
    await page.getByRole('button', { name: 'Revoke: Lost phone' }).click();
    await page.locator('dialog').getByRole('button', { name: 'Revoke' }).click();
    await page.getByRole('button', { name: 'Revoke: Lost phone' }).waitFor({ state: 'detached' });
    const [lost = '', kept = ''] = secrets;
    assert.equal(await caldav(server.url, 'carol', lost).propfind('dav/principals/carol/'), 401);
    assert.equal(await caldav(server.url, 'carol', kept).propfind('dav/principals/carol/'), 207);
    await context.close();
  });

  it('has a QR code that leads to a profile with server, user and app password', async () => {
    const { page, context } = await connect({ userAgent: iphone });
    await page.locator('svg.qr').waitFor();
    const link = await readQr(page);
    assert.match(link ?? '', /^https:\/\/cal\.example\.com\/c\/[\w-]{12,}$/);
    const code = link?.split('/').at(-1) ?? '';
    const profile = await page.locator('a:has-text("Download profile")').getAttribute('href');
    assert.equal(profile, `https://cal.example.com/connect/${code}/portal.mobileconfig`);
    const answer = await fetch(`${server.url}connect/${code}/portal.mobileconfig`);
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get('content-type'), 'application/x-apple-aspen-config');
    const text = await answer.text();
    const keys = new Map(
      [...text.matchAll(/<key>(\w+)<\/key>\s*(?:<(?:string|integer)>([^<]*)<|<(true|false)\s*\/>)/g)].map(
        ([, key = '', value, flag]) => [key, value ?? flag ?? ''],
      ),
    );
    assert.equal(keys.get('CalDAVHostName'), 'cal.example.com');
    assert.equal(keys.get('CalDAVPort'), '443');
    assert.equal(keys.get('CalDAVUseSSL'), 'true');
    assert.equal(keys.get('CalDAVUsername'), 'anna');
    assert.equal(
      await caldav(server.url, 'anna', keys.get('CalDAVPassword') ?? '').propfind('dav/principals/anna/'),
      207,
    );
    await context.close();
  });

  it('opens DAVx5 on Android with a code, so that nothing is typed', async () => {
    const { page, context } = await connect({ userAgent: android });
    const button = page.locator('.tab-panel a.button-primary');
    await page.waitForFunction(() =>
      document.querySelector('.tab-panel a.button-primary')?.getAttribute('href')?.includes('login/flow'),
    );
    assert.match(
      (await button.getAttribute('href')) ?? '',
      /^intent:\/\/.*\/c\/[\w-]+\/index\.php\/login\/flow#/,
    );
    await context.close();
  });

  it('shows what follows a code on the phone, and says when it has been used', async () => {
    const { page, context } = await connect({ userAgent: windows });
    await page.getByRole('tab', { name: 'Android' }).click();
    await page.locator('svg.qr').waitFor();
    const link = new URL((await readQr(page)) ?? '');
    const phone = await openAs(server, 'boris', {
      userAgent: android,
      viewport: { width: 360, height: 740 },
    });
    await phone.page.goto(new URL(link.pathname.slice(1), server.url).href);
    await phone.page.getByRole('link', { name: /DAVx/ }).waitFor();
    assert.match(
      (await phone.page.getByRole('link', { name: /DAVx/ }).getAttribute('href')) ?? '',
      /^intent:/,
    );
    await phone.page.goto(`${server.url}c/this-code-is-none`);
    await phone.page.locator('.note-error').waitFor();
    await phone.context.close();
    await context.close();
  });

  const found = { ru: /Прокси .* OPTIONS/, sv: /Proxyn .* OPTIONS/ } as const;
  for (const language of ['ru', 'sv'] as const)
    it(`says what stands in the way in the person’s language, and facts as facts (${language})`, async () => {
      const { page, context } = await openAs(server, 'anna', { language, userAgent: windows });
      const fact = 'OPTIONS /dav/principals/anna/: 405';
      const steps = [
        { name: 'public-address', ok: true, found: 'cal.example.com' },
        { name: 'options', ok: false, found: fact },
      ];
      await page.route('**/connect/test', (route) => route.fulfill({ json: { ok: false, steps } }));
      await page.locator('.banner-items .button').first().click();
      await page.locator('.test button').click();
      const step = page.locator('.test-steps li.bad');
      await step.getByText(found[language]).waitFor();
      assert.equal(await step.locator('code[lang=en]').textContent(), fact);
      await context.close();
    });
});
