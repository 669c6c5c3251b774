/** The time zones that a browser knows, and "floating": the same clock time wherever one is. */

import { t } from '../text.ts';
import type { Choice } from '../ui/fields.tsx';

const known: readonly string[] = ['UTC', ...Intl.supportedValuesOf('timeZone')];

/** `current` stays in the list although this browser may not know it. */
export function zoneChoices(current: string | null): readonly Choice<string>[] {
  return [{ value: '', label: t('floating') }, ...namedZones(current ?? undefined)];
}

export function namedZones(current: string | undefined): readonly Choice<string>[] {
  const all = current === undefined || known.includes(current) ? known : [current, ...known];
  return all.map((value) => ({ value, label: value.replaceAll('_', ' ') }));
}
