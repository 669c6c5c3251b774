/** docs/spec/portal.md says which test holds which section: each of them is there, under that name. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../', import.meta.url));

describe('the specification of the page', () => {
  const text = readFileSync(join(root, 'docs/spec/portal.md'), 'utf8');
  const [, table = ''] = /^## 15\. .*?$(.*?)^## 16\. /ms.exec(text) ?? [];

  it('names tests that there are', () => {
    const named = [...table.matchAll(/`(test\/[\w/-]+\.test\.ts)`: (.+?)(?=<br>| \|$)/gm)];
    assert.ok(named.length > 50, `${named.length} are named`);
    const missing = named
      .filter(([, file = '', title = '']) => !readFileSync(join(root, file), 'utf8').includes(title))
      .map(([, file, title]) => `${file}: ${title}`);
    assert.deepEqual(missing, []);
  });
});
