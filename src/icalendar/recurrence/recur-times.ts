/** Times within a day, an hour or a minute, as the product of their lists: found by division, never listed. */
import { hourMs, minuteMs, secondMs } from '../time.ts';

/** Ascending. A day of `BYHOUR`, `BYMINUTE` and `BYSECOND` can have 86,400. */
export class TimeSet {
  readonly length: number;
  private readonly hours: readonly number[];
  private readonly minutes: readonly number[];
  private readonly seconds: readonly number[];
  /** Which of the product BYSETPOS selects; all if absent. */
  private readonly selected: readonly number[] | undefined;
  private readonly only: number;

  constructor(
    hours: readonly number[],
    minutes: readonly number[],
    seconds: readonly number[],
    setPositions?: readonly number[],
  ) {
    this.hours = hours;
    this.minutes = minutes;
    this.seconds = seconds;
    const product = hours.length * minutes.length * seconds.length;
    this.selected = setPositions && selectPositions(setPositions, product);
    this.length = this.selected?.length ?? product;
    this.only = product === 1 ? this.product(0) : Number.NaN;
  }

  /** Milliseconds from the beginning of the day, hour or minute. */
  at(index: number): number {
    if (this.length === 1 && this.only >= 0) return this.only;
    return this.product(this.selected ? (this.selected[index] ?? 0) : index);
  }

  private product(index: number): number {
    const { hours, minutes, seconds } = this;
    const minute = Math.floor(index / seconds.length);
    const hour = Math.floor(minute / minutes.length);
    return (
      (hours[hour] ?? 0) * hourMs +
      (minutes[minute - hour * minutes.length] ?? 0) * minuteMs +
      (seconds[index - minute * seconds.length] ?? 0) * secondMs
    );
  }
}

/** The indexes that BYSETPOS means in a set of `count`, ascending; positions outside of the set mean nothing. */
export function selectPositions(setPositions: readonly number[], count: number): readonly number[] {
  const indexes = new Set<number>();
  for (const position of setPositions) {
    const index = position > 0 ? position - 1 : count + position;
    if (index >= 0 && index < count) indexes.add(index);
  }
  return [...indexes].sort((a, b) => a - b);
}
