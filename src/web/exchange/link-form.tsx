/** Which calendars go together, in which direction, from which day; and what the first run would do. */
import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import type {
  ExchangeDirection,
  ExchangeLinkInput,
  ExchangePreview,
  ExchangeStatus,
} from '../../portal/api.ts';
import { call } from '../client.ts';
import { formatDay } from '../dates.ts';
import { useApp } from '../state/app-state.ts';
import { attempt, Form, SelectField, TextField } from '../ui/fields.tsx';
import { useLoaded } from '../ui/loading.ts';
import { look, take } from './status.ts';
import { te } from './words.ts';

const directions: readonly ExchangeDirection[] = ['both', 'from-remote', 'to-remote'];

export function LinkForm(props: {
  readonly status: ExchangeStatus;
  readonly onDone: () => void;
  readonly onCancel?: (() => void) | undefined;
}): VNode {
  const { link, proposal } = props.status;
  const own = useApp((state) => state.calendars).filter(
    ({ section, kind, canEdit }) =>
      (section === 'mine' || section === 'group') && kind !== 'tasks' && canEdit,
  );
  const { value: theirs, problem } = useLoaded(() => call('GET /exchange/calendars'), '');
  const [calendar, setCalendar] = useState(link?.calendar ?? '');
  const [remote, setRemote] = useState(link?.remoteCalendar ?? '');
  const [direction, setDirection] = useState(link?.direction ?? proposal?.direction ?? 'both');
  const [startDate, setStartDate] = useState(link?.startDate ?? proposal?.startDate ?? '');
  const [preview, setPreview] = useState<ExchangePreview>();

  // One that is gone, or may only be read by now, is no choice any more.
  const isThere = !theirs || theirs.calendars.some(({ id }) => id === remote);
  const standard = theirs?.calendars.find(({ isDefault }) => isDefault)?.id ?? '';
  const remoteChosen = isThere && remote !== '' ? remote : standard;
  const ownChosen = own.some(({ id }) => id === calendar) ? calendar : (own[0]?.id ?? '');
  const input: ExchangeLinkInput = {
    calendar: ownChosen,
    remoteCalendar: remoteChosen,
    direction,
    startDate: startDate === '' ? null : startDate,
  };
  const submit = async (): Promise<void> => {
    take(await call('PUT /exchange/link', { body: input }));
    props.onDone();
    await look();
  };
  // What was seen holds for what was asked.
  const changed = <Value,>(set: (value: Value) => void) => {
    return (value: Value): void => {
      setPreview(undefined);
      set(value);
    };
  };
  return (
    <Form
      class="card-form"
      onSubmit={submit}
      submitLabel={te('synchronise')}
      onCancel={props.onCancel}
      aside={
        <button
          type="button"
          class="button"
          disabled={!theirs}
          onClick={() =>
            attempt(async () => setPreview(await call('POST /exchange/preview', { body: input })))
          }
        >
          {te('preview')}
        </button>
      }
    >
      {problem !== '' && <p class="problem">{problem}</p>}
      <div class="field-grid">
        <TextField
          label={te('startDate')}
          type="date"
          value={startDate}
          onValue={changed(setStartDate)}
          hint={te('startDateHint')}
        />
        <SelectField
          label={te('remoteCalendar')}
          value={remoteChosen}
          choices={(theirs?.calendars ?? []).map(({ id, title, isDefault }) => ({
            value: id,
            label: isDefault ? te('isDefault', { title }) : title,
          }))}
          onValue={changed(setRemote)}
        />
        <SelectField
          label={te('ownCalendar')}
          value={ownChosen}
          choices={own.map(({ id, name }) => ({ value: id, label: name }))}
          onValue={changed(setCalendar)}
        />
        <SelectField<ExchangeDirection>
          label={te('direction')}
          value={direction}
          choices={directions.map((value) => ({ value, label: directionText(value) }))}
          onValue={changed(setDirection)}
        />
      </div>
      {preview && <Preview preview={preview} />}
    </Form>
  );
}

function Preview({ preview }: { readonly preview: ExchangePreview }): VNode {
  const { toImport, toExport, paired, unclear } = preview;
  return (
    <div class="note" role="status">
      <strong>{te('previewTitle')}</strong>
      <ul>
        <li>{te('previewImport', { n: toImport })}</li>
        <li>{te('previewExport', { n: toExport })}</li>
        <li>{te('previewPaired', { n: paired })}</li>
      </ul>
      {unclear.length > 0 && (
        <>
          <p>{te('previewUnclear')}</p>
          <ul>
            {unclear.map(({ title, start }) => (
              <li key={`${title}${start}`}>
                {title}, {formatDay(start)}
              </li>
            ))}
          </ul>
        </>
      )}
      <p class="hint">{te('previewSilent')}</p>
    </div>
  );
}

export function directionText(direction: ExchangeDirection): string {
  const texts = {
    both: te('direction_both'),
    'from-remote': te('direction_from_remote'),
    'to-remote': te('direction_to_remote'),
  } as const satisfies Record<ExchangeDirection, string>;
  return texts[direction];
}
