/** Chromium, pages that are signed in, and what every test wants to know of a page. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Page,
} from 'playwright-core';
import { moveDate } from './clock.mjs';
import { clockMs, renewServers, root, type Server } from './server.ts';

export type Language = 'en' | 'ru' | 'sv';

const viewport = { width: 1280, height: 1300 };
const locales = { en: 'en-GB', ru: 'ru-RU', sv: 'sv-SE' } as const;

/** How long a condition is waited for: what takes milliseconds may take seconds where the machine is busy. */
const patienceMs = 60_000;

let browser: Promise<Browser> | undefined;

export async function closeBrowser(): Promise<void> {
  await (await browser)?.close();
  browser = undefined;
}

/** One that has ended by itself is followed by another. */
async function running(): Promise<Browser> {
  if (browser !== undefined && !(await browser).isConnected()) browser = undefined;
  browser ??= chromium.launch({
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    // What draws is the processor in any case; a second process for it only costs. So does one for each site: there is one.
    args: ['--no-sandbox', '--disable-gpu', '--disable-site-isolation-trials'],
  });
  return await browser;
}

export interface Opened {
  readonly context: BrowserContext;
  readonly page: Page;
  /** What the page has complained about: broken rules of the content policy, errors. */
  readonly complaints: readonly string[];
}

export interface OpenOptions extends BrowserContextOptions {
  readonly language?: Language;
  /** Runs in the page before its own code. */
  readonly inPage?: () => void;
}

export async function open({ language = 'en', inPage, ...options }: OpenOptions = {}): Promise<Opened> {
  const context = await (await running()).newContext({
    locale: locales[language],
    timezoneId: 'Europe/Stockholm',
    viewport,
    reducedMotion: 'reduce',
    ...options,
  });
  // Also of pages that a test opens beside its own.
  context.setDefaultTimeout(patienceMs);
  await context.addInitScript(`(${moveDate.toString()})(${clockMs})`);
  await context.addInitScript(speakLonger);
  if (inPage) await context.addInitScript(inPage);
  const page = await context.newPage();
  live.add(page);
  context.on('close', () => live.delete(page));
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    // A refused request is an answer that the tests look at themselves.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
      complaints.push(message.text());
  });
  return { context, page, complaints };
}

/**
 * What is said for ten seconds is said for fifty, and can be taken back as long: on a slow machine a test reads no faster
 * than that. Runs in the page.
 */
function speakLonger(): void {
  const real = window.setTimeout.bind(window);
  const longer = (work: TimerHandler, ms?: number, ...given: unknown[]): number =>
    real(work, ms === 10_000 ? 50_000 : ms, ...given);
  Object.assign(window, { setTimeout: longer });
}

/** Pages that are open; those that a failed test has left are shown as they are, and closed. */
const live = new Set<Page>();
/** Those in which the next test goes on. */
const kept = new WeakSet<Page>();

/** Pictures of what a failed test has before it; one that is tried again has failed, too. */
async function pictures(test: Mocha.Test | undefined): Promise<void> {
  if (test === undefined || test.state === 'passed' || test.isPending()) return;
  const folder = join(root, 'dist/screenshots');
  mkdirSync(folder, { recursive: true });
  const name = test.title.replace(/\W+/g, '-').slice(0, 80);
  // What cannot be drawn is no second failure, which would end the whole file.
  for (const [at, page] of [...live].entries())
    await page.screenshot({ path: join(folder, `failed-${name}-${at}.png`) }).catch(() => undefined);
}

let lastBegun = '';

/** What the failed try of a test has left behind would fail the next one, too (`--retries`, as in `.ci/run`). */
beforeEach(async function nextTry() {
  const title = this.currentTest?.fullTitle() ?? '';
  if (title === lastBegun) await renewServers();
  lastBegun = title;
});

afterEach(async function leftPages() {
  await pictures(this.currentTest);
  for (const page of live)
    if (this.currentTest?.state !== 'passed' || !kept.has(page)) await page.context().close();
});

