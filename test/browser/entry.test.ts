import assert from 'node:assert/strict';
import { closeBrowser, open, openAs, signIn } from './browser.ts';
import { type Server, startServer } from './server.ts';

describe('coming in', () => {
  let server: Server;

  before(async () => {
    server = await startServer();
  });

  after(async () => {
    await closeBrowser();
    await server.stop();
  });

  it('signs nobody in with a wrong password, and does not say what was wrong', async () => {
    const { page, context } = await open();
    await page.goto(server.url);
    const texts: string[] = [];
    for (const name of ['anna', 'nobody-of-that-name']) {
      await page.locator('input[autocomplete=username]').fill(name);
      await page.locator('input[type=password]').fill('wrong');
      await page.locator('button[type=submit]').click();
      await page.locator('.problem:not(:empty)').waitFor();
      texts.push((await page.locator('.problem').textContent()) ?? '');
    }
    assert.deepEqual(texts, ['Wrong user name or password.', 'Wrong user name or password.']);
    await context.close();
  });

  it('shows the form to a stranger without a single refused request', async () => {
    const { page, context } = await open();
    const refused: string[] = [];
    page.on('response', (response) => {
      if (response.status() >= 400) refused.push(`${response.status()} ${response.url()}`);
    });
    const said: string[] = [];
    page.on('console', (message) => said.push(message.text()));
    await page.goto(server.url);
    await page.locator('input[type=password]').waitFor();
    assert.deepEqual([refused, said], [[], []]);
    // Who comes may begin to type.
    await page.locator('input[autocomplete=username]:focus').waitFor();
    await page.keyboard.type('anna');
    assert.equal(await page.getByLabel('User name').inputValue(), 'anna');
    await context.close();
  });

  it('signs in and out', async () => {
    const { page, context, complaints } = await openAs(server, 'boris');
    await page.locator('.person-button').click();
    await page
      .getByRole('menuitem', { name: 'Выйти' })
      .or(page.getByRole('menuitem', { name: 'Sign out' }))
      .click();
    await page.locator('input[type=password]').waitFor();
    await page.reload();
    await page.locator('input[type=password]').waitFor();
    assert.deepEqual(complaints, []);
    await context.close();
  });

  it('keeps what was typed when the session ends, and asks to sign in again', async () => {
    const { page, context } = await openAs(server, 'carol');
    await page.keyboard.press('n');
    await page.getByLabel('Title').fill('Typed before the end');
    await context.clearCookies();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('nothing was lost').waitFor();
    await page.locator('input[type=password]').fill(server.password);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.locator('.toast:has-text("Typed before the end")').waitFor();
    await context.close();
  });

  it('is set up by the printed address once, ends on Connect, and refuses the second visit', async () => {
    const { page, context, complaints } = await open();
    await page.goto(server.setUpUrl);
    await page.getByLabel('Full name').fill('First Administrator');
    await page.getByLabel('User name').fill('admin');
    await page.locator('input[type=password]').fill('a new password to keep');
    await page.getByRole('button', { name: 'Finish' }).click();
    await page.getByRole('heading', { name: 'Connect phone or app' }).waitFor();
    await page.keyboard.press('Escape');
    await page.locator('.calendar-row').first().waitFor();
    assert.deepEqual(complaints, []);
    await context.close();

    const second = await open();
    await second.page.goto(server.setUpUrl);
    await second.page.getByText('This address has been used').waitFor();
    await signIn(second.page, server, 'admin', 'a new password to keep');
    await second.context.close();
  });

  it('delays after five failures, and refuses after many', async () => {
    const { page, context } = await open();
    await page.goto(server.url);
    const guess = async (password: string): Promise<number> => {
      const { status } = await fetch(new URL('api/v1/session', server.url), {
        method: 'POST',
        headers: { 'X-Requested-With': 'portal', 'Content-Type': 'application/json' },
        body: JSON.stringify({ name: 'dmitri', password }),
      });
      return status;
    };
    for (let round = 0; round < 5; round += 1) assert.equal(await guess('wrong'), 401);
    await page.locator('input[autocomplete=username]').fill('dmitri');
    await page.locator('input[type=password]').fill('wrong');
    const began = performance.now();
    await page.locator('button[type=submit]').click();
    await page.locator('.problem:has-text("Wrong user name or password")').waitFor();
    assert.ok(performance.now() - began > 990, `answered after ${performance.now() - began} ms`);
    // All wait equally long before they are judged, so that the form, which comes last, is one too many.
    const guesses = Promise.all(Array.from({ length: 60 }, (_, at) => guess(`wrong ${at}`)));
    await page.locator('input[type=password]').fill('wrong again');
    await page.locator('button[type=submit]').click();
    const statuses = await guesses;
    assert.ok(statuses.includes(429), String(statuses));
    await page.locator('.problem:has-text("Too many attempts")').waitFor();
    await context.close();
  });
});
