/** Diagnostics: what is well, what is not, what mends it. */
import type { VNode } from 'preact';
import { foundMessages } from '../../i18n/messages/found.ts';
import type { Diagnostic } from '../../portal/api.ts';
import { call } from '../client.ts';
import { TestButton } from '../connect/status-line.tsx';
import { formatStamp } from '../dates.ts';
import { filled, language, t, type Values } from '../text.ts';
import { Card } from '../ui/card.tsx';
import { CopyRow } from '../ui/copy.tsx';
import { useLoaded } from '../ui/loading.ts';
import { sizeText } from './size.ts';
import { ta } from './words.ts';

export function OverviewTab(): VNode {
  const { value, problem } = useLoaded(() => call('GET /admin/overview'), '');
  if (!value) return <p class="problem">{problem}</p>;
  const facts = [
    [ta('tabPeople'), value.people],
    [t('calendars'), value.calendars],
    [t('entries'), value.objects],
  ] as const;
  return (
    <>
      <div class="figures">
        {facts.map(([label, n]) => (
          <div key={label} class="figure">
            <strong>{new Intl.NumberFormat(document.documentElement.lang).format(n)}</strong>
            <span>{label}</span>
          </div>
        ))}
        <div class="figure">
          <strong>{sizeText(value.sizeBytes)}</strong>
          <span>{t('size')}</span>
        </div>
        <div class="figure">
          <strong>{value.version}</strong>
          <span>{t('version')}</span>
        </div>
      </div>
      <Card title={t('diagnostics')}>
        <ul class="rows">
          {value.diagnostics.map((diagnostic) => (
            <Row key={diagnostic.name} {...diagnostic} />
          ))}
        </ul>
        <TestButton secret={undefined} isWanted={false} />
      </Card>
    </>
  );
}

function Row({ name, state, found, values, fix, command }: Diagnostic): VNode {
  const { diagnostics, fixes } = foundMessages[language()];
  return (
    <li>
      <span class={`light light-${state}`}>
        <span class="visually-hidden">{t(`state_${state}`)}</span>
      </span>
      <div>
        <strong>{ta(nameKeys[name])}</strong>
        <small>{filled(diagnostics[found], readable(values))}</small>
        {fix !== null && <p>{filled(fixes[fix], {})}</p>}
        {command !== null && <CopyRow label={t('command')} value={command} />}
      </div>
    </li>
  );
}

/** Instants and sizes as people read them; everything else stands as it came. */
function readable({ time, bytes, n, ...values }: Diagnostic['values']): Values {
  return {
    ...values,
    ...(time !== undefined && { time: formatStamp(time) }),
    ...(bytes !== undefined && { size: sizeText(Number(bytes)) }),
    ...(n !== undefined && { n: Number(n) }),
  };
}

const nameKeys = {
  tls: 'diagTls',
  'public-address': 'diagAddress',
  'well-known': 'diagWellKnown',
  clock: 'diagClock',
  mail: 'diagMail',
  disk: 'diagDisk',
  backup: 'diagBackup',
  database: 'diagDatabase',
  versions: 'diagVersions',
} as const satisfies Record<Diagnostic['name'], string>;
