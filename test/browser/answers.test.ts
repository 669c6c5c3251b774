/** An invitation in the page: one's own answer, by mouse and by keys, for one instance or for all. */
import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { closeBrowser, faults, focusEvent, inMonth, type Language, openAs, screenshot } from './browser.ts';
import { type CalDav, caldav } from './caldav.ts';
import { type Server, startServer } from './server.ts';

const personal = 'dav/calendars/anna/personal/';

describe('an invitation in the page', () => {
  let server: Server;
  let phone: CalDav;

  before(async () => {
    server = await startServer();
    phone = caldav(server.url, 'anna', server.password);
  });

  after(async () => {
    await closeBrowser();
    await server.stop();
  });

  const addressOf = (name: string): string => `${personal}${name.replace(' ', '-')}.ics`;

  async function invited(name: string, date: string, rule = ''): Promise<void> {
    const at = date.replaceAll('-', '');
    const status = await phone.put(
      addressOf(name),
      `BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//t//t//EN\r\nBEGIN:VEVENT\r\nUID:${name}\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:${at}T080000Z\r\nDTEND:${at}T090000Z\r\n${rule}SUMMARY:${name}\r\nORGANIZER;CN=Boss:mailto:boss@example.org\r\nATTENDEE;CN=Anna;RSVP=TRUE;PARTSTAT=NEEDS-ACTION:mailto:anna@example.com\r\nATTENDEE;CN=Carl Carlsson;PARTSTAT=ACCEPTED:mailto:carl@example.org\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n`,
    );
    assert.equal(status, 201);
  }

  const event = (page: Page, title: string) => page.locator(`[data-occurrence]:has-text("${title}")`);
  const pressed = async (page: Page, name: string): Promise<void> => {
    await page.locator(`.toggles [aria-pressed=true]:has-text("${name}")`).waitFor();
  };
  const stored = async (name: string): Promise<string> => (await phone.get(addressOf(name))).text;

  it('is accepted by a click, and taken back', async () => {
    const { page, context, complaints } = await openAs(server, 'anna');
    await invited('Budget talk', inMonth(12));
    await event(page, 'Budget talk').click();
    await page.getByRole('group', { name: 'Your answer' }).getByRole('button', { name: 'Accept' }).click();
    await pressed(page, 'Accept');
    await page.locator('dialog .plain-list').getByText('accepted').nth(1).waitFor();
    assert.match(await stored('Budget talk'), /ATTENDEE;CN=Anna;PARTSTAT=ACCEPTED:mailto:anna@example\.com/);
    assert.match((await page.getByTestId('announcement').textContent()) ?? '', /Budget talk.*Accept/);
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Undo' }).last().click();
    await page.getByText('Taken back').first().waitFor();
    assert.match(await stored('Budget talk'), /PARTSTAT=NEEDS-ACTION:mailto:anna@/);
    assert.deepEqual(complaints, []);
    await context.close();
  });

  it('to a series is answered by keys alone, for this instance or for all', async () => {
    const { page, context } = await openAs(server, 'anna');
    await invited('Standup', inMonth(16), 'RRULE:FREQ=DAILY;COUNT=3\r\n');
    await focusEvent(page, 'Standup', 1);
    await page.keyboard.press('Enter');
    const decline = page.getByRole('button', { name: 'Decline' });
    await decline.waitFor();
    await decline.focus();
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Only this event' }).waitFor();
    assert.equal(await page.getByRole('button', { name: 'This and all following' }).count(), 0);
    await page.getByRole('button', { name: 'Only this event' }).press('Enter');
    await pressed(page, 'Decline');
    const one = await stored('Standup');
    assert.equal(one.match(/PARTSTAT=DECLINED/g)?.length, 1);
    assert.match(one, new RegExp(`RECURRENCE-ID:${inMonth(17).replaceAll('-', '')}T080000Z`));
    await page.getByRole('button', { name: 'Maybe' }).press('Enter');
    await page.getByRole('button', { name: 'All events' }).press('Enter');
    await pressed(page, 'Maybe');
    assert.equal((await stored('Standup')).match(/PARTSTAT=TENTATIVE/g)?.length, 2);
    await context.close();
  });

  it('is asked of guests only', async () => {
    const { page, context } = await openAs(server, 'anna');
    await invited('Theirs', inMonth(11));
    await phone.put(
      `${personal}mine.ics`,
      (await stored('Theirs')).replaceAll('Theirs', 'mine').replace('boss@example.org', 'anna@example.com'),
    );
    await event(page, 'mine').click();
    await page.locator('dialog').getByText('Carl Carlsson').waitFor();
    assert.equal(await page.getByRole('group', { name: 'Your answer' }).count(), 0);
    await context.close();
  });

  const words: Readonly<Record<Language, readonly string[]>> = {
    en: ['Your answer', 'Accept', 'Maybe', 'Decline'],
    ru: ['Ваш ответ', 'Принять', 'Возможно', 'Отклонить'],
    sv: ['Ditt svar', 'Tacka ja', 'Kanske', 'Tacka nej'],
  };
  for (const language of ['en', 'ru', 'sv'] as const)
    it(`reads and looks right in ${language}, light and dark, also on a phone`, async () => {
      await invited(`Meeting ${language}`, inMonth(16), 'RRULE:FREQ=DAILY;COUNT=3\r\n');
      const { page, context } = await openAs(server, 'anna', { language });
      for (const width of [1280, 360]) {
        await page.setViewportSize({ width, height: 1000 });
        // What is narrow begins with the list.
        await page.reload();
        await page
          .locator('[data-occurrence], .agenda-row', { hasText: `Meeting ${language}` })
          .first()
          .click();
        for (const word of words[language]) await page.locator('dialog').getByText(word).first().waitFor();
        for (const colorScheme of ['light', 'dark'] as const) {
          await page.emulateMedia({ colorScheme });
          assert.deepEqual(await faults(page), []);
          await screenshot(page, `answer-${language}-${colorScheme}-${width}`);
        }
      }
      await context.close();
    });
});
