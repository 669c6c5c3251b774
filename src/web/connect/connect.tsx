/** Connect phone or app: choose what, then the card of the device (portal.md §3.5). */
import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import type { AppPassword, ConnectInfo } from '../../portal/api.ts';
import { call } from '../client.ts';
import { show, useApp } from '../state/app-state.ts';
import { t } from '../text.ts';
import { Dialog } from '../ui/dialog.tsx';
import { SelectField } from '../ui/fields.tsx';
import { useLoaded } from '../ui/loading.ts';
import { Tabs } from '../ui/tabs.tsx';
import { AndroidCard, AppleCard, MacCard, OtherCard, OutlookCard, ThunderbirdCard } from './cards.tsx';
import { type Device, deviceOf, devices } from './device.ts';
import { StatusLine } from './status-line.tsx';

export interface CardProps {
  readonly info: ConnectInfo;
  readonly device: Device;
  /** An app password made here: the status line waits for it. */
  readonly onPassword: (made: AppPassword, secret: string) => void;
}

export function Connect({
  calendar,
  tab,
}: {
  /** Of a calendar, or `all`. */
  readonly calendar: string;
  readonly tab: string | undefined;
}): VNode {
  const calendars = useApp((state) => state.calendars);
  const [chosen, setChosen] = useState(calendar);
  const [device, setDevice] = useState<Device>(
    devices.find((name) => name === tab) ?? deviceOf(navigator.userAgent, navigator.maxTouchPoints),
  );
  const [opened] = useState(() => Date.now());
  const [made, setMade] = useState<{ readonly password: AppPassword; readonly secret: string }>();
  const { value: info, problem } = useLoaded(
    () => call('GET /calendars/{id}/connect', { path: { id: chosen } }),
    chosen,
  );
  const names = {
    iphone: 'iPhone / iPad',
    mac: 'Mac',
    thunderbird: 'Thunderbird',
    android: 'Android',
    outlook: 'Outlook',
    other: t('otherDevice'),
  } as const satisfies Record<Device, string>;
  const Card = cards[device];
  return (
    <Dialog title={t('connectPhone')} size="large" onClose={() => show(null)}>
      <div class="dialog-body connect">
        <SelectField
          label={t('whichCalendar')}
          value={chosen}
          choices={[
            { value: 'all', label: t('allMyCalendars') },
            ...calendars.map(({ id, name }) => ({ value: id, label: name })),
          ]}
          onValue={setChosen}
        />
        <Tabs
          label={t('device')}
          tabs={devices.map((name) => ({ name, label: names[name] }))}
          chosen={device}
          onChoose={setDevice}
        >
          {problem !== '' && <p class="note note-error">{problem}</p>}
          {info && !info.caldavAllowed && <p class="note note-error">{t('reason_caldav_off')}</p>}
          {info && (
            <Card
              key={`${device}-${info.calendar ?? 'all'}`}
              info={info}
              device={device}
              onPassword={(password, secret) => setMade({ password, secret })}
            />
          )}
        </Tabs>
        {info && <StatusLine since={opened} made={made} device={names[device]} />}
      </div>
    </Dialog>
  );
}

const cards = {
  iphone: AppleCard,
  mac: MacCard,
  thunderbird: ThunderbirdCard,
  android: AndroidCard,
  outlook: OutlookCard,
  other: OtherCard,
} as const satisfies Record<Device, (props: CardProps) => VNode>;
