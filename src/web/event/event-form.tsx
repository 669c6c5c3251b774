/** The full form: a new event, or one that is there. */
import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import type { EventDetail, Occurrence } from '../../portal/api.ts';
import { app, type Draft, refreshEvents, show, useApp } from '../state/app-state.ts';
import { t } from '../text.ts';
import { Dialog } from '../ui/dialog.tsx';
import { CheckField, Form, RadioField, SelectField, TextArea, TextField } from '../ui/fields.tsx';
import { Attendees, Links } from './form-lists.tsx';
import {
  difference,
  type FormValues,
  inputOfValues,
  valuesOfDetail,
  valuesOfDraft,
  withStart,
} from './form-values.ts';
import { Reminders } from './reminders.tsx';
import { RepeatFields } from './repeat-fields.tsx';
import { calendarFor, defaultCalendar, writableCalendars } from './writable.ts';
import { changeEvent, createEvent } from './write.ts';
import { zoneChoices } from './zones.ts';

export function NewEvent({ draft }: { readonly draft: Draft }): VNode {
  // Drawn again when the calendars come, where the form was quicker.
  useApp((state) => state.calendars);
  const [typed, setValues] = useState(() => valuesOfDraft(draft, '', app.get().me?.preferences));
  const values = typed.cal === '' ? { ...typed, cal: defaultCalendar() } : typed;
  return (
    <Dialog title={t('newEvent')} size="large" onClose={() => show(null)}>
      <Form
        submitLabel={t('save')}
        onCancel={() => show(null)}
        onSubmit={async () => {
          await createEvent(await calendarFor(values.cal), inputOfValues(values));
          show(null);
        }}
      >
        <Fields values={values} onValues={setValues} />
      </Form>
    </Dialog>
  );
}

export function EditEvent(props: {
  readonly item: Occurrence;
  readonly detail: EventDetail;
  readonly onTheirs: () => void;
}): VNode {
  const { item, detail } = props;
  const [before] = useState(() => valuesOfDetail(detail));
  const [values, setValues] = useState(before);
  const save = async (): Promise<void> => {
    const changed = difference(inputOfValues(before), inputOfValues(values));
    const patch = { ...changed, ...(values.cal !== detail.cal && { cal: values.cal }) };
    if (Object.keys(patch).length === 0) return show(null);
    // The rule belongs to the series; another calendar takes all of it along.
    const scope = patch.cal === undefined ? undefined : 'all';
    const target = { ...detail, repeats: item.repeats };
    const outcome = await changeEvent(
      target,
      patch,
      t('eventSaved', { title: values.title || t('noTitle') }),
      scope,
    );
    if (outcome === 'written') show(null);
    if (outcome === 'theirs') props.onTheirs();
    if (outcome !== 'cancelled') refreshEvents();
  };
  return (
    <Dialog title={t('editEvent')} size="large" onClose={() => show(null)}>
      <Form submitLabel={t('save')} onCancel={() => show(null)} onSubmit={save}>
        <Fields
          values={values}
          onValues={setValues}
          otherReminders={detail.otherReminders}
          isGuest={detail.isGuest}
          canMove={detail.canDelete}
        />
      </Form>
    </Dialog>
  );
}

interface FieldsProps {
  readonly values: FormValues;
  readonly onValues: (values: FormValues) => void;
  readonly otherReminders?: number;
  /** What is the organizer's cannot be changed. */
  readonly isGuest?: boolean;
  /** To another calendar: deletes it in its own. */
  readonly canMove?: boolean;
}

