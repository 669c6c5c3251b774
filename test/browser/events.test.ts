import assert from 'node:assert/strict';
import type { Locator, Page } from 'playwright-core';
import {
  closeBrowser,
  dialogsClosed,
  focusEvent,
  inMonth,
  type Opened,
  openNext,
  signIn,
} from './browser.ts';
import { type CalDav, caldav } from './caldav.ts';
import { type Server, startServer } from './server.ts';

const personal = 'dav/calendars/anna/personal/';

describe('events in the page', () => {
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
  const cell = (date: string): Locator => page.locator(`[role=gridcell][data-date="${date}"]`);

  /** By click on the empty foot of the day, title, Enter. */
  async function add(title: string, date: string): Promise<void> {
    const box = await cell(date).boundingBox();
    assert.ok(box);
    await page.mouse.click(box.x + box.width / 2, box.y + box.height - 6);
    await page.locator('dialog input').first().fill(title);
    await page.keyboard.press('Enter');
    await event(title).first().waitFor();
    await dialogsClosed(page);
  }

  const named = async (title: string, words: RegExp): Promise<void> => {
    await page.waitForFunction(
      ({ title, source }) =>
        [...document.querySelectorAll('[data-occurrence]')].some(
          (element) =>
            element.textContent?.includes(title) &&
            new RegExp(source).test(element.getAttribute('aria-label') ?? ''),
        ),
      { title, source: words.source },
    );
  };

  /** Waits until so many are drawn: the grid measures what it has drawn and draws again, so one look is not enough. */
  const shows = async (title: string, count: number): Promise<void> => {
    await page.waitForFunction(
      ({ title, count }) =>
        [...document.querySelectorAll('[data-occurrence]')].filter((one) => one.textContent?.includes(title))
          .length === count,
      { title, count },
    );
  };

  const stored = async (title: string): Promise<string> => (await phone.find(personal, title))?.text ?? '';
  const compact = (date: string): string => date.replaceAll('-', '');

  it('adds an event by click, title and Enter, and a phone finds it', async () => {
    await add('Lunch by click', inMonth(14));
    assert.match(
      await stored('Lunch by click'),
      new RegExp(`DTSTART;TZID=Europe/Stockholm:${compact(inMonth(14))}T090000`),
    );
  });

  it('adds an event also where the calendars come later than the person types', async () => {
    let answer: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      answer = resolve;
    });
    await page.route('**/api/v1/calendars', async (route) => {
      await held;
      await route.continue();
    });
    await page.context().clearCookies();
    await page.goto('about:blank');
    await signIn(page, server, 'anna');
    const box = await cell(inMonth(21)).boundingBox();
    assert.ok(box);
    await page.mouse.click(box.x + box.width / 2, box.y + box.height - 6);
    await page.locator('dialog input').first().fill('Typed early');
    await page.keyboard.press('Enter');
    answer();
    await event('Typed early').waitFor();
    assert.notEqual(await stored('Typed early'), '');
  });

  it('shows what a phone adds before the page hears of changes', async () => {
    let answer: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      answer = resolve;
    });
    await page.route('**/api/v1/stream', async (route) => {
      await held;
      await route.continue();
    });
    await page.reload();
    await cell(inMonth(7)).waitFor();
    await page.waitForLoadState('networkidle');
    const date = compact(inMonth(7));
    await phone.put(
      `${personal}early.ics`,
      `BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//t//t//EN\r\nBEGIN:VEVENT\r\nUID:early-1\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:${date}T080000Z\r\nDTEND:${date}T090000Z\r\nSUMMARY:Between\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n`,
    );
    answer();
    await event('Between').waitFor();
  });

  it('opens, changes and deletes events whose identifier is a dot or two', async () => {
    const date = compact(inMonth(9));
    for (const uid of ['.', '..']) {
      await phone.put(
        `${personal}dots-${uid.length}.ics`,
        `BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//t//t//EN\r\nBEGIN:VEVENT\r\nUID:${uid}\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:${date}T080000Z\r\nDTEND:${date}T090000Z\r\nSUMMARY:Dotted\r\nLOCATION:Room ${uid.length}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n`,
      );
      await event('Dotted').click();
      const dialog = page.getByRole('dialog');
      await dialog.getByText(`Room ${uid.length}`).waitFor();
      await dialog.getByRole('button', { name: 'Edit' }).click();
      await dialog.getByLabel('Title').fill(`Point ${uid.length}`);
      await dialog.getByRole('button', { name: 'Save' }).click();
      await event(`Point ${uid.length}`).click();
      await dialog.getByRole('button', { name: 'Delete' }).click();
      await event(`Point ${uid.length}`).waitFor({ state: 'detached' });
    }
  });

  it('adds an event by keyboard alone', async () => {
    await cell(inMonth(10)).focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.locator('dialog').waitFor();
    await page.keyboard.type('Added by keys');
    await page.keyboard.press('Control+Enter');
    await event('Added by keys').waitFor();
    assert.match(await stored('Added by keys'), new RegExp(`DTSTART[^:]*:${compact(inMonth(18))}T090000`));
  });

  it('keeps the focus on a day when the month changes', async () => {
    await cell(inMonth(10)).focus();
    await page.keyboard.press('PageDown');
    await page.waitForFunction(
      (old) => document.activeElement?.getAttribute('data-date')?.slice(0, 7) !== old,
      inMonth(10).slice(0, 7),
    );
    const focused = await page.evaluate(() => document.activeElement?.getAttribute('data-date'));
    assert.match(focused ?? '', /-10$/);
  });

  it('moves an event by drag', async () => {
    await add('Dragged away', inMonth(12));
    const from = await event('Dragged away').boundingBox();
    const to = await cell(inMonth(13)).boundingBox();
    assert.ok(from && to);
    await page.mouse.move(from.x + 20, from.y + 8);
    await page.mouse.down();
    await page.mouse.move(from.x + 40, from.y + 12, { steps: 4 });
    await page.mouse.move(to.x + 30, to.y + 40, { steps: 8 });
    await page.mouse.up();
    await named('Dragged away', / 13 /);
    await page.locator('.toast:has-text(" 13 ")').waitFor();
    assert.match(await stored('Dragged away'), new RegExp(`DTSTART[^:]*:${compact(inMonth(13))}T090000`));
  });

  it('moves and undoes by keys, says so, and keeps the focus', async () => {
    await add('Moved by keys', inMonth(20));
    await focusEvent(page, 'Moved by keys');
    await page.keyboard.press('Alt+ArrowRight');
    await named('Moved by keys', / 21 /);
    assert.match((await page.getByTestId('announcement').textContent()) ?? '', /Moved by keys.* 21 /);
    await focused('Moved by keys');
    assert.match(await stored('Moved by keys'), new RegExp(`DTSTART[^:]*:${compact(inMonth(21))}`));
    await page.keyboard.press('Control+z');
    await named('Moved by keys', / 20 /);
    assert.match(await stored('Moved by keys'), new RegExp(`DTSTART[^:]*:${compact(inMonth(20))}`));
    // What was undone cannot be undone a second time.
    assert.equal(await page.locator('.toast', { hasText: ' 21 ' }).count(), 0);
  });

  /** The event itself, not the page around it. */
  async function focused(title: string): Promise<void> {
    await page.waitForFunction(
      (text) => document.activeElement?.matches(`[data-occurrence][aria-label*="${text}"]`),
      title,
    );
  }

  it('follows keys that are faster than their answers, and calls them no conflict', async () => {
    await add('Pressed thrice', inMonth(24));
    await focusEvent(page, 'Pressed thrice');
    await page.route('**/events/**', async (route) => {
      const response = await route.fetch();
      await page.waitForTimeout(200);
      await route.fulfill({ response });
    });
    for (let presses = 0; presses < 3; presses++) await page.keyboard.press('Alt+ArrowRight');
    await named('Pressed thrice', / 27 /);
    await focused('Pressed thrice');
    await page.keyboard.press('Alt+ArrowLeft');
    await named('Pressed thrice', / 26 /);
    await focused('Pressed thrice');
    // What is still on its way would be sent once more by the browser if the route went before its answer.
    await page.unrouteAll({ behavior: 'wait' });
    assert.match(await stored('Pressed thrice'), new RegExp(`DTSTART[^:]*:${compact(inMonth(26))}`));
    assert.equal(await page.getByRole('dialog').count(), 0);
    // Taken back, it is again what it was: a change of that is none of something older.
    await page.keyboard.press('Control+z');
    await named('Pressed thrice', / 27 /);
    await focused('Pressed thrice');
    await page.keyboard.press('Alt+ArrowRight');
    await named('Pressed thrice', / 28 /);
    assert.equal(await page.getByRole('dialog').count(), 0);
  });

  it('goes along where an event is moved by keys out of the month that is shown', async () => {
    await add('Out of sight', inMonth(11));
    await focusEvent(page, 'Out of sight');
    const shown = await page.locator('.toolbar-title').textContent();
    for (let weeks = 1; weeks <= 5; weeks++) {
      const moved = page.waitForResponse((answer) => answer.request().method() === 'PATCH');
      await page.keyboard.press('Alt+ArrowDown');
      await moved;
      const date = new Date(Date.parse(inMonth(11)) + weeks * 7 * 86_400_000);
      await named('Out of sight', new RegExp(` ${date.getUTCDate()} `));
      await focused('Out of sight');
    }
    assert.notEqual(await page.locator('.toolbar-title').textContent(), shown);
  });

  it('goes to the day of an event that is moved by keys to where there is no room for it', async () => {
    await page.setViewportSize({ width: 1280, height: 640 });
    for (const title of ['Crowd one', 'Crowd two', 'Crowd three']) {
      await cell(inMonth(4)).focus();
      await page.keyboard.press('Enter');
      await page.keyboard.type(title);
      await page.keyboard.press('Enter');
      await dialogsClosed(page);
    }
    await cell(inMonth(3)).focus();
    await page.keyboard.press('Enter');
    await page.keyboard.type('Late comer');
    await page.keyboard.press('Enter');
    await focusEvent(page, 'Late comer');
    await page.keyboard.press('Alt+ArrowRight');
    await page.waitForFunction(
      (date) => document.activeElement?.matches(`[role=gridcell][data-date="${date}"]`),
      inMonth(4),
    );
    assert.match(await stored('Late comer'), new RegExp(`DTSTART[^:]*:${compact(inMonth(4))}`));
  });

  it('goes on to the event where its day had to take the focus for it', async () => {
    await add('Drawn late', inMonth(22));
    let letGo = (): void => {};
    const held = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    await page.route('**/events/**', async (route) => {
      await held;
      await route.continue();
    });
    await focusEvent(page, 'Drawn late');
    await page.keyboard.press('Alt+ArrowRight');
    await page.evaluate(() => {
      const hidden = new CSSStyleSheet();
      hidden.replaceSync('[data-occurrence] { visibility: hidden !important }');
      document.adoptedStyleSheets = [hidden];
    });
    await page.waitForFunction(() => document.activeElement === document.body);
    letGo();
    const onDay = async (date: number): Promise<void> => {
      await page.waitForFunction(
        (day) => document.activeElement?.matches(`[role=gridcell][data-date="${day}"]`),
        inMonth(date),
      );
    };
    await onDay(23);
    await page.keyboard.press('Alt+ArrowRight');
    await onDay(24);
    await page.evaluate(() => {
      document.adoptedStyleSheets = [];
    });
    const date = compact(inMonth(25));
    await phone.put(
      `${personal}draws-anew.ics`,
      `BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//t//t//EN\r\nBEGIN:VEVENT\r\nUID:draws-anew\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:${date}T080000Z\r\nSUMMARY:Draws all anew\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n`,
    );
    await focused('Drawn late');
    assert.match(await stored('Drawn late'), new RegExp(`DTSTART[^:]*:${compact(inMonth(24))}`));
  });

  it('opens the form for who presses Edit before the event has come', async () => {
    await add('Pressed early', inMonth(20));
    await focusEvent(page, 'Pressed early');
    let letGo = (): void => {};
    const held = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    const detail = '**/api/v1/calendars/*/events/**';
    await page.route(detail, async (route) => {
      await held;
      await route.continue();
    });
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Edit', exact: true }).press('Enter');
    letGo();
    await page.getByRole('heading', { name: 'Edit event' }).waitFor();
    await page.unroute(detail);
    await page.keyboard.press('Escape');
    await focused('Pressed early');
  });

  it('comes back from its dialogs to the event, and to its day when it is gone', async () => {
    await add('Edited by keys', inMonth(19));
    await focusEvent(page, 'Edited by keys');
    const edit = page.getByRole('button', { name: 'Edit', exact: true });
    const open = async (): Promise<void> => {
      await page.keyboard.press('Enter');
      await edit.press('Enter');
      await page.getByRole('heading', { name: 'Edit event' }).waitFor();
    };
    await open();
    await page.keyboard.press('Escape');
    await focused('Edited by keys');
    await open();
    await page.getByLabel('Title').fill('Renamed by keys');
    await page.keyboard.press('Enter');
    await event('Renamed by keys').waitFor();
    await focused('Renamed by keys');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Delete', exact: true }).press('Enter');
    await event('Renamed by keys').waitFor({ state: 'detached' });
    await page.waitForFunction(
      (date) => document.activeElement?.matches(`[role=gridcell][data-date="${date}"]`),
      inMonth(19),
    );
  });

  for (const viewport of [
    { width: 1280, height: 800 },
    { width: 360, height: 740 },
  ])
    it(`leaves the buttons of a form free from what is still said, ${viewport.width} px wide`, async () => {
      await page.setViewportSize(viewport);
      await page.keyboard.press('n');
      await page.getByLabel('Title').fill('Said for a while');
      await page.getByRole('button', { name: 'Save' }).click();
      await page.locator('.toast', { hasText: 'Said for a while' }).waitFor();
      await page.keyboard.press('n');
      await page.locator('dialog .toast', { hasText: 'Said for a while' }).waitFor();
      for (const name of ['Save', 'Cancel'])
        await page
          .getByRole('dialog')
          .getByRole('button', { name, exact: true })
          .click({ trial: true, timeout: 20_000 });
    });

  it('changes the length by keys in the week, a quarter of an hour at a time', async () => {
    await add('Grows by keys', inMonth(17));
    await cell(inMonth(17)).focus();
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('ArrowRight');
    await page.locator('.segments button').nth(1).click();
    await page.locator('.grid-week [data-time]').first().waitFor();
    await focusEvent(page, 'Grows by keys');
    await page.keyboard.press('Alt+Shift+ArrowDown');
    await named('Grows by keys', /10:15/);
    assert.match(await stored('Grows by keys'), /DTEND[^:]*:\d{8}T101500/);
  });

  /** Takes the edge of an event, which can be seen once the pointer is over it, somewhere else. */
  async function pull(
    title: string,
    edge: string,
    to: () => Promise<{ x: number; y: number }>,
  ): Promise<void> {
    // What is drawn anew beneath the pointer has no edges before that moves once more.
    let box: { x: number; y: number; width: number; height: number } | null = null;
    for (let x = 8; box === null; x = x === 8 ? 9 : 8) {
      await event(title)
        .first()
        .hover({ position: { x, y: 8 } });
      box = await event(title).locator(edge).first().boundingBox();
    }
    const target = await to();
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    await page.mouse.down();
    await page.mouse.move(target.x, target.y, { steps: 10 });
    await page.mouse.up();
  }

  it('changes both ends of an event by mouse in the week', async () => {
    await add('Pulled by mouse', inMonth(18));
    await cell(inMonth(18)).focus();
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('ArrowRight');
    await page.locator('.segments button').nth(1).click();
    await page.locator('.grid-week [data-occurrence]:has-text("Pulled by mouse")').waitFor();
    const box = async () => {
      const found = await event('Pulled by mouse').boundingBox();
      assert.ok(found);
      return found;
    };
    // Nine to ten is one hour high; an hour and a half further down the end is at half past eleven.
    await pull('Pulled by mouse', '.g-handle-bottom', async () => {
      const { x, y, width, height } = await box();
      return { x: x + width / 2, y: y + height * 2.5 - 4 };
    });
    await named('Pulled by mouse', /11:30/);
    assert.match(await stored('Pulled by mouse'), /DTEND[^:]*:\d{8}T113000/);
    await pull('Pulled by mouse', '.g-handle-top', async () => {
      const { x, y, width, height } = await box();
      return { x: x + width / 2, y: y - (height / 2.5) * 0.5 + 4 };
    });
    await named('Pulled by mouse', /0?8:30/);
    const text = await stored('Pulled by mouse');
    assert.match(text, new RegExp(`DTSTART[^:]*:${compact(inMonth(18))}T083000`));
    assert.match(text, new RegExp(`DTEND[^:]*:${compact(inMonth(18))}T113000`));
  });

  it('changes both ends of a whole-day event by mouse in the month', async () => {
    const path = `${personal}days.ics`;
    const date = compact(inMonth(24));
    await phone.put(
      path,
      `BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//t//t//EN\r\nBEGIN:VEVENT\r\nUID:days-1\r\nDTSTAMP:20260101T000000Z\r\nDTSTART;VALUE=DATE:${date}\r\nDTEND;VALUE=DATE:${compact(inMonth(25))}\r\nSUMMARY:Fair\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n`,
    );
    await event('Fair').waitFor();
    const middle = (date: string) => async () => {
      const box = await cell(date).boundingBox();
      assert.ok(box);
      return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
    };
    await pull('Fair', '.g-handle-end', middle(inMonth(26)));
    await page.locator('.toast:has-text(" 26 ")').waitFor();
    await pull('Fair', '.g-handle-start', middle(inMonth(23)));
    await page.locator('.toast:has-text("23")').waitFor();
    const { text } = await phone.get(path);
    assert.match(text, new RegExp(`DTSTART;VALUE=DATE:${compact(inMonth(23))}`));
    assert.match(text, new RegExp(`DTEND;VALUE=DATE:${compact(inMonth(27))}`));
  });

  it('opens the day behind "+n more"', async () => {
    const date = compact(inMonth(27));
    for (let at = 10; at < 22; at++)
      await phone.put(
        `${personal}crowd-${at}.ics`,
        `BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//t//t//EN\r\nBEGIN:VEVENT\r\nUID:crowd-${at}\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:${date}T${at}0000Z\r\nDURATION:PT30M\r\nSUMMARY:Crowd ${at}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n`,
      );
    await cell(inMonth(27)).locator('.g-more').click();
    await page.locator('.grid-day').waitFor();
    await shows('Crowd', 12);
    assert.match((await page.locator('.toolbar-title').textContent()) ?? '', / 27 /);
  });

  it('deletes an event and brings it back', async () => {
    await add('Here and gone', inMonth(11));
    await event('Here and gone').click();
    await page.getByRole('button', { name: 'Delete' }).click();
    await event('Here and gone').waitFor({ state: 'detached' });
    assert.equal(await stored('Here and gone'), '');
    await page.getByRole('button', { name: 'Undo' }).last().click();
    await event('Here and gone').waitFor();
    assert.notEqual(await stored('Here and gone'), '');
  });

  it('saves what the full form holds, and leaves unknown properties alone', async () => {
    const path = `${personal}foreign.ics`;
    const date = compact(inMonth(16));
    const foreign = `X-COLLEAGUE;X-WEIGHT="3":kept as it is`;
    const status = await phone.put(
      path,
      `BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//t//t//EN\r\nBEGIN:VEVENT\r\nUID:foreign-1\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:${date}T080000Z\r\nDTEND:${date}T090000Z\r\nSUMMARY:From a phone\r\n${foreign}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n`,
    );
    assert.equal(status, 201);
    // It appears without a reload: the server tells the page.
    await event('From a phone').click();
    await page.getByRole('button', { name: 'Edit', exact: true }).click();
    await page.getByLabel('Title').fill('From a phone, seen');
    await page.getByLabel('Location').fill('Room 3');
    await page.getByRole('button', { name: 'Save' }).click();
    await event('From a phone, seen').waitFor();
    const { text } = await phone.get(path);
    assert.ok(text.includes(foreign), text);
    assert.match(text, /LOCATION:Room 3/);
    assert.match(text, new RegExp(`DTSTART:${date}T080000Z`));
  });

  it('asks what to do when somebody else was faster', async () => {
    await add('Contested', inMonth(19));
    await event('Contested').click();
    await page.getByRole('button', { name: 'Edit', exact: true }).click();
    await page.getByLabel('Title').fill('Contested by me');
    const found = await phone.find(personal, 'Contested');
    assert.ok(found);
    assert.equal(
      await phone.put(found.path, found.text.replace('SUMMARY:Contested', 'SUMMARY:Contested by phone')),
      204,
    );
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('heading', { name: /Changed on another device/ }).waitFor();
    for (const name of ['Show theirs', 'Keep mine', 'Copy mine'])
      await page.getByRole('button', { name }).waitFor();
    await page.getByRole('button', { name: 'Keep mine' }).click();
    await event('Contested by me').waitFor();
    assert.match((await phone.get(found.path)).text, /SUMMARY:Contested by me/);
  });

  it('shows theirs when asked to', async () => {
    await add('Disputed', inMonth(9));
    await event('Disputed').click();
    await page.getByRole('button', { name: 'Edit', exact: true }).click();
    await page.getByLabel('Title').fill('Disputed by me');
    const found = await phone.find(personal, 'Disputed');
    assert.ok(found);
    assert.equal(
      await phone.put(found.path, found.text.replace('SUMMARY:Disputed', 'SUMMARY:Disputed by phone')),
      204,
    );
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('button', { name: 'Show theirs' }).click();
    await event('Disputed by phone').waitFor();
    assert.match((await phone.get(found.path)).text, /SUMMARY:Disputed by phone/);
  });

  describe('of a series', () => {
    async function series(title: string): Promise<void> {
      await page.keyboard.press('n');
      await page.getByLabel('Title').fill(title);
      await page.getByLabel('Start date').fill(inMonth(2));
      await page.getByLabel('Repeat', { exact: true }).selectOption('daily');
      await page.getByLabel('Ends', { exact: true }).selectOption('after');
      await page.getByLabel('Number of times').fill('5');
      await page.getByRole('button', { name: 'Save' }).click();
      await shows(title, 5);
      await dialogsClosed(page);
    }

    async function rename(title: string, to: string, scope: string): Promise<void> {
      // The third instance.
      await event(title).nth(2).click();
      await page.getByRole('button', { name: 'Edit', exact: true }).click();
      await page.getByLabel('Title').fill(to);
      await page.getByRole('button', { name: 'Save' }).click();
      await page.getByRole('button', { name: scope }).click();
      await dialogsClosed(page);
    }

    it('changes only one', async () => {
      await series('Alpha');
      await rename('Alpha', 'One of them', 'Only this event');
      await shows('One of them', 1);
      await shows('Alpha', 4);
      assert.match(await stored('One of them'), /RECURRENCE-ID/);
    });

    it('changes this and all following', async () => {
      await series('Bravo');
      await rename('Bravo', 'The rest', 'This and all following');
      await shows('The rest', 3);
      await shows('Bravo', 2);
    });

    it('changes all', async () => {
      await series('Charlie');
      await rename('Charlie', 'Every one', 'All events');
      await shows('Every one', 5);
      await shows('Charlie', 0);
    });

    it('asks before a drag is written, and puts the event back when the answer is no', async () => {
      await series('Delta');
      await focusEvent(page, 'Delta', 1);
      await page.keyboard.press('Alt+ArrowDown');
      await page.getByRole('button', { name: 'Cancel' }).waitFor();
      // There is nothing to explain: no empty room between the question and its answers.
      assert.equal(await page.getByRole('dialog').locator('.dialog-body').count(), 0);
      await page.getByRole('button', { name: 'Cancel' }).click();
      assert.match(await stored('Delta'), new RegExp(`DTSTART[^:]*:${compact(inMonth(2))}`));
      assert.doesNotMatch(await stored('Delta'), /RECURRENCE-ID/);
    });
  });
});
