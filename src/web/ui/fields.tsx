/** Form fields with their labels, and the forms around them. */
import type { ComponentChildren, VNode } from 'preact';
import { useId, useState } from 'preact/hooks';
import { ApiFailure, Offline } from '../client.ts';
import { toast } from '../state/app-state.ts';
import { t } from '../text.ts';

interface FieldProps {
  readonly label: string;
  readonly hint?: string | undefined;
  readonly class?: string;
}

export function TextField(
  props: FieldProps & {
    readonly value: string;
    readonly onValue: (value: string) => void;
    readonly type?: 'text' | 'password' | 'email' | 'url' | 'date' | 'time' | 'number' | 'search' | 'color';
    readonly required?: boolean;
    readonly autoComplete?: string;
    readonly autoFocus?: boolean;
    readonly min?: string;
    readonly max?: string;
    readonly minLength?: number;
    readonly pattern?: string;
    readonly placeholder?: string;
    readonly disabled?: boolean;
    readonly list?: string;
    readonly invalid?: boolean;
  },
): VNode {
  const id = useId();
  return (
    <div class={`field ${props.class ?? ''}`}>
      <label for={id}>{props.label}</label>
      <input
        id={id}
        type={props.type ?? 'text'}
        value={props.value}
        onInput={(event) => props.onValue(event.currentTarget.value)}
        required={props.required}
        autoComplete={props.autoComplete ?? 'off'}
        min={props.min}
        max={props.max}
        minLength={props.minLength}
        pattern={props.pattern}
        placeholder={props.placeholder}
        disabled={props.disabled}
        list={props.list}
        aria-invalid={props.invalid === true ? true : undefined}
        aria-describedby={props.hint === undefined ? undefined : `${id}-hint`}
        {...(props.autoFocus && { 'data-autofocus': true })}
      />
      {props.hint !== undefined && (
        <small id={`${id}-hint`} class="hint">
          {props.hint}
        </small>
      )}
    </div>
  );
}

/** A file to choose. What it says is ours, as the browser's own field speaks the browser's language. */
export function FileField(props: {
  readonly label: string;
  readonly accept: string;
  readonly chosen?: string | undefined;
  readonly onFile: (file: File | undefined) => void;
  readonly required?: boolean;
  readonly autoFocus?: boolean;
}): VNode {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{props.label}</label>
      <span class="button file-button">
        {props.chosen ?? t('chooseFile')}
        <input
          id={id}
          type="file"
          title=""
          accept={props.accept}
          required={props.required}
          onChange={(event) => props.onFile(event.currentTarget.files?.[0])}
          {...(props.autoFocus && { 'data-autofocus': true })}
        />
      </span>
    </div>
  );
}

export function TextArea(
  props: FieldProps & {
    readonly value: string;
    readonly onValue: (value: string) => void;
    readonly rows?: number;
    readonly disabled?: boolean;
  },
): VNode {
  const id = useId();
  return (
    <div class={`field ${props.class ?? ''}`}>
      <label for={id}>{props.label}</label>
      <textarea
        id={id}
        rows={props.rows ?? 3}
        value={props.value}
        disabled={props.disabled}
        onInput={(event) => props.onValue(event.currentTarget.value)}
      />
    </div>
  );
}

export interface Choice<Value extends string> {
  readonly value: Value;
  readonly label: string;
}

