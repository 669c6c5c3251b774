/** A value with Copy beside it. Where the browser refuses, the text is selected for Ctrl+C. */
import type { VNode } from 'preact';
import { useId, useRef, useState } from 'preact/hooks';
import { announce } from '../state/app-state.ts';
import { t } from '../text.ts';

export function CopyRow({ label, value }: { readonly label: string; readonly value: string }): VNode {
  const input = useRef<HTMLInputElement & HTMLTextAreaElement>(null);
  // A field of one line would run several into one, where the browser leaves copying to the person.
  const Field = value.includes('\n') ? 'textarea' : 'input';
  const [state, setState] = useState<'idle' | 'copied' | 'refused'>('idle');
  const id = useId();

  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(value);
      setState('copied');
      announce(t('copied'));
    } catch {
      // Not on a secure address, or the person said no: they can do it themselves.
      input.current?.focus();
      input.current?.select();
      setState('refused');
    }
  };

  return (
    <div class="copy-row">
      <label for={id}>{label}</label>
      <Field ref={input} id={id} readOnly value={value} onFocus={() => input.current?.select()} />
      <button
        type="button"
        class="button button-small"
        aria-label={`${t('copy')}: ${label}`}
        onClick={() => void copy()}
      >
        {state === 'copied' ? t('copied') : t('copy')}
      </button>
      {state === 'refused' && (
        <p class="problem" role="alert">
          {t('E09')}
        </p>
      )}
    </div>
  );
}
