/** A native modal `<dialog>`: the browser keeps the focus inside, Escape closes, and the focus goes back where it was. */
import type { ComponentChildren, VNode } from 'preact';
import { useId, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { dialogs, opened } from '../state/dialogs.ts';
import { useStore } from '../state/store.ts';
import { t } from '../text.ts';
import { Icon } from './icons.tsx';
import { Toasts } from './notices.tsx';

export interface DialogProps {
  readonly title: string;
  readonly children: ComponentChildren;
  readonly onClose: () => void;
  readonly size?: 'small' | 'medium' | 'large';
  /** A question that must be answered: no cross. */
  readonly isQuestion?: boolean;
}

/** What had the focus when each was opened: it goes back there, also through a dialog that has been replaced by another. */
const origins = new WeakMap<HTMLDialogElement, HTMLElement>();

export function Dialog({
  title,
  children,
  onClose,
  size = 'medium',
  isQuestion = false,
}: DialogProps): VNode {
  const element = useRef<HTMLDialogElement>(null);
  const heading = useId();
  const close = useRef(onClose);
  close.current = onClose;
  const [own] = useState(() => Symbol(title));
  const isTopmost = useStore(dialogs, ({ open }) => open.at(-1) === own);

  useLayoutEffect(() => {
    const dialog = element.current;
    if (!dialog) return undefined;
    const before = document.activeElement;
    dialog.showModal();
    const closed = opened(own);
    dialog.querySelector<HTMLElement>('[data-autofocus]')?.focus();
    if (before instanceof HTMLElement) origins.set(dialog, before);
    return () => {
      dialog.close();
      let origin: HTMLElement | undefined = origins.get(dialog);
      while (origin && !origin.isConnected) {
        const left = origin.closest('dialog');
        origin = left ? origins.get(left) : undefined;
      }
      origin?.focus();
      // Those who listen may know better where what was left is now.
      closed();
    };
  }, []);

  return (
    <dialog
      ref={element}
      class={`dialog dialog-${size}`}
      aria-labelledby={heading}
      onCancel={(event) => {
        // The state decides what is open; the browser would close without telling it.
        event.preventDefault();
        close.current();
      }}
      onKeyDown={(event) => event.stopPropagation()}
    >
      <div class="dialog-head">
        <h2 id={heading}>{title}</h2>
        {!isQuestion && (
          <button type="button" class="button-icon" aria-label={t('close')} onClick={() => close.current()}>
            <Icon name="close" />
          </button>
        )}
      </div>
      {children}
      {isTopmost && <Toasts />}
    </dialog>
  );
}

export interface Answer<Value> {
  readonly value: Value;
  readonly label: string;
  readonly kind?: 'primary' | 'danger' | 'plain';
}

/** One question with its answers; closing it answers nothing. */
export function Question<Value>(props: {
  readonly title: string;
  readonly children?: ComponentChildren;
  readonly answers: readonly Answer<Value>[];
  readonly onAnswer: (value: Value) => void;
  readonly onClose: () => void;
}): VNode {
  return (
    <Dialog title={props.title} size="small" isQuestion onClose={props.onClose}>
      {props.children && <div class="dialog-body">{props.children}</div>}
      <div class="dialog-foot dialog-foot-stack">
        {props.answers.map((answer, index) => (
          <button
            key={answer.label}
            type="button"
            class={`button ${answer.kind === undefined || answer.kind === 'plain' ? '' : `button-${answer.kind}`}`}
            onClick={() => props.onAnswer(answer.value)}
            {...(index === 0 && { 'data-autofocus': true })}
          >
            {answer.label}
          </button>
        ))}
        <button type="button" class="button" onClick={props.onClose}>
          {t('cancel')}
        </button>
      </div>
    </Dialog>
  );
}
