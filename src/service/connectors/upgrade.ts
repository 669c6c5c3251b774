/** What another version of the connector tries again (exchange.md 17.3). */
import type { Change } from '../../core/change-set.ts';
import type { ConnectorLink } from '../../core/connector.ts';
import type { Services } from '../context.ts';
import { isAboutNote } from './notes.ts';

/** No setting of anybody's. */
const versionKey = '#version';

/**
 * Before the first run of a process: events that an older version could not bring in step are looked at again, which this one
 * may be able to. Questions that were put to a person stay. Once for each version.
 */
export async function noteVersion({ storage }: Services, version: string): Promise<void> {
  const value = JSON.stringify(version);
  const stored = await storage.connectors.settings('exchange');
  if (stored.get(versionKey)?.value === value) return;
  for await (const page of storage.connectors.links({ provider: 'exchange' })) {
    for (const { link } of page) await tryAgain(storage, link);
  }
  const noted: Change = { do: 'set-connector-setting', provider: 'exchange', key: versionKey, value };
  await storage.commit({ actor: null, changes: [noted] });
}

async function tryAgain(storage: Services['storage'], { id }: ConnectorLink): Promise<void> {
  const changes: Change[] = [];
  for await (const page of storage.connectors.pairs(id, { quarantined: true })) {
    for (const pair of page) {
      if (isAboutNote(pair)) continue;
      const patch = { quarantine: null, quarantineText: null, failures: 0 };
      changes.push({ do: 'patch-pair', id: pair.id, patch });
    }
  }
  if (changes.length === 0) return;
  changes.push({ do: 'patch-connector-link', id, patch: { deepChecked: null } });
  await storage.commit({ actor: null, changes });
}
