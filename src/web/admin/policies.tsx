/** Rules for the whole portal: export by kind of owner, links, app passwords. They take effect at once. */
import type { VNode } from 'preact';
import type { Detail, ExportRule, Policies, PoliciesPatch } from '../../portal/api.ts';
import { loadCalendars } from '../calendars/known-calendars.ts';
import { call } from '../client.ts';
import { toast } from '../state/app-state.ts';
import { t } from '../text.ts';
import { Card } from '../ui/card.tsx';
import { attempt, CheckField, SelectField } from '../ui/fields.tsx';
import { useLoaded } from '../ui/loading.ts';
import { ta } from './words.ts';

type Kind = keyof Policies['export'];

const kinds: readonly Kind[] = ['user', 'group', 'company', 'room', 'resource'];

export function PoliciesTab(): VNode {
  const { value, problem, set } = useLoaded(() => call('GET /admin/policies'), '');
  if (!value) return <p class="problem">{problem}</p>;
  const keep = (body: PoliciesPatch): void =>
    attempt(async () => {
      set(await call('PATCH /admin/policies', { body, ifMatch: value.etag }));
      toast(t('saved'));
      await loadCalendars();
    });
  const labels = {
    user: ta('ofPeople'),
    group: ta('ofGroups'),
    company: ta('ofCompany'),
    room: ta('ofRooms'),
    resource: ta('ofResources'),
  } as const satisfies Record<Kind, string>;
  return (
    <>
      <Card title={ta('exportPolicy')}>
        <p class="hint">{ta('exportPolicyHint')}</p>
        <div class="field-grid">
          {kinds.map((kind) => (
            <SelectField<ExportRule>
              key={kind}
              label={labels[kind]}
              value={value.export[kind]}
              choices={[
                { value: 'allowed', label: t('allowed') },
                { value: 'owner', label: ta('ownersDecide') },
                { value: 'forbidden', label: t('forbidden') },
              ]}
              onValue={(rule) => keep({ export: { [kind]: rule } })}
            />
          ))}
        </div>
      </Card>
      <Card title={ta('linkPolicy')}>
        <div class="field-grid">
          <SelectField<Detail>
            label={t('linkDetail')}
            value={value.linkDetail}
            choices={[
              { value: 'full', label: t('detailFull') },
              { value: 'titles', label: t('detailTitles') },
              { value: 'busy', label: t('detailBusy') },
            ]}
            onValue={(linkDetail) => keep({ linkDetail })}
          />
          <SelectField
            label={t('linkDays')}
            value={String(value.linkDays ?? '')}
            choices={[
              { value: '', label: t('endsNever') },
              ...[...new Set([30, 90, 180, 365, ...(value.linkDays === null ? [] : [value.linkDays])])]
                .sort((one, other) => one - other)
                .map((n) => ({ value: String(n), label: ta('afterDays', { n }) })),
            ]}
            onValue={(days) => keep({ linkDays: days === '' ? null : Number(days) })}
          />
        </div>
        <CheckField
          label={ta('linksShownOnce')}
          checked={value.linksShownOnce}
          onChecked={(linksShownOnce) => keep({ linksShownOnce })}
        />
      </Card>
      <Card title={ta('passwordPolicy')}>
        <CheckField
          label={t('requireAppPasswords')}
          checked={value.requireAppPasswords}
          disabled={value.requireAppPasswordsFixed}
          hint={value.requireAppPasswordsFixed ? ta('fixedBySetting') : undefined}
          onChecked={(requireAppPasswords) => keep({ requireAppPasswords })}
        />
        <CheckField
          label={ta('profilePassword')}
          checked={value.profilePassword}
          onChecked={(profilePassword) => keep({ profilePassword })}
        />
      </Card>
    </>
  );
}
