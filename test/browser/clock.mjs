/**
 * The time of the browser tests: it begins at the same instant in every run, so that no test passes on some days only.
 *
 * Plain JavaScript, because Node loads it before the server (`--import`), Chromium before the page, and the tests with
 * their own code. All are moved by the same number of milliseconds; timers stay real, so that what takes time still does.
 */

/** Moves `Date` in the realm it runs in, once. Self-contained: it is also sent to the page as text. */
export function moveDate(byMs) {
  const Real = Date;
  if (Real.moved) return;
  globalThis.Date = class extends Real {
    static moved = true;

    constructor(...given) {
      super(...(given.length === 0 ? [Real.now() + byMs] : given));
    }

    static now() {
      return Real.now() + byMs;
    }
  };
}

const moved = process.env.BROWSER_TEST_CLOCK_MS;
if (moved !== undefined) moveDate(Number(moved));
