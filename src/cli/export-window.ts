/** How an export window is written on the command line: `all`, or months back and ahead, `6-12`. */
import { InvalidArgumentError } from 'commander';
import type { Detail, ExportWindow } from '../core/calendar.ts';

const maxMonths = 1200;

export function windowArgument(written: string): ExportWindow {
  if (written === 'all') return 'all';
  const months = /^(\d{1,4})-(\d{1,4})$/.exec(written);
  if (!months) throw new InvalidArgumentError('all, or months back and ahead: 3-9, 6-12');
  const [monthsBack, monthsAhead] = [Number(months[1]), Number(months[2])];
  if (monthsBack > maxMonths || monthsAhead > maxMonths)
    throw new InvalidArgumentError('1200 months at most');
  return { monthsBack, monthsAhead };
}

export function shownWindow(window: ExportWindow): string {
  return window === 'all' ? 'all' : `${window.monthsBack}-${window.monthsAhead}`;
}

export const details: readonly Detail[] = ['full', 'titles', 'busy'];
