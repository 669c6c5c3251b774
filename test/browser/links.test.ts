import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { closeBrowser, type OpenOptions, openAs } from './browser.ts';
import { type Server, startServer } from './server.ts';

describe('calendar menu and links', () => {
  let server: Server;

  before(async () => {
    server = await startServer();
  });

  after(async () => {
    await closeBrowser();
    await server.stop();
  });

  const asAnna = (options: OpenOptions = {}) => openAs(server, 'anna', options);

  async function choose(page: Page, calendar: string, item: string): Promise<void> {
    await page.locator(`.calendar-row:has-text("${calendar}") .button-icon`).click();
    await page.getByRole('menuitem', { name: item }).click();
  }

  const subscription = (page: Page) =>
    page.locator('.link-card').last().getByLabel('Subscription link', { exact: true });

  it('is walked through by keys alone', async () => {
    const { page, context } = await asAnna();
    const button = page.locator('.calendar-row .button-icon').first();
    await button.focus();
    await page.keyboard.press('ArrowDown');
    const focusIs = async (words: string) =>
      await page.waitForFunction(
        (start) =>
          document.activeElement?.matches('.menu-item') &&
          document.activeElement.textContent?.startsWith(start),
        words,
      );
    await focusIs('Edit…');
    await page.keyboard.press('End');
    await focusIs('Delete…');
    await page.keyboard.press('ArrowDown');
    await focusIs('Edit…');
    await page.keyboard.press('s');
    await focusIs('Show only this');
    await page.keyboard.press('Escape');
    await page.locator('.menu-item').first().waitFor({ state: 'detached' });
    assert.ok(await button.evaluate((element) => element === document.activeElement));
    await page.keyboard.press('Enter');
    await focusIs('Edit…');
    const labels = await page.locator('.menu-item > span').allTextContents();
    assert.deepEqual(labels, [
      'Edit…',
      'Show only this',
      'Connect phone or app',
      'Connect to Outlook',
      'Export (iCal)',
      'Download .ics',
      'Import .ics…',
      'Share…',
      'Delete…',
    ]);
    await context.close();
  });

  it('makes another link, copies it, and anybody can read it', async () => {
    const { page, context } = await asAnna({ permissions: ['clipboard-read', 'clipboard-write'] });
    await choose(page, 'Personlig', 'Export (iCal)');
    // The demo has made one already; its address is there to be copied whenever the dialog is open.
    await page.getByRole('button', { name: 'Copy: Subscription link' }).waitFor();
    await page.getByRole('button', { name: 'Another link' }).click();
    const copy = page.getByRole('button', { name: 'Copy: Subscription link' }).nth(1);
    await copy.click();
    await copy.getByText('Copied').waitFor();
    const link = await page.evaluate(() => navigator.clipboard.readText());
    assert.match(link, /\/feed\/[\w-]{22,}\/[\w-]+\.ics$/);
    const answer = await fetch(link);
    assert.equal(answer.status, 200);
    assert.match(answer.headers.get('content-type') ?? '', /^text\/calendar/);
    assert.match(await answer.text(), /Morgonm/);
    await context.close();
  });

  it('makes a link at the first opening, and says how to copy it where the browser refuses', async () => {
    const { page, context } = await asAnna();
    await page.evaluate(() => {
      Object.defineProperty(navigator, 'clipboard', {
        value: { writeText: () => Promise.reject(new Error('refused')) },
      });
    });
    await choose(page, 'Resor', 'Export (iCal)');
    await page.getByRole('button', { name: 'Copy: Subscription link' }).click();
    await page.getByText('Could not copy. Press Ctrl+C.').waitFor();
    const selected = await page.evaluate(() => {
      const field = document.activeElement;
      if (!(field instanceof HTMLInputElement)) return '';
      return field.value.slice(field.selectionStart ?? 0, field.selectionEnd ?? 0);
    });
    assert.match(selected, /\/feed\//);
    await context.close();
  });

  it('shows only busy times where that was chosen, forgets a reset address, and stops when export is off', async () => {
    const { page, context } = await asAnna();
    await choose(page, 'Personlig', 'Export (iCal)');
    await page.locator('.link-card').first().waitFor();
    // All that there are come at once; the last of them is not yet the one that is made now.
    const known = await page.locator('.link-card').count();
    await page.getByRole('button', { name: 'Another link' }).click();
    await page.locator('.link-card').nth(known).getByText('Subscription link').waitFor();
    const first = await subscription(page).inputValue();
    const card = page.locator('.link-card').last();
    await card.getByLabel('What to show').selectOption('busy');
    await page.waitForFunction(
      async (address) => !(await (await fetch(address)).text()).includes('SUMMARY:Morgon'),
      first,
    );
    await card.getByRole('button', { name: 'Reset link' }).click();
    await page.locator('dialog').last().getByRole('button', { name: 'Reset link' }).click();
    await page.waitForFunction(
      (old) =>
        [...document.querySelectorAll<HTMLInputElement>('.link-card input[readonly]')].every(
          ({ value }) => value !== old,
        ),
      first,
    );
    assert.equal((await fetch(first)).status, 404);
    const second = await subscription(page).inputValue();
    assert.equal((await fetch(second)).status, 200);
    await page.getByRole('button', { name: 'Done' }).click();

    await choose(page, 'Personlig', 'Edit…');
    await page.getByLabel('Allow export').uncheck();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('heading', { name: /subscription links? stops? working at once/ }).waitFor();
    await page.getByRole('button', { name: 'Stop the links' }).click();
    await page.locator('dialog').first().waitFor({ state: 'detached' });
    assert.equal((await fetch(second)).status, 403);

    await page.locator('.calendar-row:has-text("Personlig") .button-icon').click();
    const item = page.getByRole('menuitem', { name: 'Export (iCal)' });
    assert.equal(await item.getAttribute('aria-disabled'), 'true');
    assert.match((await item.textContent()) ?? '', /Export is turned off for this calendar/);
    await item.click({ force: true });
    assert.equal(await page.locator('dialog').count(), 0);
    await context.close();
  });

  it('keeps each of two changes that are made faster than they are answered', async () => {
    const { page, context } = await asAnna();
    await choose(page, 'Resor', 'Export (iCal)');
    await page.route('**/api/v1/links/*', async (route) => {
      const response = await route.fetch();
      await page.waitForTimeout(300);
      await route.fulfill({ response });
    });
    const card = page.locator('.link-card').last();
    const changed = (part: string): Promise<unknown> =>
      page.waitForResponse((answer) => answer.ok() && (answer.request().postData() ?? '').includes(part));
    const saved = [changed('"label"'), changed('"detail"')];
    await card.getByLabel('Label').fill('Kitchen');
    await page.keyboard.press('Tab');
    await card.getByLabel('What to show').selectOption('titles');
    await Promise.all(saved);
    await page.keyboard.press('Escape');
    await page.unroute('**/api/v1/links/*');
    await choose(page, 'Resor', 'Export (iCal)');
    assert.equal(await card.getByLabel('Label').inputValue(), 'Kitchen');
    assert.equal(await card.getByLabel('What to show').inputValue(), 'titles');
    assert.equal(await page.locator('.toast').count(), 0);
    await context.close();
  });

  it('lets a reader share further once the owner ticks it', async () => {
    const owner = await openAs(server, 'carol', { language: 'en' });
    const reader = await openAs(server, 'dmitri', { language: 'en' });
    await owner.page.evaluate(async () => {
      const headers = { 'X-Requested-With': 'portal', 'Content-Type': 'application/json' };
      const api = (path: string) => new URL(`api/v1/${path}`, document.baseURI);
      const made = await fetch(api('calendars'), {
        method: 'POST',
        headers,
        body: JSON.stringify({ name: 'For readers' }),
      });
      const { id } = await made.json();
      const { people } = await (await fetch(api('people?text=dmitri'))).json();
      await fetch(api(`calendars/${id}/shares`), {
        method: 'POST',
        headers,
        body: JSON.stringify({ who: people[0].id, level: 'read' }),
      });
    });
    const exportItem = async (): Promise<string> => {
      await reader.page.locator('.calendar-row:has-text("For readers") .button-icon').click();
      const text = await reader.page.locator('.menu-item').nth(4).textContent();
      await reader.page.keyboard.press('Escape');
      return text ?? '';
    };
    await reader.page.locator('.calendar-row:has-text("For readers")').waitFor();
    assert.notEqual(await exportItem(), 'Export (iCal)', 'it says why it cannot be done');
    await owner.page.locator('.calendar-row:has-text("For readers") .button-icon').click();
    await owner.page.getByRole('menuitem', { name: 'Share…' }).click();
    await owner.page.getByLabel(/^May share further:/).check();
    // The reader is told, and an open menu follows.
    await reader.page.locator('.calendar-row:has-text("For readers") .button-icon').click();
    await reader.page.locator('.menu-item[aria-disabled=false]', { hasText: /^Export \(iCal\)$/ }).click();
    await reader.page.locator('.link-card input[readonly]').first().waitFor();
    await owner.context.close();
    await reader.context.close();
  });

  it('keeps a favourite after a reload, and exports all favourites in one feed', async () => {
    const { page, context } = await openAs(server, 'erik');
    await page.getByRole('button', { name: /Choose favourites|Välj favoriter/ }).click();
    const choice = page
      .locator('.choice-list .check:has-text("Boris"), .choice-list .check:has-text("Борис")')
      .first();
    const kept = page.waitForResponse((answer) => answer.ok() && answer.request().method() === 'PUT');
    await choice.locator('input').check();
    await kept;
    await page.keyboard.press('Escape');
    await page.reload();
    await page.locator('.calendar-row:has-text("Борис")').waitFor();
    await page.getByRole('button', { name: /Export all favourites|Exportera alla favoriter/ }).click();
    const address = await page.locator('.link-card input[readonly]').first().inputValue();
    const answer = await fetch(address);
    assert.equal(answer.status, 200);
    assert.match(await answer.text(), /BEGIN:VEVENT/);
    await context.close();
  });

  it('has an Outlook link that stays short with a long Cyrillic name, once the Lists service is there', async function outlook() {
    const { page, context } = await asAnna();
    const info = await page.evaluate(async () => {
      const headers = { 'X-Requested-With': 'portal', 'Content-Type': 'application/json' };
      const made = await fetch(new URL('api/v1/calendars', document.baseURI), {
        method: 'POST',
        headers,
        body: JSON.stringify({
          name: 'Очень длинное название календаря отдела продаж и маркетинга '.repeat(3).trim(),
        }),
      });
      const { id } = await made.json();
      return await (await fetch(new URL(`api/v1/calendars/${id}/connect`, document.baseURI))).json();
    });
    await context.close();
    if (info.stssync === null) this.skip();
    assert.ok(info.stssync.length < 500, String(info.stssync.length));
    const query = new URLSearchParams(info.stssync.split('?')[1]);
    for (const name of ['ver', 'type', 'cmd', 'base-url', 'list-url', 'guid', 'site-name', 'list-name'])
      assert.ok(query.get(name), name);
    assert.match(query.get('guid') ?? '', /^\{[0-9a-f-]{36}\}$/i);
  });
});
