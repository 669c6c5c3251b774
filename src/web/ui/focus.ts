/**
 * Where what has the focus goes from the page (a row that was removed, a step that was done), the heading of what it stood
 * in takes it, and nothing moves: with nothing in its place, keys and screen readers would begin at the top again.
 */

/** What the focus is in, from the inside out. */
let homes: readonly Element[] = [];

export function keepFocus(): void {
  document.addEventListener('focusin', ({ target }) => {
    homes = [];
    if (!(target instanceof Element) || target.closest('.grid')) return;
    for (let one: Element | null | undefined = target; one; one = one.parentElement?.closest(homely))
      homes = [...homes, one];
  });
  new MutationObserver(() => {
    if (homes[0]?.isConnected !== false || document.activeElement !== document.body) return;
    const heading = homes.find(({ isConnected }) => isConnected)?.querySelector('h1, h2');
    homes = [];
    if (!(heading instanceof HTMLElement)) return;
    heading.tabIndex = -1;
    heading.focus({ preventScroll: true });
  }).observe(document.body, { childList: true, subtree: true });
}

const homely = '.card, dialog, main';
