/** Profile: how the page behaves for me, my devices, my links, my sessions and password. */
import type { VNode } from 'preact';
import { useApp } from '../state/app-state.ts';
import { t } from '../text.ts';
import { lazy } from '../ui/lazy.tsx';
import { Page } from '../ui/page.tsx';
import { Devices } from './devices.tsx';
import { MyLinks } from './my-links.tsx';
import { PasswordCard } from './password-card.tsx';
import { PreferencesCard } from './preferences-card.tsx';
import { Refused } from './refused.tsx';
import { Sessions } from './sessions.tsx';

const ExchangeCard = lazy(async () => (await import('../parts-exchange.ts')).ExchangeCard);

export function Profile(): VNode {
  const me = useApp((state) => state.me);
  return (
    <Page title={t('profile')}>
      <p class="page-lead">
        {me?.person.displayName} · {me?.person.name}
        {me?.person.addresses[0] !== undefined && ` · ${me.person.addresses[0]}`}
      </p>
      <Devices />
      <Refused />
      {me?.features.exchange && <ExchangeCard />}
      <MyLinks />
      {me && <PreferencesCard me={me} />}
      {me?.hasPassword && <PasswordCard />}
      {me && <Sessions sessions={me.sessions} />}
    </Page>
  );
}
