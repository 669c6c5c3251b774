/** One answer in all the forms that servers and proxies give it: a link is kept in step with each. */
import assert from 'node:assert/strict';
import type { Dress } from '../../../conformance/exchange/dress.ts';
import { daily } from '../events.ts';
import { titled, withContent } from '../linked.ts';
import { InStep } from './in-step.ts';

const dresses: readonly Dress[] = [
  'plain',
  'byte-order-mark',
  'utf-16',
  'windows-1251',
  'misnamed',
  'without-prefixes',
  'one-namespace',
  'soap-1.2',
];

describe('a server', () => {
  for (const dress of dresses) {
    it(`whose answers come as ${dress} is kept in step with`, async () => {
      const both = await InStep.open({ quirks: { dress } });
      try {
        const { linked, outlook } = both;
        await linked.put(daily({ title: 'Планёрка', description: 'Über alles – ≠' }, { uid: 'ours' }));
        outlook.create({
          subject: 'Совещание «Ü»',
          start: '2026-04-01T10:00',
          end: '2026-04-01T11:00',
          zone: 'W. Europe Standard Time',
          reminder: 5,
        });
        await both.quiet();
        const titles = (await linked.events()).map(({ content }) => content.title).sort();
        assert.deepEqual(titles, ['Планёрка', 'Совещание «Ü»']);
        await linked.edit('ours', titled('Обзор'));
        const theirs = outlook.all().find(({ subject }) => subject.startsWith('Совещание'));
        outlook.edit(theirs?.id ?? '', { location: 'Зал №4' });
        await both.quiet();
        await linked.edit('ours', withContent({ location: 'Малый зал' }));
        await linked.delete((await linked.events()).find(({ uid }) => uid !== 'ours')?.uid ?? '');
        await both.quiet();
        await both.assertInStep();
        assert.deepEqual(
          outlook.all().map(({ subject, location }) => [subject, location]),
          [['Обзор', 'Малый зал']],
        );
      } finally {
        await both.close();
      }
    });
  }
});
