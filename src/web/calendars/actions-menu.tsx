/** The actions of a calendar, in the order of portal.md §3.2; what cannot be done keeps its place and says why. */
import type { VNode } from 'preact';
import type { Calendar, Reason } from '../../portal/api.ts';
import { addressOf, call } from '../client.ts';
import { exchange } from '../exchange/known.ts';
import { announce, app, refreshEvents, show } from '../state/app-state.ts';
import { t } from '../text.ts';
import { attempt } from '../ui/fields.tsx';
import { Icon } from '../ui/icons.tsx';
import { Menu, type MenuItem } from '../ui/menu.tsx';
import { loadCalendars, setVisible } from './known-calendars.ts';

export function CalendarMenu({ calendar }: { readonly calendar: Calendar }): VNode {
  return (
    <Menu label={t('actionsFor', { name: calendar.name })} items={actionsOf(calendar)}>
      <Icon name="more" />
    </Menu>
  );
}

function actionsOf(calendar: Calendar): readonly MenuItem[] {
  const { id } = calendar;
  const { status } = exchange.get();
  const hasCaldav = app.get().me?.features.caldav === true;
  const exportReason = reasonText(calendar.exportReason);
  const isMine = calendar.section === 'mine';
  return [
    {
      label: t('menuEdit'),
      run: () => show({ is: 'edit-calendar', calendar: id }),
      reason: calendar.canChangeProperties ? undefined : t('reason_not_owner'),
    },
    { label: t('menuShowOnly'), run: () => attempt(() => showOnly(calendar)) },
    {
      label: t('connectPhone'),
      run: () => show({ is: 'connect', calendar: id }),
      reason: hasCaldav ? undefined : t('reason_caldav_off'),
    },
    { label: t('connectToOutlook'), run: () => show({ is: 'outlook', calendar: id }), reason: exportReason },
    {
      label: t('exportIcal'),
      run: () => show({ is: 'export', calendar: id }),
      reason: reasonText(calendar.linkReason),
    },
    {
      label: t('menuDownload'),
      run: () => location.assign(addressOf('GET /calendars/{id}/download', { id })),
      reason: exportReason,
    },
    ...(['busy', 'titles', 'read'].includes(calendar.level)
      ? []
      : [
          {
            label: t('menuImport'),
            run: () => show({ is: 'import', calendar: id }),
            reason: calendar.canEdit ? undefined : t('E06'),
          },
        ]),
    ...(calendar.canShare ? [{ label: t('menuShare'), run: () => show({ is: 'share', calendar: id }) }] : []),
    ...(isMine
      ? []
      : [
          {
            label: t(calendar.favourite ? 'removeFavourite' : 'addFavourite'),
            run: () => attempt(() => setFavourite(calendar, !calendar.favourite)),
          },
        ]),
    ...(status?.link?.calendar === id
      ? [
          {
            label: t('menuSynchronise'),
            run: () => attempt(async () => await (await import('../parts-exchange.ts')).synchronise()),
            reason: status.run === null ? undefined : t('reason_run_in_progress'),
          },
        ]
      : []),
    ...(isMine || calendar.canDelete
      ? [
          {
            label: t('menuDelete'),
            run: () => show({ is: 'delete-calendar', calendar: id }),
            reason: calendar.canDelete ? undefined : reasonText(calendar.deleteReason ?? 'not-owner'),
            tone: 'danger' as const,
          },
        ]
      : []),
  ];
}

export function reasonText(reason: Reason | null): string | undefined {
  if (reason === null) return undefined;
  const texts = {
    'not-owner': t('reason_not_owner'),
    'read-only': t('E06'),
    'export-off': t('E04'),
    'export-forbidden': t('E05'),
    'may-not-share': t('reason_may_not_share'),
    'last-calendar': t('reason_last_calendar'),
  } as const satisfies Record<Reason, string>;
  return texts[reason];
}

async function showOnly(calendar: Calendar): Promise<void> {
  const { calendars } = app.get();
  await setVisible(
    calendars.filter(({ id, visible }) => id === calendar.id && !visible),
    true,
  );
  await setVisible(
    calendars.filter(({ id, visible }) => id !== calendar.id && visible),
    false,
  );
}

export async function setFavourite(
  calendar: Pick<Calendar, 'id' | 'name'>,
  favourite: boolean,
): Promise<void> {
  const route = favourite ? 'PUT /calendars/{id}/favourite' : 'DELETE /calendars/{id}/favourite';
  await call(route, { path: { id: calendar.id } });
  announce(t(favourite ? 'favouriteAdded' : 'favouriteRemoved', { name: calendar.name }));
  await loadCalendars();
  refreshEvents();
}
