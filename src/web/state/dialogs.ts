/** Which dialogs are open, the topmost last: what is said meanwhile is said in that one, for all beneath it is out of reach. */
import { createStore } from './store.ts';

export const dialogs = createStore<{ readonly open: readonly symbol[] }>({ open: [] });

/** Answers what takes it away again. */
export function opened(dialog: symbol): () => void {
  dialogs.set({ open: [...dialogs.get().open, dialog] });
  return () => dialogs.set({ open: dialogs.get().open.filter((one) => one !== dialog) });
}
