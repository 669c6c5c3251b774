/** Administration: one tab per matter; each loads what it shows when it is opened (portal.md §3.10). */
import type { ComponentType, VNode } from 'preact';
import { hrefOf } from '../routes.ts';
import { useApp } from '../state/app-state.ts';
import { t } from '../text.ts';
import { lazy } from '../ui/lazy.tsx';
import { Page } from '../ui/page.tsx';
import { Tabs } from '../ui/tabs.tsx';
import { AppearanceTab } from './appearance.tsx';
import { AuditTab } from './audit.tsx';
import { CalendarsTab } from './calendars.tsx';
import { GroupsTab } from './groups.tsx';
import { OverviewTab } from './overview.tsx';
import { PeopleTab } from './people.tsx';
import { PoliciesTab } from './policies.tsx';
import { SignInTab } from './sign-in.tsx';
import { ta } from './words.ts';

const ExchangeTab = lazy(async () => (await import('../parts-exchange.ts')).ExchangeTab);

const tabs = {
  overview: OverviewTab,
  people: PeopleTab,
  groups: GroupsTab,
  calendars: CalendarsTab,
  policies: PoliciesTab,
  exchange: ExchangeTab,
  'sign-in': SignInTab,
  appearance: AppearanceTab,
  audit: AuditTab,
} as const satisfies Record<string, ComponentType>;

type TabName = keyof typeof tabs;

const names: readonly TabName[] = [
  'overview',
  'people',
  'groups',
  'calendars',
  'policies',
  'exchange',
  'sign-in',
  'appearance',
  'audit',
];

export function Admin(): VNode {
  const route = useApp((state) => state.route);
  const isAdmin = useApp((state) => state.me?.isAdmin === true);
  const wanted = route.screen === 'admin' ? route.tab : 'overview';
  const chosen = names.find((name) => name === wanted) ?? 'overview';
  const labels = {
    overview: ta('tabOverview'),
    people: ta('tabPeople'),
    groups: ta('tabGroups'),
    calendars: t('calendars'),
    policies: ta('tabPolicies'),
    exchange: 'Exchange',
    'sign-in': ta('tabSignIn'),
    appearance: ta('tabAppearance'),
    audit: ta('tabAudit'),
  } as const satisfies Record<TabName, string>;
  const Tab = tabs[chosen];
  if (!isAdmin)
    return (
      <Page title={t('administration')}>
        <p class="note">{ta('adminsOnly')}</p>
      </Page>
    );
  return (
    <Page title={t('administration')}>
      <Tabs
        label={t('administration')}
        tabs={names.map((name) => ({ name, label: labels[name] }))}
        chosen={chosen}
        onChoose={(name) => location.replace(hrefOf(`admin/${name}`))}
      >
        <Tab />
      </Tabs>
    </Page>
  );
}
