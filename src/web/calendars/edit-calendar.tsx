/** Create a calendar, or change one: name, colour, who gets what (portal.md §3.3). */
import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import type { Calendar, CalendarPatch, Detail, Level } from '../../portal/api.ts';
import { call } from '../client.ts';
import { formatStamp } from '../dates.ts';
import { namedZones } from '../event/zones.ts';
import { app, refreshEvents, show, toast, useApp } from '../state/app-state.ts';
import { ask } from '../state/questions.ts';
import { t } from '../text.ts';
import { Dialog } from '../ui/dialog.tsx';
import { CheckField, Form, RadioField, SelectField, TextArea, TextField } from '../ui/fields.tsx';
import { loadCalendars } from './known-calendars.ts';
import { levelChoices } from './share-calendar.tsx';

/** Dark enough for white, light enough for black to be read beside it; distinct for most kinds of colour blindness. */
const colors = [
  '#3B5BDB',
  '#1098AD',
  '#2F9E44',
  '#F08C00',
  '#E03131',
  '#C2255C',
  '#7048E8',
  '#495057',
] as const;

type Everyone = 'none' | Extract<Level, 'busy' | 'titles' | 'read'>;

export function EditCalendar({ id }: { readonly id: string | null }): VNode {
  const before = useApp((state) => state.calendars.find((calendar) => calendar.id === id));
  const me = useApp((state) => state.me);
  const [values, setValues] = useState(() => valuesOf(before));
  const put = (patch: Partial<typeof values>): void => setValues({ ...values, ...patch });
  const isEditable = before?.canChangeProperties !== false;
  const isForced = before?.exportForced === true;
  const isExportOn = (values.exportAllowed || isForced) && !before?.exportForbidden;
  const save = async (): Promise<void> => {
    const { everyone, timeZone, ...rest } = values;
    const body = {
      ...rest,
      timeZone: timeZone || null,
      everyone: everyone === 'none' || everyone === 'kept' ? null : everyone,
    };
    if (!before) {
      await call('POST /calendars', { body });
      toast(t('calendarCreated', { name: values.name }));
    } else {
      const patch = changed(before, everyone === 'kept' ? omitEveryone(body) : body);
      if (patch.exportAllowed === false && !(await confirmStop(before.id))) return;
      await call('PATCH /calendars/{id}', { path: { id: before.id }, body: patch, ifMatch: before.etag });
      toast(t('saved'));
    }
    await loadCalendars();
    refreshEvents();
    show(null);
  };
  return (
    <Dialog
      title={before ? t('editCalendar', { name: before.name }) : t('newCalendar')}
      onClose={() => show(null)}
    >
      <Form submitLabel={t(before ? 'save' : 'create')} onSubmit={save} onCancel={() => show(null)}>
        <div class="field-row field-row-name">
          <TextField
            label={t('name')}
            value={values.name}
            onValue={(name) => put({ name })}
            required
            autoFocus
          />
          <TextField
            label={t('otherColour')}
            type="color"
            value={values.color}
            onValue={(color) => put({ color })}
            class="color-field"
          />
        </div>
        <ColorChoice value={values.color} onValue={(color) => put({ color })} />
        <TextArea
          label={t('description')}
          value={values.description}
          onValue={(description) => put({ description })}
          rows={2}
          disabled={!isEditable}
        />
        <SelectField
          label={t('timeZone')}
          value={values.timeZone}
          choices={[
            { value: '', label: t('ownersZone', { zone: me?.preferences.timeZone ?? '' }) },
            ...namedZones(values.timeZone || undefined),
          ]}
          onValue={(timeZone) => put({ timeZone })}
          disabled={!isEditable}
        />
        <CheckField
          label={t('allowExport')}
          hint={before?.exportForbidden ? t('E05') : t(isForced ? 'exportForced' : 'allowExportHint')}
          checked={isExportOn}
          onChecked={(exportAllowed) => put({ exportAllowed })}
          disabled={!isEditable || isForced || before?.exportForbidden === true}
        />
        <RadioField<Detail>
          label={t('whatOthersGet')}
          class="radios-inline indented"
          value={values.exportDetail}
          choices={[
            { value: 'full', label: t('detailFull') },
            { value: 'titles', label: t('detailTitles') },
            { value: 'busy', label: t('detailBusy') },
          ]}
          onValue={(exportDetail) => put({ exportDetail })}
          disabled={!isEditable || !isExportOn}
        />
        {(!before || before.section === 'mine') && (
          <CheckField
            label={t('invitationsHere')}
            checked={values.isDefault}
            onChecked={(isDefault) => put({ isDefault })}
            disabled={before?.isDefault === true}
          />
        )}
        <RadioField<Everyone | 'kept'>
          label={t('whoSees')}
          value={values.everyone}
          choices={[
            { value: 'none', label: t('onlyI') },
            { value: 'busy', label: t('levelBusy') },
            { value: 'titles', label: t('levelTitles') },
            { value: 'read', label: t('levelRead') },
            ...levelChoices()
              .filter(({ value }) => value === before?.everyone && !isOffered(value))
              .map(({ label }) => ({ value: 'kept' as const, label })),
          ]}
          onValue={(everyone) => put({ everyone })}
          disabled={!isEditable}
        />
      </Form>
    </Dialog>
  );
}

