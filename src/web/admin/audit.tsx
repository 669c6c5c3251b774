/** Who did what, when, from where; filtered, page by page, and as CSV. */
import type { VNode } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { auditAction, auditActions, auditSubject, auditWay } from '../../i18n/messages/audit.ts';
import type { AuditEntry, AuditQuery } from '../../portal/api.ts';
import { addressOf, call } from '../client.ts';
import { addDays, formatStamp } from '../dates.ts';
import { useApp } from '../state/app-state.ts';
import { language, t } from '../text.ts';
import { attempt, SelectField, TextField } from '../ui/fields.tsx';
import { useLoaded } from '../ui/loading.ts';
import { programName } from '../ui/program.ts';
import { Table } from '../ui/table.tsx';
import { ta } from './words.ts';

export function AuditTab(): VNode {
  const [filter, setFilter] = useState({ who: '', action: '', from: '', to: '' });
  const put = (patch: Partial<typeof filter>): void => setFilter({ ...filter, ...patch });
  const query: AuditQuery = {
    ...(filter.who !== '' && { who: filter.who }),
    ...(filter.action !== '' && { action: filter.action }),
    ...(filter.from !== '' && { from: `${filter.from}T00:00:00Z` }),
    ...(filter.to !== '' && { to: `${addDays(filter.to, 1)}T00:00:00Z` }),
  };
  const { value, problem } = useLoaded(() => call('GET /admin/audit', { query }), JSON.stringify(query));
  const [older, setOlder] = useState<readonly AuditEntry[]>([]);
  const [next, setNext] = useState<string | null>(null);
  useEffect(() => {
    setOlder([]);
    setNext(value?.next ?? null);
  }, [value]);
  const more = async (before: string): Promise<void> => {
    const page = await call('GET /admin/audit', { query: { ...query, before } });
    setOlder([...older, ...page.entries]);
    setNext(page.next);
  };
  const entries = [...(value?.entries ?? []), ...older];
  const setting = useSettingNames(entries.some(({ about }) => about.some(({ is }) => is === 'setting')));
  return (
    <>
      <div class="tools">
        <TextField label={t('userName')} type="search" value={filter.who} onValue={(who) => put({ who })} />
        <SelectField
          label={t('action')}
          value={filter.action}
          choices={[{ value: '', label: '–' }, ...auditActions(language())]}
          onValue={(action) => put({ action })}
        />
        <TextField label={t('from')} type="date" value={filter.from} onValue={(from) => put({ from })} />
        <TextField label={t('to')} type="date" value={filter.to} onValue={(to) => put({ to })} />
        <span class="spacer" />
        <a class="button" href={addressOf('GET /admin/audit.csv', {}, query)} download>
          CSV
        </a>
      </div>
      {problem !== '' && <p class="problem">{problem}</p>}
      <Table heads={[t('when'), t('who'), t('action'), t('what'), ta('fromWhere')]}>
        {entries.map((entry) => (
          <tr key={entry.id}>
            <td>{formatStamp(entry.at)}</td>
            <td>{entry.who ?? ta('theServer')}</td>
            <td title={entry.action}>{auditAction(language(), entry.action)}</td>
            <td class="wrap" title={entry.subject}>
              {auditSubject(language(), entry.about, { setting, program: programName })}
            </td>
            <td>
              {[auditWay(language(), entry.via), entry.address].filter((part) => part !== '').join(' · ')}
            </td>
          </tr>
        ))}
      </Table>
      {value && entries.length === 0 && <p class="hint">{t('nothingFound')}</p>}
      {next !== null && (
        <button type="button" class="button" onClick={() => attempt(() => more(next))}>
          {t('older')}
        </button>
      )}
    </>
  );
}

/** The words for settings of Exchange come with its part of the page, where there is one of them to name. */
function useSettingNames(areWanted: boolean): (key: string) => string {
  const version = useApp((state) => state.languageVersion);
  const [name, setName] = useState<(key: string) => string>(() => (key: string) => key);
  useEffect(() => {
    if (areWanted)
      void import('../parts-exchange.ts').then(async ({ settingNames }) => {
        const named = await settingNames();
        setName(() => named);
      });
  }, [areWanted, version]);
  return name;
}
