/** What is typed into the forms of an event: nothing of it is lost, and nothing has to be typed twice. */
import assert from 'node:assert/strict';
import type { Locator, Page } from 'playwright-core';
import { closeBrowser, inMonth, type Opened, openNext } from './browser.ts';
import { type CalDav, caldav } from './caldav.ts';
import { type Server, startServer } from './server.ts';

const personal = 'dav/calendars/anna/personal/';

describe('the forms of an event', () => {
  let server: Server;
  let phone: CalDav;
  let opened: Opened | undefined;
  let page: Page;

  before(async () => {
    server = await startServer();
    phone = caldav(server.url, 'anna', server.password);
  });

  after(async () => {
    await closeBrowser();
    await server.stop();
  });

  beforeEach(async () => {
    opened = await openNext(opened, server, 'anna');
    page = opened.page;
  });

  afterEach(() => {
    assert.deepEqual(opened?.complaints ?? [], []);
  });

  const event = (title: string): Locator => page.locator(`[data-occurrence]:has-text("${title}")`);
  const stored = async (title: string): Promise<string> => (await phone.find(personal, title))?.text ?? '';
  const compact = (date: string): string => date.replaceAll('-', '');

  async function quick(date: string, title: string): Promise<void> {
    await page.locator(`[role=gridcell][data-date="${date}"]`).focus();
    await page.keyboard.press('Enter');
    await page.keyboard.type(title);
  }

  async function save(title: string): Promise<string> {
    await page.getByRole('button', { name: 'Save' }).click();
    await event(title).first().waitFor();
    return await stored(title);
  }

  it('the quick form takes the end along with a later start', async () => {
    await quick(inMonth(12), 'Moved in the form');
    // Nothing that has no height makes room above the title.
    const first = await page.locator('.dialog-body > :first-child').boundingBox();
    assert.ok(first && first.height > 40);
    await page.getByLabel('Start', { exact: true }).fill('14:15');
    assert.equal(await page.getByLabel('End', { exact: true }).inputValue(), '15:15');
    const text = await save('Moved in the form');
    assert.match(text, new RegExp(`DTSTART[^:]*:${compact(inMonth(12))}T141500`));
    assert.match(text, new RegExp(`DTEND[^:]*:${compact(inMonth(12))}T151500`));
  });

  it('the quick form ends the next morning what ends earlier than it begins, and says so', async () => {
    await quick(inMonth(13), 'Long night');
    await page.getByLabel('Start', { exact: true }).fill('22:00');
    await page.getByLabel('End', { exact: true }).fill('02:00');
    assert.match((await page.locator('.quick-when').textContent()) ?? '', /13.*14/);
    const text = await save('Long night');
    assert.match(text, new RegExp(`DTSTART[^:]*:${compact(inMonth(13))}T220000`));
    assert.match(text, new RegExp(`DTEND[^:]*:${compact(inMonth(14))}T020000`));
  });

  it('the quick form keeps the days that were drawn over in the week', async () => {
    await page.evaluate((to) => location.assign(new URL(to, document.baseURI)), `#/week/${inMonth(11)}`);
    await page.locator('.grid-week [data-time]').first().waitFor();
    const at = async (date: string, time: string): Promise<{ x: number; y: number }> => {
      const lane = await page.locator(`.g-lane[data-date="${date}"]`).boundingBox();
      const line = await page.locator(`[data-time="${time}"]`).first().boundingBox();
      assert.ok(lane && line);
      return { x: lane.x + lane.width / 2, y: line.y + 4 };
    };
    const [from, to] = [await at(inMonth(11), '15:00:00'), await at(inMonth(12), '17:00:00')];
    await page.mouse.move(from.x, from.y);
    await page.mouse.down();
    await page.mouse.move(to.x, to.y, { steps: 12 });
    await page.mouse.up();
    await page.getByLabel('Title').fill('Overnight by mouse');
    const text = await save('Overnight by mouse');
    assert.match(text, new RegExp(`DTSTART[^:]*:${compact(inMonth(11))}T150000`));
    assert.match(text, new RegExp(`DTEND[^:]*:${compact(inMonth(12))}T17[13]`));
  });

  it('the full form bears that a time is taken out before another is typed', async () => {
    await page.keyboard.press('n');
    await page.getByLabel('Title').fill('Typed again');
    const start = page.getByLabel('Start time');
    const end = page.getByLabel('End time');
    await start.fill('10:00');
    await end.fill('11:30');
    await start.fill('');
    await start.fill('13:00');
    assert.equal(await end.inputValue(), '14:30');
    await end.fill('');
    await start.fill('15:00');
    await end.fill('16:00');
    assert.match(await save('Typed again'), /DTEND[^:]*:\d{8}T160000/);
  });

  it('a number of times can be taken out and typed anew', async () => {
    await page.keyboard.press('n');
    await page.getByLabel('Title').fill('Counted');
    await page.getByLabel('Start date').fill(inMonth(2));
    await page.getByLabel('Repeat', { exact: true }).selectOption('daily');
    await page.getByLabel('Ends', { exact: true }).selectOption('after');
    for (const [label, text] of [
      ['Number of times', '3'],
      ['Every', '2'],
    ] as const) {
      const field = page.getByLabel(label, { exact: true });
      await field.focus();
      for (let digits = 0; digits < 2; digits++) await page.keyboard.press('Backspace');
      await page.keyboard.type(text);
      assert.equal(await field.inputValue(), text);
    }
    assert.match(await save('Counted'), /RRULE:FREQ=DAILY;INTERVAL=2;COUNT=3\r?\n/);
  });

  it('a rule for every day of the working week is said so, and can be chosen anew', async () => {
    const date = compact(inMonth(2));
    const status = await phone.put(
      `${personal}working-week.ics`,
      `BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//t//t//EN\r\nBEGIN:VEVENT\r\nUID:working-week\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:${date}T060000Z\r\nDTEND:${date}T063000Z\r\nRRULE:FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR;COUNT=3\r\nSUMMARY:Working week\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n`,
    );
    assert.equal(status, 201);
    await event('Working week').first().click();
    await page.getByText(/^Every weekday \(Mon–Fri\), 3 times$/).waitFor();
    await page.getByRole('button', { name: 'Edit', exact: true }).click();
    assert.equal(await page.getByLabel('Repeat', { exact: true }).inputValue(), 'weekdays');
    assert.equal(await page.getByLabel('Number of times').inputValue(), '3');
  });

  it('who was typed is invited, by Enter and also where only Save is pressed', async () => {
    await page.keyboard.press('n');
    await page.getByLabel('Title').fill('Typed guests');
    const field = page.getByLabel('Attendees');
    await field.fill('one@example.org');
    await page.keyboard.press('Enter');
    await page.locator('.chips li').waitFor();
    assert.equal(await field.inputValue(), '');
    // Known by name, in whatever case, also where that is told only after Enter.
    let tell: () => void = () => undefined;
    const told = new Promise<void>((resolve) => {
      tell = resolve;
    });
    await page.route('**/people?*', async (route) => {
      await told;
      await route.continue();
    });
    const asked = page.waitForRequest('**/people?*');
    await field.fill('carol hughes');
    await asked;
    await page.keyboard.press('Enter');
    tell();
    await page.locator('.chips li').nth(1).waitFor();
    await page.unroute('**/people?*');
    assert.equal(await field.inputValue(), '');
    await field.fill('two@example.org');
    const text = (await save('Typed guests')).replace(/\r?\n /g, '');
    for (const guest of ['one@example.org', 'carol@example.com', 'two@example.org'])
      assert.ok(text.includes(`mailto:${guest}`), text);
  });

  it('who was typed and is nobody keeps the form open', async () => {
    await page.keyboard.press('n');
    await page.getByLabel('Title').fill('Nobody comes');
    const field = page.getByLabel('Attendees');
    await field.fill('nobody of that name');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.waitForFunction(() => document.activeElement?.matches('input:invalid'));
    assert.equal(await stored('Nobody comes'), '');
    await field.fill('');
    await save('Nobody comes');
  });
});