interface Values {
  readonly name: string;
  readonly description: string;
  readonly color: string;
  readonly timeZone: string;
  readonly exportAllowed: boolean;
  readonly exportDetail: Detail;
  readonly isDefault: boolean;
  /** `kept`: everyone may change it, which this form does not offer but leaves. */
  readonly everyone: Everyone | 'kept';
}

function valuesOf(calendar: Calendar | undefined): Values {
  const used = new Set(app.get().calendars.map(({ color }) => color.toUpperCase()));
  const everyone = calendar?.everyone ?? 'none';
  return {
    name: calendar?.name ?? '',
    description: calendar?.description ?? '',
    color: calendar?.color ?? colors.find((color) => !used.has(color)) ?? colors[0],
    timeZone: calendar?.timeZone ?? '',
    exportAllowed: calendar?.exportAllowed ?? true,
    exportDetail: calendar?.exportDetail ?? 'full',
    isDefault: calendar?.isDefault ?? false,
    everyone: isOffered(everyone) ? everyone : 'kept',
  };
}

function isOffered(everyone: Level | 'none'): everyone is Everyone {
  return ['none', 'busy', 'titles', 'read'].includes(everyone);
}

function omitEveryone<Body extends object>({ ...body }: Body & { everyone?: unknown }): Body {
  delete body.everyone;
  return body;
}

function changed(before: Calendar, after: CalendarPatch): CalendarPatch {
  const known: Readonly<Record<string, unknown>> = { ...before };
  const entries = Object.entries(after).filter(([name, value]) => known[name] !== value);
  // The entries are those of a CalendarPatch.
  return Object.fromEntries(entries) as CalendarPatch;
}

/** Switching export off stops links that people use: they are named first. */
async function confirmStop(id: string): Promise<boolean> {
  const [{ links }, { linkCount }] = await Promise.all([
    call('GET /calendars/{id}/links', { path: { id } }),
    call('GET /calendars/{id}/shares', { path: { id } }),
  ]);
  const n = links.length + linkCount;
  if (n === 0) return true;
  const lines = links.map(({ label, lastUsed }) =>
    lastUsed === null
      ? t('linkNeverUsed', { label: label || t('unnamed') })
      : t('linkLastUsed', { label: label || t('unnamed'), when: formatStamp(lastUsed) }),
  );
  const answer = await ask(
    t('stopLinksTitle', { n }),
    [...lines, ...(linkCount > 0 ? [t('linksOfOthers', { n: linkCount })] : []), t('stopLinksText')],
    [{ value: 'stop', label: t('stopLinks'), kind: 'danger' }],
  );
  return answer === 'stop';
}

function ColorChoice({
  value,
  onValue,
}: {
  readonly value: string;
  readonly onValue: (color: string) => void;
}): VNode {
  return (
    <div class="color-choice" role="radiogroup" aria-label={t('colour')}>
      {colors.map((color, index) => {
        const isChosen = color === value.toUpperCase();
        const hasNone = !colors.some((other) => other === value.toUpperCase());
        return (
          <button
            key={color}
            type="button"
            role="radio"
            aria-checked={isChosen}
            aria-label={t('colourNumber', { n: index + 1 })}
            tabIndex={isChosen || (hasNone && index === 0) ? 0 : -1}
            style={{ '--color': color }}
            onClick={() => onValue(color)}
            onKeyDown={(event) => {
              const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
              if (step === undefined) return;
              event.preventDefault();
              const next = (index + step + colors.length) % colors.length;
              onValue(colors[next] ?? color);
              const buttons = event.currentTarget.parentElement?.querySelectorAll<HTMLElement>('button');
              buttons?.[next]?.focus();
            }}
          />
        );
      })}
    </div>
  );
}