function Fields(props: FieldsProps): VNode {
  const { values, onValues, otherReminders = 0, isGuest = false, canMove = true } = props;
  const put = (patch: Partial<FormValues>): void => onValues({ ...values, ...patch });
  return (
    <div class="event-form">
      {isGuest && <p class="note wide">{t('guestForm')}</p>}
      <TextField
        label={t('title')}
        value={values.title}
        onValue={(title) => put({ title })}
        autoFocus={!isGuest}
        disabled={isGuest}
        class="wide"
      />
      <fieldset class="event-column bare" disabled={isGuest}>
        <When values={values} onValues={onValues} />
        <RepeatFields values={values} onValues={onValues} />
        <TextField label={t('location')} value={values.location} onValue={(location) => put({ location })} />
        <TextArea
          label={t('description')}
          value={values.description}
          onValue={(description) => put({ description })}
          rows={4}
        />
      </fieldset>
      <div class="event-column">
        <SelectField
          label={t('calendar')}
          value={values.cal}
          choices={writableCalendars().map(({ id, name }) => ({ value: id, label: name }))}
          onValue={(cal) => put({ cal })}
          disabled={!canMove}
        />
        <Reminders reminders={values.reminders} onChange={(reminders) => put({ reminders })} />
        {otherReminders > 0 && <p class="hint">{t('otherReminders', { n: otherReminders })}</p>}
        <RadioField
          label={t('showAs')}
          value={values.busy ? 'busy' : 'free'}
          choices={[
            { value: 'busy', label: t('busy') },
            { value: 'free', label: t('free') },
          ]}
          onValue={(value) => put({ busy: value === 'busy' })}
          class="radios-inline"
        />
        <div class="field-row">
          <SelectField
            label={t('privacy')}
            value={values.privacy}
            choices={[
              { value: 'public', label: t('privacyPublic') },
              { value: 'private', label: t('privacyPrivate') },
              { value: 'confidential', label: t('privacyConfidential') },
            ]}
            onValue={(privacy) => put({ privacy })}
          />
          <SelectField
            label={t('status')}
            value={values.status}
            choices={[
              { value: 'confirmed', label: t('statusConfirmed') },
              { value: 'tentative', label: t('statusTentative') },
              { value: 'cancelled', label: t('statusCancelled') },
            ]}
            onValue={(status) => put({ status })}
            disabled={isGuest}
          />
        </div>
        <fieldset class="event-column bare" disabled={isGuest}>
          <Attendees attendees={values.attendees} onChange={(attendees) => put({ attendees })} />
          <Links links={values.links} onChange={(links) => put({ links })} />
        </fieldset>
      </div>
    </div>
  );
}

function When({ values, onValues }: FieldsProps): VNode {
  const put = (patch: Partial<FormValues>): void => onValues({ ...values, ...patch });
  const [areZonesShown, showZones] = useState(values.startZone !== values.endZone);
  const isBackwards =
    `${values.endDay}${values.allDay ? '' : values.endTime}` <
      `${values.startDay}${values.allDay ? '' : values.startTime}` && values.startZone === values.endZone;
  return (
    <>
      <CheckField label={t('allDay')} checked={values.allDay} onChecked={(allDay) => put({ allDay })} />
      <div class="field-row">
        <TextField
          label={t('startDay')}
          type="date"
          required
          value={values.startDay}
          onValue={(startDay) => onValues(withStart(values, { startDay }))}
        />
        {!values.allDay && (
          <TextField
            label={t('startTime')}
            type="time"
            required
            value={values.startTime}
            onValue={(startTime) => onValues(withStart(values, { startTime }))}
          />
        )}
      </div>
      <div class="field-row">
        <TextField
          label={t('endDay')}
          type="date"
          required
          value={values.endDay}
          onValue={(endDay) => put({ endDay })}
          invalid={isBackwards}
        />
        {!values.allDay && (
          <TextField
            label={t('endTime')}
            type="time"
            required
            value={values.endTime}
            onValue={(endTime) => put({ endTime })}
            invalid={isBackwards}
          />
        )}
      </div>
      {isBackwards && (
        <p class="problem" role="alert">
          {t('E08')}
        </p>
      )}
      {!values.allDay && !areZonesShown && (
        <button type="button" class="button-link" onClick={() => showZones(true)}>
          {t('timeZone')}: {values.startZone ?? t('floating')}
        </button>
      )}
      {!values.allDay && areZonesShown && (
        <div class="field-row">
          <SelectField
            label={t('startZone')}
            value={values.startZone ?? ''}
            choices={zoneChoices(values.startZone)}
            onValue={(value) =>
              put({
                startZone: value || null,
                ...(values.startZone === values.endZone && { endZone: value || null }),
              })
            }
          />
          <SelectField
            label={t('endZone')}
            value={values.endZone ?? ''}
            choices={zoneChoices(values.endZone)}
            onValue={(value) => put({ endZone: value || null })}
          />
        </div>
      )}
    </>
  );
}