export function SelectField<Value extends string>(
  props: FieldProps & {
    readonly value: Value;
    readonly choices: readonly Choice<Value>[];
    readonly onValue: (value: Value) => void;
    readonly disabled?: boolean;
    readonly isLabelHidden?: boolean;
  },
): VNode {
  const id = useId();
  return (
    <div class={`field ${props.class ?? ''}`}>
      <label for={id} class={props.isLabelHidden ? 'visually-hidden' : ''}>
        {props.label}
      </label>
      <select
        id={id}
        value={props.value}
        disabled={props.disabled}
        aria-describedby={props.hint === undefined ? undefined : `${id}-hint`}
        onChange={(event) => {
          const choice = props.choices[event.currentTarget.selectedIndex];
          if (choice) props.onValue(choice.value);
        }}
      >
        {props.choices.map(({ value, label }) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
      </select>
      {props.hint !== undefined && (
        <small id={`${id}-hint`} class="hint">
          {props.hint}
        </small>
      )}
    </div>
  );
}

export function CheckField(
  props: FieldProps & {
    readonly checked: boolean;
    readonly onChecked: (checked: boolean) => void;
    readonly disabled?: boolean;
  },
): VNode {
  const id = useId();
  return (
    <div class={`check ${props.class ?? ''}`}>
      <input
        id={id}
        type="checkbox"
        checked={props.checked}
        disabled={props.disabled}
        aria-describedby={props.hint === undefined ? undefined : `${id}-hint`}
        onChange={(event) => props.onChecked(event.currentTarget.checked)}
      />
      <label for={id}>{props.label}</label>
      {props.hint !== undefined && (
        <small id={`${id}-hint`} class="hint">
          {props.hint}
        </small>
      )}
    </div>
  );
}

export function RadioField<Value extends string>(
  props: FieldProps & {
    readonly value: Value;
    readonly choices: readonly Choice<Value>[];
    readonly onValue: (value: Value) => void;
    readonly disabled?: boolean;
  },
): VNode {
  const id = useId();
  return (
    <fieldset class={`radios ${props.class ?? ''}`} disabled={props.disabled}>
      <legend>{props.label}</legend>
      {props.choices.map(({ value, label }) => (
        <div class="check" key={value}>
          <input
            id={`${id}-${value}`}
            type="radio"
            name={id}
            checked={value === props.value}
            onChange={() => props.onValue(value)}
          />
          <label for={`${id}-${value}`}>{label}</label>
        </div>
      ))}
    </fieldset>
  );
}

/** A form that is busy while its answer is under way, and says what went wrong above its buttons. */
export function Form(props: {
  readonly onSubmit: () => Promise<void>;
  readonly children: ComponentChildren;
  readonly submitLabel: string;
  readonly onCancel?: (() => void) | undefined;
  /** Left of the buttons: Delete. */
  readonly aside?: ComponentChildren;
  readonly class?: string;
  readonly isReadOnly?: boolean;
}): VNode {
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState('');
  const submit = async (): Promise<void> => {
    setBusy(true);
    setProblem('');
    try {
      await props.onSubmit();
    } catch (error) {
      setProblem(wordsFor(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <form
      class={props.class ?? 'form'}
      onSubmit={(event) => {
        event.preventDefault();
        if (!isBusy) void submit();
      }}
      onKeyDown={(event) => {
        if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
        event.preventDefault();
        event.currentTarget.requestSubmit();
      }}
    >
      <div class="dialog-body">{props.children}</div>
      <p class="problem" role="alert">
        {problem}
      </p>
      <div class="dialog-foot">
        {props.aside}
        <span class="spacer" />
        {props.onCancel && (
          <button type="button" class="button" onClick={props.onCancel}>
            {props.isReadOnly ? t('close') : t('cancel')}
          </button>
        )}
        {!props.isReadOnly && (
          <button type="submit" class="button button-primary" aria-disabled={isBusy}>
            {props.submitLabel}
          </button>
        )}
      </div>
    </form>
  );
}

/** What the person reads of a failure. */
export function wordsFor(error: unknown): string {
  if (error instanceof ApiFailure) return error.message;
  if (error instanceof Offline) return error.message;
  console.error(error);
  return t('E20', { id: '–' });
}

/** Runs what a button starts; a failure is told in a toast. */
export function attempt(work: () => Promise<void>): void {
  const { type = '', currentTarget = null } = window.event ?? {};
  const by = /click|submit/.test(type) ? currentTarget : null;
  if (by && busy.has(by)) return;
  if (by) busy.add(by);
  work()
    .catch((error: unknown) => toast(wordsFor(error), { tone: 'error' }))
    .finally(() => by && busy.delete(by));
}

/** Buttons and forms that have been pressed and whose work goes on: who presses twice means it once. */
const busy = new WeakSet<EventTarget>();
