/** Bytes as people read them. */
import { language } from '../text.ts';
import { ta } from './words.ts';

const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;

export function sizeText(bytes: number): string {
  const power = bytes < 1000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  return new Intl.NumberFormat(language(), {
    style: 'unit',
    unit: units[power] ?? 'byte',
    unitDisplay: 'short',
    maximumFractionDigits: power === 0 ? 0 : 1,
  }).format(bytes / 1000 ** power);
}

/** Used, and how much there may be. */
export function sizesText(used: number, most: number): string {
  return ta('usedOf', { used: sizeText(used), most: sizeText(most) });
}
