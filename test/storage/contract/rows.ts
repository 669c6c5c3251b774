import assert from 'node:assert/strict';
import type { Change } from '../../../src/core/change-set.ts';
import { id, uid } from '../../../src/core/ids.ts';
import type { ObjectQuery, RowTemplate } from '../../../src/storage/port.ts';
import {
  anna,
  flat,
  home,
  object,
  put,
  range,
  remove,
  type StorageFactory,
  text,
  useWorld,
  work,
} from './fixture.ts';

const template: RowTemplate = { head: '<r><n>', tag: '</n><e>', tail: '</e></r>\n' };
const withData: RowTemplate = { ...template, data: '</e><d>', tail: '</d></r>\n' };

const frame = (name: string) => `<r><n>${name}</n><e>"${name}-1"</e></r>\n`;

export function rowContract(factory: StorageFactory): void {
  describe('rows', () => {
    const world = useWorld(factory);
    const rows = (select: ObjectQuery['select'], template: RowTemplate, more: Partial<ObjectQuery> = {}) =>
      text(world.storage.rows({ calendar: work, select, ...more }, template));

    it('are heads in a frame', async () => {
      await world.done(put(work, object('b.ics')), put(work, object('a%20b.ics')));
      assert.equal(
        await rows({ by: 'all' }, template),
        '<r><n>b.ics</n><e>"b.ics-1"</e></r>\n<r><n>a%20b.ics</n><e>"a%20b.ics-1"</e></r>\n',
      );
      assert.equal(await rows({ by: 'indexed', range: range(5, 6) }, template), '');
    });

    it('have the same order as heads in every selection, however many there are', async () => {
      const names = Array.from({ length: 2500 }, (_, at) => `${(at * 7919) % 10_007}.ics`);
      await world.done(...names.map((name) => put(work, object(name))));
      const wanted = names.toReversed();
      for (const select of [
        { by: 'all' },
        { by: 'names', names: wanted },
        { by: 'uids', uids: wanted.map((name) => `uid-of-${name}`) },
        { by: 'indexed', range: range(0, 1) },
      ] as const) {
        const heads = await flat(world.storage.heads({ calendar: work, select }));
        const frames = heads.map(({ name, etag }) => `<r><n>${name}</n><e>${etag}</e></r>\n`);
        assert.equal(await rows(select, template), frames.join(''), select.by);
        const objects = await flat(world.storage.objects({ calendar: work, select }));
        const full = objects.map(
          ({ name, etag, bytes }) =>
            `<r><n>${name}</n><e>${etag}</e><d>${Buffer.from(bytes).toString()}</d></r>\n`,
        );
        assert.equal(await rows(select, withData), full.join(''), select.by);
      }
    });

    it('say what is there now, whatever was listed before and has changed since', async () => {
      const names = Array.from({ length: 4400 }, (_, at) => `${at}.ics`);
      await world.done(...names.map((name) => put(work, object(name))), put(home, object('far.ics')));
      const move = (from: typeof work, name: string, to: typeof work, newName: string): Change => ({
        do: 'move',
        from,
        name,
        to,
        newName,
        expect: 'present',
        overwrite: false,
      });
      const fromTrash = async (): Promise<Change> => {
        const [item] = await flat(world.storage.trash(anna));
        assert.ok(item);
        return { do: 'restore', item: item.id };
      };
      const steps: readonly (() => readonly Change[] | Promise<readonly Change[]>)[] = [
        () => [],
        () => [put(work, object('0.ics', { version: 2 }))],
        () => [put(work, object('4399.ics', { version: 2 }))],
        () => [put(work, object('new.ics'))],
        () => [remove(work, '7.ics')],
        async () => [await fromTrash()],
        () => [remove(work, 'new.ics')],
        () => [remove(work, '4398.ics')],
        () => [remove(work, '8.ics'), put(work, object('8.ics', { uid: uid('another') }))],
        () => [move(work, '9.ics', work, 'renamed.ics')],
        () => [move(work, '10.ics', home, '10.ics'), move(home, 'far.ics', work, 'near.ics')],
        () => [put(work, object('11.ics', { kind: 'VTODO', version: 2 }))],
        () => [put(work, object('12.ics', { classification: 'private', version: 2 }))],
        () => [put(work, object('11.ics', { version: 3 })), put(work, object('12.ics', { version: 3 }))],
        () => names.slice(100, 1700).map((name) => remove(work, name)),
      ];
      const narrowed: readonly Partial<ObjectQuery>[] = [
        {},
        { kinds: ['VEVENT'] },
        { kinds: ['VTODO'] },
        { restricted: true },
        { after: id(1) },
      ];
      // Long enough that a storage may find it worth keeping.
      const long = { ...template, tag: `</n>${'<x/>'.repeat(10)}<e>` };
      for (const [at, step] of steps.entries()) {
        const changes = await step();
        if (changes.length > 0) await world.done(...changes);
        for (const more of narrowed) {
          const heads = await flat(world.storage.heads({ calendar: work, select: { by: 'all' }, ...more }));
          const frames = heads.map(({ name, etag }) => `${long.head}${name}${long.tag}${etag}${long.tail}`);
          // Twice: as it is made, and as it may have been kept.
          for (const _ of [1, 2])
            assert.ok(
              (await rows({ by: 'all' }, long, more)) === frames.join(''),
              `step ${at} ${JSON.stringify(more)}`,
            );
        }
      }
    });

    it('escape what is not plain, and drop what XML forbids', async () => {
      const bytes = Buffer.from('a&b <c>\r\n\td\0e\x0bf\u{1f600}й\ufffeg\uffffh', 'utf8');
      await world.done(
        put(work, object('a.ics', { bytes, plain: false })),
        put(work, object('b.ics', { bytes: Buffer.from('x\r\n'), plain: true })),
      );
      assert.equal(
        await rows({ by: 'all' }, withData),
        '<r><n>a.ics</n><e>"a.ics-1"</e><d>a&amp;b &lt;c&gt;&#13;\n\tdef\u{1f600}йgh</d></r>\n' +
          '<r><n>b.ics</n><e>"b.ics-1"</e><d>x\r\n</d></r>\n',
      );
    });

    it('name what is missing, where it was asked for', async () => {
      await world.done(put(work, object('a.ics')), put(work, object('b.ics', { kind: 'VTODO' })));
      const names = ['x.ics', 'a.ics', 'y.ics', 'b.ics'];
      const missing = '</n>404</r>\n';
      assert.equal(
        await rows({ by: 'names', names }, { ...template, missing }),
        `<r><n>x.ics</n>404</r>\n${frame('a.ics')}<r><n>y.ics</n>404</r>\n${frame('b.ics')}`,
      );
      assert.equal(
        await rows({ by: 'names', names }, { ...template, missing }, { kinds: ['VTODO'] }),
        `<r><n>x.ics</n>404</r>\n<r><n>a.ics</n>404</r>\n<r><n>y.ics</n>404</r>\n${frame('b.ics')}`,
      );
      const data = await rows({ by: 'names', names: ['x.ics', 'a.ics'] }, { ...withData, missing });
      assert.ok(
        data.startsWith('<r><n>x.ics</n>404</r>\n<r><n>a.ics</n><e>"a.ics-1"</e><d>BEGIN:VCALENDAR\r\n'),
        data,
      );
      assert.equal(await rows({ by: 'names', names }, template), frame('a.ics') + frame('b.ics'));
      assert.equal(await rows({ by: 'names', names: [] }, { ...template, missing }), '');
    });

    it('stay in chunks of bounded size', async () => {
      const bytes = Buffer.alloc(40_000, 'x');
      await world.done(...Array.from({ length: 20 }, (_, at) => put(work, object(`${at}.ics`, { bytes }))));
      for (const select of [
        { by: 'all' },
        { by: 'names', names: Array.from({ length: 20 }, (_, at) => `${at}.ics`) },
      ] as const) {
        let count = 0;
        for await (const chunk of world.storage.rows({ calendar: work, select }, withData)) {
          assert.ok(chunk.byteLength < 300_000, `${chunk.byteLength}`);
          count += Buffer.from(chunk).toString().split('<r>').length - 1;
        }
        assert.equal(count, 20);
      }
    });

    it('come in pieces where one is too long for a chunk, and the others around it as ever', async () => {
      const markup = '&<>'.repeat(90_000);
      const long = (name: string, plain: boolean) =>
        put(work, object(name, { bytes: Buffer.from(plain ? 'x'.repeat(270_000) : markup), plain }));
      const short = (name: string) => put(work, object(name, { bytes: Buffer.from('x') }));
      const names = ['a.ics', 'markup.ics', 'b.ics', 'plain.ics', 'c.ics'];
      await world.done(
        short('a.ics'),
        long('markup.ics', false),
        short('b.ics'),
        long('plain.ics', true),
        short('c.ics'),
      );
      const written = new Map([
        ['markup.ics', markup.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')],
        ['plain.ics', 'x'.repeat(270_000)],
      ]);
      const full = (name: string) =>
        `<r><n>${name}</n><e>"${name}-1"</e><d>${written.get(name) ?? 'x'}</d></r>\n`;
      assert.equal(await rows({ by: 'all' }, withData), names.map(full).join(''));
      assert.equal(await rows({ by: 'indexed', range: range(0, 1) }, withData), names.map(full).join(''));
      const wanted = ['plain.ics', 'no.ics', 'markup.ics', 'b.ics'];
      assert.equal(
        await rows({ by: 'names', names: wanted }, { ...withData, missing: '404' }),
        wanted.map((name) => (name === 'no.ics' ? '<r><n>no.ics404' : full(name))).join(''),
      );
      assert.equal(
        await rows({ by: 'names', names: wanted }, withData),
        ['plain.ics', 'markup.ics', 'b.ics'].map(full).join(''),
      );
      for await (const chunk of world.storage.rows({ calendar: work, select: { by: 'all' } }, withData))
        assert.ok(chunk.byteLength < 500_000, `${chunk.byteLength}`);
    });

    it('let the event loop turn between chunks', async () => {
      await world.done(...Array.from({ length: 3000 }, (_, at) => put(work, object(`${at}.ics`))));
      let turns = 0;
      const turn = (): void => {
        turns++;
        timer = setImmediate(turn);
      };
      let timer = setImmediate(turn);
      await rows({ by: 'all' }, template);
      clearImmediate(timer);
      assert.ok(turns >= 2, `${turns} turns`);
    });
  });
}
