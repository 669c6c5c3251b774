import assert from 'node:assert/strict';
import { Refusal } from '../../src/core/refusal.ts';
import { parseHttpDate } from '../../src/dav/http-date.ts';
import { parseIf } from '../../src/dav/if-header.ts';
import {
  type ConditionsResult,
  checkConditions,
  ifRangeHolds,
  type Selected,
} from '../../src/dav/preconditions.ts';
import type { Conditions } from '../../src/dav/request.ts';

const before = parseHttpDate('Fri, 20 Nov 2026 11:59:59 GMT');
const now = parseHttpDate('Fri, 20 Nov 2026 12:00:00 GMT');
const after = parseHttpDate('Fri, 20 Nov 2026 12:00:01 GMT');
const there: Selected = { exists: true, etag: '"1"', modified: now };
const absent: Selected = { exists: false, etag: undefined, modified: undefined };
const none: Conditions = {
  ifMatch: undefined,
  ifNoneMatch: undefined,
  ifModifiedSince: undefined,
  ifUnmodifiedSince: undefined,
  if: undefined,
};

function check(conditions: Partial<Conditions>, selected = there, isRead = false): Promise<ConditionsResult> {
  return checkConditions({ ...none, ...conditions }, isRead, selected, async () => ({
    etag: selected.etag,
    tokens: ['urn:L'],
  }));
}
const stale = (error: unknown): boolean => error instanceof Refusal && error.code === 'stale';
const ifHeader = (value: string): Conditions['if'] =>
  parseIf(value, { basePath: '/', origins: [] }, undefined);

describe('preconditions', () => {
  it('hold If-Match strongly, and * against whatever is there', async () => {
    assert.deepEqual(await check({ ifMatch: ['"0"', '"1"'] }), { expect: { etag: '"1"' } });
    assert.deepEqual(await check({ ifMatch: '*' }), { expect: 'present' });
    await assert.rejects(check({ ifMatch: ['"2"'] }), stale);
    await assert.rejects(check({ ifMatch: ['W/"1"'] }), stale);
    await assert.rejects(check({ ifMatch: [] }), stale);
    await assert.rejects(check({ ifMatch: '*' }, absent), stale);
  });

  it('hold If-None-Match weakly: 304 for reads, 412 for changes', async () => {
    assert.equal(await check({ ifNoneMatch: ['W/"1"'] }, there, true), 'unchanged');
    assert.equal(await check({ ifNoneMatch: '*' }, there, true), 'unchanged');
    await assert.rejects(check({ ifNoneMatch: '*' }), stale);
    await assert.rejects(check({ ifNoneMatch: ['"1"'] }), stale);
    assert.deepEqual(await check({ ifNoneMatch: ['"2"'] }), { expect: 'anything' });
    assert.deepEqual(await check({ ifNoneMatch: '*' }, absent), { expect: 'absent' });
    assert.deepEqual(await check({ ifNoneMatch: ['"2"'] }, absent), { expect: 'anything' });
  });

  it('hold dates in whole seconds, and only where no tag decides', async () => {
    assert.equal(await check({ ifModifiedSince: now }, there, true), 'unchanged');
    assert.equal(await check({ ifModifiedSince: after }, there, true), 'unchanged');
    assert.deepEqual(await check({ ifModifiedSince: before }, there, true), { expect: 'anything' });
    assert.deepEqual(await check({ ifModifiedSince: now }), { expect: 'anything' });
    assert.deepEqual(await check({ ifModifiedSince: now, ifNoneMatch: ['"2"'] }, there, true), {
      expect: 'anything',
    });
    await assert.rejects(check({ ifUnmodifiedSince: before }), stale);
    assert.deepEqual(await check({ ifUnmodifiedSince: now }), { expect: 'anything' });
    assert.deepEqual(await check({ ifUnmodifiedSince: before, ifMatch: '*' }), { expect: 'present' });
  });

  it('answer 412 before 304', async () => {
    await assert.rejects(check({ ifMatch: ['"2"'], ifNoneMatch: ['"1"'] }, there, true), stale);
    await assert.rejects(check({ if: ifHeader('(["2"])'), ifNoneMatch: ['"1"'] }, there, true), stale);
  });

  it('take the version named by If for what must still be true', async () => {
    assert.deepEqual(await check({ if: ifHeader('(<urn:L> ["1"])') }), { expect: { etag: '"1"' } });
    assert.deepEqual(await check({ if: ifHeader('(<urn:L>)') }), { expect: 'anything' });
    assert.deepEqual(await check({ if: ifHeader('(Not ["2"])') }), { expect: 'anything' });
    await assert.rejects(check({ if: ifHeader('(["2"])') }), stale);
  });

  it('let a part be sent by If-Range for the same strong tag only', () => {
    assert.ok(ifRangeHolds(undefined, there) && ifRangeHolds(' "1" ', there));
    assert.ok(!ifRangeHolds('"2"', there) && !ifRangeHolds('W/"1"', there));
    assert.ok(!ifRangeHolds('Fri, 20 Nov 2026 12:00:00 GMT', there));
  });
});
