/** The whole of it below a path, behind a proxy that passes requests on. */
import assert from 'node:assert/strict';
import { createServer, type Server as Listener, request } from 'node:http';
import { closeBrowser, inMonth, open, signIn } from './browser.ts';
import { caldav } from './caldav.ts';
import { type Server, startServer } from './server.ts';

describe('below a base path, behind a proxy', () => {
  let server: Server;
  let proxy: Listener;
  /** As people see it. */
  let outside: Server;

  before(async () => {
    proxy = createServer((incoming, outgoing) => {
      const target = new URL(incoming.url ?? '/', server.url);
      const passed = request(
        {
          host: target.hostname,
          port: target.port,
          path: incoming.url,
          method: incoming.method,
          headers: incoming.headers,
        },
        (answer) => {
          outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
          answer.pipe(outgoing);
        },
      );
      passed.on('error', () => outgoing.destroy());
      outgoing.on('close', () => passed.destroy());
      incoming.pipe(passed);
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    const address = proxy.address();
    assert.ok(address !== null && typeof address === 'object');
    const url = `http://127.0.0.1:${address.port}/portal/`;
    server = await startServer(['--public-url', url.slice(0, -1)]);
    outside = { ...server, url };
  });

  after(async () => {
    await closeBrowser();
    proxy.closeAllConnections();
    proxy.close();
    await server.stop();
  });

  it('signs in, adds an event, exports it, connects a device and signs out', async () => {
    const { page, context, complaints } = await open({ permissions: ['clipboard-read', 'clipboard-write'] });
    await signIn(page, outside, 'anna');
    const cell = page.locator(`[role=gridcell][data-date="${inMonth(14)}"]`);
    await page.locator('[data-occurrence]').first().waitFor();
    const box = await cell.boundingBox();
    assert.ok(box);
    // Where it lies when it is clicked, and not where it lay before something came above it.
    await cell.click({ position: { x: box.width / 2, y: box.height - 6 } });
    await page.locator('dialog input').first().fill('Below a path');
    await page.keyboard.press('Enter');
    await page.locator('[data-occurrence]:has-text("Below a path")').waitFor();
    const phone = caldav(outside.url, 'anna', server.password);
    assert.ok(await phone.find('dav/calendars/anna/personal/', 'Below a path'));

    await page.locator('.calendar-row:has-text("Resor") .button-icon').click();
    await page.getByRole('menuitem', { name: 'Export (iCal)' }).click();
    const link = await page.locator('.link-card input[readonly]').first().inputValue();
    assert.ok(link.startsWith(`${outside.url}feed/`), link);
    assert.equal((await fetch(link)).status, 200);
    await page.getByRole('button', { name: 'Done' }).click();

    await page.getByRole('button', { name: 'Mobile devices' }).click();
    await page.getByRole('tab', { name: 'Thunderbird' }).click();
    await page.getByRole('button', { name: 'Create app password' }).click();
    const secret = await page.getByLabel('App password', { exact: true }).inputValue();
    assert.equal(
      await caldav(outside.url, 'anna', secret, 'Thunderbird/140').propfind('dav/principals/anna/'),
      207,
    );
    await page.locator('.status-good').waitFor();
    await page.keyboard.press('Escape');

    await page.locator('.person-button').click();
    await page.getByRole('menuitem').last().click();
    await page.locator('input[type=password]').waitFor();
    assert.equal(new URL(page.url()).pathname, '/portal/');
    assert.deepEqual(complaints, []);
    await context.close();
  });
});