export async function signIn(
  page: Page,
  server: Server,
  name: string,
  password = server.password,
): Promise<void> {
  await page.goto(server.url);
  await page.locator('input[autocomplete=username]').fill(name);
  await page.locator('input[type=password]').fill(password);
  await page.locator('button[type=submit]').click();
  await page.locator('.home').waitFor();
}

/** Signed in, with the month before them. The form of it is met where it is what is tested: by `signIn`. */
export async function openAs(server: Server, name: string, options: OpenOptions = {}): Promise<Opened> {
  const opened = await open(options);
  await enter(opened, server, name);
  return opened;
}

/**
 * As `openAs` in the page of the test before, where there is one and it has passed: for files whose tests begin alike. Nothing
 * is left of that test but its session; it costs half of a new page.
 */
export async function openNext(last: Opened | undefined, server: Server, name: string): Promise<Opened> {
  if (last === undefined || last.page.isClosed()) {
    const opened = await openAs(server, name);
    kept.add(opened.page);
    return opened;
  }
  await last.page.unrouteAll({ behavior: 'ignoreErrors' });
  await last.page.goto('about:blank');
  await last.page.setViewportSize(viewport);
  await enter(last, server, name);
  return last;
}

async function enter({ context, page }: Opened, server: Server, name: string): Promise<void> {
  if ((await context.cookies()).length === 0) {
    const password = name === 'admin' ? server.adminPassword : server.password;
    const answer = await context.request.post(new URL('api/v1/session', server.url).href, {
      headers: { 'X-Requested-With': 'portal' },
      data: { name, password },
    });
    assert.ok(answer.ok(), `${name}: ${answer.status()}`);
  }
  await page.goto(server.url);
  await page.locator('.home').waitFor();
  await page.locator('[role=gridcell][data-date], .agenda, .empty').first().waitFor();
}

/** When no dialog is open any more: what has been saved may be drawn beneath the form before its answer closes it. */
export async function dialogsClosed(page: Page): Promise<void> {
  await page.locator('dialog').first().waitFor({ state: 'detached' });
}

/** Gives the keys to an event (the one `at`, of several): not beneath a dialog, nor before it is placed and can be seen. */
export async function focusEvent(page: Page, title: string, at = 0): Promise<void> {
  await dialogsClosed(page);
  await page.waitForFunction(
    ({ title, at }) => {
      const all = [...document.querySelectorAll<HTMLElement>('[data-occurrence][tabindex]')];
      const event = all.filter((one) => one.textContent?.includes(title))[at];
      event?.focus();
      return event !== undefined && document.activeElement === event;
    },
    { title, at },
  );
}

/** An artefact to be looked at. A page that scrolls sideways fails. */
export async function screenshot(page: Page, name: string, fullPage = false): Promise<void> {
  const folder = join(root, 'dist/screenshots');
  mkdirSync(folder, { recursive: true });
  const excess = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  assert.ok(excess <= 0, `${name}: ${excess} px too wide`);
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage });
}

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** In the page, once its source has been evaluated there. */
declare const axe: {
  readonly run: (
    context: string,
    options: object,
  ) => Promise<{
    readonly violations: readonly {
      readonly id: string;
      readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
    }[];
  }>;
};

/** Every fault that axe finds against WCAG 2.2 A and AA in what the selector names. */
export async function faults(page: Page, part = 'html'): Promise<readonly string[]> {
  // Evaluated by the debugger, which the content policy does not bind; nothing is added to the document.
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(axeSource);
  return await page.evaluate(async (within) => {
    const { violations } = await axe.run(within, {
      resultTypes: ['violations'],
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'],
    });
    return violations.flatMap(({ id, nodes }) =>
      nodes.map(
        ({ html, failureSummary }) => `${id}: ${html.slice(0, 140)} ${failureSummary?.slice(0, 200) ?? ''}`,
      ),
    );
  }, part);
}

/** `2026-11-04`, so many days from today; the page's person lives in Stockholm. */
export function day(offset: number): string {
  return new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Stockholm' }).format(
    Date.now() + offset * 86_400_000,
  );
}

/** A day of the month that is shown, so that its cell is there: near the middle, where no edge is in the way. */
export function inMonth(date: number): string {
  return `${day(0).slice(0, 8)}${String(date).padStart(2, '0')}`;
}
