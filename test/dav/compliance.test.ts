import assert from 'node:assert/strict';
import { complianceOf } from '../../src/dav/compliance.ts';
import { openLibrary } from './library.ts';

describe('complianceOf', () => {
  const rows = complianceOf(openLibrary().dav);

  it('lists what the engine and the door declare, and the preconditions of refusals', () => {
    for (const wanted of [
      { element: 'method', name: 'PROPFIND', namespace: '', spec: 'RFC 4918 §9.1' },
      { element: 'property', name: 'theme', namespace: 'urn:library', spec: 'none' },
      { element: 'report', name: 'sync-collection', namespace: 'DAV:', spec: 'RFC 6578 §3.2' },
      { element: 'precondition', name: 'valid-sync-token', namespace: 'DAV:', spec: 'RFC 6578 §3.2' },
    ]) {
      assert.ok(
        rows.some((row) => JSON.stringify(row) === JSON.stringify(wanted)),
        JSON.stringify(wanted),
      );
    }
  });

  it('lists each thing once, in order', () => {
    const keys = rows.map((row) => Object.values(row).join('\n'));
    assert.deepEqual(keys, [...new Set(keys)].sort());
  });
});
