/** Keys for the whole page. Ctrl+Z always; single letters unless the person has switched them off (WCAG 2.1.4). */
import { preferences } from './dates.ts';
import { undoLast } from './event/write.ts';
import { addEvent } from './screens/sidebar.tsx';
import { goToToday, step } from './screens/toolbar.tsx';
import { app } from './state/app-state.ts';

const keys: Readonly<Record<string, () => void>> = {
  n: () => addEvent(),
  t: goToToday,
  j: () => step(1),
  k: () => step(-1),
  m: () => app.set({ view: 'month' }),
  w: () => app.set({ view: 'week' }),
  d: () => app.set({ view: 'day' }),
  l: () => app.set({ view: 'list' }),
  '/': () => document.querySelector<HTMLElement>('.search input')?.focus(),
};

export function followShortcuts(): () => void {
  const onKey = (event: KeyboardEvent): void => {
    if (app.get().open !== null || isTyping(event.target)) return;
    if (event.key.toLowerCase() === 'z' && (event.ctrlKey || event.metaKey) && !event.shiftKey) {
      event.preventDefault();
      undoLast();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || preferences()?.shortcuts === false) return;
    const run = keys[event.key];
    if (!run) return;
    event.preventDefault();
    run();
  };
  document.addEventListener('keydown', onKey);
  return () => document.removeEventListener('keydown', onKey);
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && target.closest('input, textarea, select, dialog, [role=menu]') !== null
  );
}
