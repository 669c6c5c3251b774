/** "Connect to Outlook": choose a calendar, then the ways that Outlook knows. */
import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { call } from '../client.ts';
import { show, useApp } from '../state/app-state.ts';
import { t } from '../text.ts';
import { Dialog } from '../ui/dialog.tsx';
import { SelectField } from '../ui/fields.tsx';
import { useLoaded } from '../ui/loading.ts';
import { OutlookCard } from './cards.tsx';

export function ConnectOutlook({ calendar }: { readonly calendar: string | null }): VNode {
  const calendars = useApp((state) => state.calendars);
  const exportable = calendars.filter(({ canExport, kind }) => canExport && kind !== 'tasks');
  const [chosen, setChosen] = useState(calendar ?? exportable[0]?.id ?? 'all');
  const { value: info, problem } = useLoaded(
    () => call('GET /calendars/{id}/connect', { path: { id: chosen } }),
    chosen,
  );
  return (
    <Dialog title={t('connectToOutlook')} size="large" onClose={() => show(null)}>
      <div class="dialog-body connect">
        <SelectField
          label={t('whichCalendar')}
          value={chosen}
          choices={exportable.map(({ id, name }) => ({ value: id, label: name }))}
          onValue={setChosen}
        />
        {problem !== '' && <p class="note note-error">{problem}</p>}
        {info && <OutlookCard key={chosen} info={info} device="outlook" onPassword={() => undefined} />}
      </div>
    </Dialog>
  );
}
