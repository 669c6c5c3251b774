/** A proxy that has signed people in already: no form, and plain words at sign-out. */
import assert from 'node:assert/strict';
import { closeBrowser, open } from './browser.ts';
import { type Server, startServer } from './server.ts';

describe('a page behind a proxy that signs people in, in the browser', () => {
  let server: Server;

  before(async () => {
    server = await startServer([
      '--sign-in',
      'app-password,password,proxy',
      '--trust-proxy',
      '127.0.0.1',
      '--base-path',
      '/office',
    ]);
  });

  after(async () => {
    await closeBrowser();
    await server.stop();
  });

  const openAs = async (name: string) => {
    const opened = await open({ extraHTTPHeaders: { 'X-Remote-User': name } });
    await opened.page.goto(server.url);
    return opened;
  };

  // The first of all: somebody has signed in here now, and is not told that nobody has.
  it('says at sign-out that the proxy still names the person, and lets them in again', async () => {
    const { page, context } = await openAs('anna');
    await page.locator('.home').waitFor();
    await page.locator('.top-bar [aria-haspopup=menu]').last().click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    await page.locator('.door-card').waitFor();
    assert.match(
      (await page.locator('.door-card p').first().textContent()) ?? '',
      /names you: anna\. .*sign out there/,
    );
    assert.equal(await page.locator('input').count(), 0);
    await page.locator('button[type=submit]').click();
    await page.locator('.home').waitFor();
    await context.close();
  });

  it('shows the calendar at once', async () => {
    const { page, context, complaints } = await openAs('anna');
    await page.locator('.home').waitFor();
    assert.equal(await page.locator('input[type=password]').count(), 0);
    await page.reload();
    await page.locator('.home').waitFor();
    assert.deepEqual(complaints, []);
    await context.close();
  });

  it('shows nothing of one person to the next: the page is signed in anew', async () => {
    const { page, context } = await openAs('anna');
    await page.locator('.home').waitFor();
    await context.setExtraHTTPHeaders({ 'X-Remote-User': 'erik' });
    await page.reload();
    await page.locator('.home').waitFor();
    const name = await page.evaluate(async () => {
      const answer: { readonly person: { readonly name: string } } = await (await fetch('api/v1/me')).json();
      return answer.person.name;
    });
    assert.equal(name, 'erik');
    await context.close();
  });

  it('tells somebody whom the proxy names, and who is nobody here, just that', async () => {
    const { page, context } = await openAs('mallory');
    await page.locator('.door-card p', { hasText: /names mallory, who has no account/ }).waitFor();
    assert.equal(await page.locator('input, button[type=submit]').count(), 0);
    await context.close();
  });
});
