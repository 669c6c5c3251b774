/** What is said without being asked: toasts with their undo, the live region, the offline line. */
import type { VNode } from 'preact';
import { dismiss, useApp } from '../state/app-state.ts';
import { dialogs } from '../state/dialogs.ts';
import { useStore } from '../state/store.ts';
import { t } from '../text.ts';
import { Icon } from './icons.tsx';

export function Notices(): VNode {
  const announcement = useApp((state) => state.announcement);
  const hasDialog = useStore(dialogs, ({ open }) => open.length > 0);
  const isBusy = useApp((state) => state.busy);
  return (
    <>
      {isBusy && <progress class="busy" aria-hidden="true" />}
      <div class="visually-hidden" aria-live="polite" data-testid="announcement">
        {announcement}
      </div>
      {!hasDialog && <Toasts />}
    </>
  );
}

/** Stands where it can be read and pressed: in the topmost dialog, if there is one. */
export function Toasts(): VNode {
  const toasts = useApp((state) => state.toasts);
  const isOffline = useApp((state) => state.offline);
  return (
    <div class="toasts" role="status">
      {isOffline && <div class="toast toast-error">{t('E19')}</div>}
      {toasts.map((item) => (
        <div key={item.id} class={`toast toast-${item.tone}`}>
          <span>{item.text}</span>
          {item.action && (
            <button
              type="button"
              class="toast-action"
              onClick={() => {
                dismiss(item.id);
                item.action?.run();
              }}
            >
              {item.action.label}
            </button>
          )}
          <button type="button" class="button-icon" aria-label={t('close')} onClick={() => dismiss(item.id)}>
            <Icon name="close" />
          </button>
        </div>
      ))}
    </div>
  );
}
