/** The administrator's tab: settings, service accounts, the test, every link, the quarantine (exchange.md §3). */
import type { VNode } from 'preact';
import type { ExchangeSettingsPatch } from '../../portal/api.ts';
import { call } from '../client.ts';
import { toast } from '../state/app-state.ts';
import { t } from '../text.ts';
import { Card } from '../ui/card.tsx';
import { useLoaded } from '../ui/loading.ts';
import { ServiceAccounts } from './admin-accounts.tsx';
import { AdminLinks, Quarantine } from './admin-links.tsx';
import { SettingsForm } from './admin-settings.tsx';
import { ConnectionTest } from './admin-test.tsx';
import { useWords } from './part.ts';
import { look } from './status.ts';
import { te, teCode } from './words.ts';

export function ExchangeTab(): VNode | null {
  const isSpoken = useWords();
  const { value, problem, set } = useLoaded(() => call('GET /admin/exchange/settings'), '');
  if (!isSpoken) return null;
  if (!value) return <p class="problem">{problem}</p>;
  const keep = async (body: ExchangeSettingsPatch): Promise<void> => {
    set(await call('PATCH /admin/exchange/settings', { body, ifMatch: value.etag }));
    toast(t('saved'));
    await look();
  };
  return (
    <>
      {value.warnings.map((code) => (
        <p key={code} class="note note-error">
          {teCode('warning', code, 'warning_other', { code })}
        </p>
      ))}
      <SettingsForm key={value.etag} settings={value.settings} onKeep={keep} />
      <Card title={te('serviceAccounts')}>
        <ServiceAccounts key={value.etag} accounts={value.serviceAccounts} onKeep={keep} />
      </Card>
      <Card title={te('testConnection')}>
        <ConnectionTest />
      </Card>
      <Card title={te('links')}>
        <AdminLinks />
      </Card>
      <Card title={te('quarantine')}>
        <Quarantine />
      </Card>
    </>
  );
}
