/** What a program sent in vain stands in the profile; and an app password for one calendar is made there. */
import assert from 'node:assert/strict';
import { closeBrowser, faults, openAs, screenshot } from './browser.ts';
import { caldav } from './caldav.ts';
import { type Server, startServer } from './server.ts';

const event = (uid: string): string =>
  [
    'BEGIN:VEVENT',
    `UID:${uid}`,
    'DTSTAMP:20260101T000000Z',
    'DTSTART:20260310T090000Z',
    'SUMMARY:sent',
    'END:VEVENT',
    '',
  ].join('\r\n');
const calendarOf = (...events: readonly string[]): string =>
  `BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\n${events.join('')}END:VCALENDAR\r\n`;

describe('the profile and its programs, in the browser', () => {
  let server: Server;

  before(async () => {
    server = await startServer();
  });

  after(async () => {
    await closeBrowser();
    await server.stop();
  });

  it('shows what was refused, repairs it, and shows nothing when there is nothing', async () => {
    const phone = caldav(server.url, 'anna', server.password);
    const home = '/dav/calendars/anna/personal/';
    assert.equal(await phone.put(`${home}two.ics`, calendarOf(event('first'), event('second'))), 403);
    assert.equal(await phone.put(`${home}torn.ics`, 'BEGIN:VCALENDAR\r\nUID:torn\r\n'), 403);
    const { page, context, complaints } = await openAs(server, 'anna', {
      viewport: { width: 360, height: 900 },
    });
    await page.goto(`${server.url}#/profile`);
    const card = page.locator('.card', { hasText: 'Not accepted' });
    await card.getByText('torn', { exact: true }).waitFor();
    await screenshot(page, 'refused-360');
    assert.deepEqual(await faults(page), []);
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      card.getByRole('listitem').filter({ hasText: 'torn' }).getByRole('link').click(),
    ]);
    assert.equal(download.suggestedFilename(), 'refused.ics');
    const two = card.getByRole('listitem').filter({ hasText: 'first' });
    await two.getByRole('button', { name: 'Repair and add' }).click();
    await two.waitFor({ state: 'detached' });
    assert.ok(await phone.find(home, 'UID:second'));
    await card.getByRole('listitem').getByRole('button', { name: 'Remove' }).click();
    await card.waitFor({ state: 'detached' });
    assert.deepEqual(complaints, []);
    await context.close();
  });

  it('makes an app password that opens one calendar', async () => {
    const { page, context } = await openAs(server, 'anna');
    await page.goto(`${server.url}#/profile`);
    const card = page.locator('.card', { hasText: 'My devices' });
    await card.getByLabel('Name').fill('Screen');
    const chosen = await card.getByLabel('Calendars').locator('option').nth(1).textContent();
    await card.getByLabel('Calendars').selectOption({ index: 1 });
    await card.getByRole('button', { name: 'app password' }).click();
    const row = card.getByRole('listitem').filter({ hasText: 'Screen' });
    await row.waitFor();
    assert.ok(chosen && (await row.textContent())?.includes(chosen));
    assert.deepEqual(await faults(page), []);
    await context.close();
  });
});
