import assert from 'node:assert/strict';
import { schemaErrors, schemaMissing } from '../../conformance/exchange/validate.ts';
import { envelopeOf, syncing } from './lab.ts';

describe("validation against Microsoft's schema", () => {
  before(function () {
    if (schemaMissing() !== undefined) this.skip();
  });

  for (const generation of ['exchange2013_sp1', 'newest'] as const)
    it(`finds wrong order and passes what is right (${generation})`, async () => {
      const right = { name: 'right', text: envelopeOf(syncing(undefined)) };
      const wrong = {
        name: 'wrong',
        text: right.text
          .replace('<m:SyncScope>NormalItems</m:SyncScope>', '')
          .replace('<m:SyncFolderId>', '<m:SyncScope>NormalItems</m:SyncScope><m:SyncFolderId>'),
      };
      assert.deepEqual(await schemaErrors([right], generation), []);
      const errors = await schemaErrors([right, wrong], generation);
      assert.ok(errors.length > 0);
      assert.match(errors[0] ?? '', /wrong/);
    });
});
