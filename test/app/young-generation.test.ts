import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { youngBytes } from '../../src/app/young-generation.ts';

const module = new URL('../../src/app/young-generation.js', import.meta.url).href;

/** A process of its own, whose young generation nobody has seen; it makes what is used for a while, turn by turn. */
const script = (before: string): string => `
  import { getHeapSpaceStatistics } from 'node:v8';
  import { setImmediate } from 'node:timers/promises';
  ${before}
  let kept = [];
  for (let turn = 0; turn < 120; turn++) {
    for (let n = 0; n < 10_000; n++) kept.push({ n, more: [n] });
    if (kept.length > 100_000) kept = [];
    await setImmediate();
  }
  console.log(getHeapSpaceStatistics().find((space) => space.space_name === 'new_space').space_size);`;

const sizeAfter = async (before: string): Promise<number> => {
  const options = ['--input-type=module', '--eval', script(before)];
  return Number((await promisify(execFile)(process.execPath, options)).stdout);
};

describe('the young generation', () => {
  it('grows no further than its bound, or by one step more where V8 collects twice in one turn', async () => {
    const bounded = await sizeAfter(
      `import { boundYoungGeneration } from '${module}'; boundYoungGeneration();`,
    );
    assert.ok(bounded <= 2 * youngBytes && bounded >= youngBytes / 4, String(bounded));
    assert.ok((await sizeAfter('')) > 2 * youngBytes);
  });
});
