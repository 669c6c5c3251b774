import assert from 'node:assert/strict';
import { charactersTouched } from './characters-touched.ts';

describe('characters that are touched', () => {
  it('grow with the square where work does, and leave nothing changed behind', () => {
    const slice = (): unknown => Object.getOwnPropertyDescriptor(String.prototype, 'slice')?.value;
    const before = slice();
    const rests = (count: number): number =>
      charactersTouched(() => {
        const text = 'a'.repeat(count);
        for (let at = 0; at < count; at++) text.slice(at);
      });
    assert.ok(rests(200) > 3.9 * rests(100));
    const searches = (count: number): number =>
      charactersTouched(() => {
        const text = 'a'.repeat(count);
        for (let at = 0; at < count; at++) /b/.exec(text);
      });
    assert.ok(searches(200) > 3.9 * searches(100));
    assert.equal(slice(), before);
  });
});
