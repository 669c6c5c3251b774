/**
 * A text written character by character. Texts come from clients, are megabytes long at worst and may have something to
 * change at every other place: to join pieces of strings, or to call a function for each match, takes a hundred times as
 * long then.
 */
export class UnitWriter {
  private units: Uint16Array<ArrayBuffer>;
  private count = 0;
  /** All units combined by OR: shows whether any needs more than one byte. */
  private seen = 0;

  /** `expected`: the approximate length of the text. */
  constructor(expected: number) {
    this.units = new Uint16Array(expected + 16);
  }

  /** Appends one UTF-16 code unit. */
  push(unit: number): void {
    if (this.count === this.units.length) this.grow();
    this.units[this.count++] = unit;
    this.seen |= unit;
  }

  /** Appends a part of a text. */
  add(text: string, from: number, to: number): void {
    for (let at = from; at < to; at++) this.push(text.charCodeAt(at));
  }

  text(): string {
    const { count, units } = this;
    if (this.seen > 0xff) return Buffer.from(units.buffer, 0, count * 2).toString('utf16le');
    return Buffer.from(units.subarray(0, count)).toString('latin1');
  }

  private grow(): void {
    const larger = new Uint16Array(this.units.length * 2);
    larger.set(this.units);
    this.units = larger;
  }
}
