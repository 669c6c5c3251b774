import assert from 'node:assert/strict';
import { dav } from '../../src/xml/name.ts';
import { book, type OpenLibrary, openLibrary } from './library.ts';
import type { Answer } from './wire.ts';

const shelf = '/dav/library/poems/';

const textsBody = (form: string): string =>
  `<texts xmlns="urn:library" xmlns:D="DAV:"><D:prop><D:getetag/><text${form}/><D:getcontentlength/></D:prop></texts>`;

describe('REPORT', () => {
  let at: OpenLibrary;
  beforeEach(() => {
    at = openLibrary();
  });
  afterEach(() => assert.deepEqual(at.errors, []));

  const report = (path: string, body: string, headers: Record<string, string> = {}): Promise<Answer> =>
    at.ask('REPORT', path, { body, headers });

  it('runs the report that the body names, with the depth that it takes for granted', async () => {
    assert.equal(
      (await report(shelf, '<count xmlns="urn:library">3</count>')).text,
      '2 of at least 3, depth 1, prop',
    );
    assert.equal(
      (await report(shelf, '<count xmlns="urn:library">3</count>', { depth: '0' })).text,
      '2 of at least 3, depth 0, prop',
    );
  });

  it('refuses reports that are not there, and bodies that are none', async () => {
    const unknown = await report(shelf, '<none xmlns="urn:library"/>');
    assert.deepEqual([unknown.status, unknown.precondition()], [403, 'supported-report']);
    assert.equal(
      (await report('/dav/library/', '<count xmlns="urn:library">3</count>')).precondition(),
      'supported-report',
    );
    assert.equal((await report(shelf, '')).status, 400);
    assert.equal((await report(shelf, '<x')).status, 400);
    assert.equal(
      (await report(shelf, '<count xmlns="urn:library">bad</count>')).precondition(),
      'valid-filter',
    );
  });

  it('lists in supported-report-set what there is', async () => {
    const body =
      '<propfind xmlns="DAV:"><prop><supported-report-set/><supported-method-set/><supported-live-property-set/></prop></propfind>';
    const found = (await at.ask('PROPFIND', shelf, { body, headers: { depth: '0' } })).responses().get(shelf);
    const reports = found
      ?.found(dav('supported-report-set'))
      ?.children.map(({ children }) => children[0]?.children[0]?.name);
    for (const name of [
      '{urn:library}count',
      dav('sync-collection'),
      dav('expand-property'),
      dav('principal-match'),
    ]) {
      assert.ok(
        reports?.some((one) => one === name),
        name,
      );
    }
    const methods = found
      ?.found(dav('supported-method-set'))
      ?.children.map(({ attributes }) => attributes.get('{}name'));
    assert.ok(methods?.includes('REPORT') && !methods.includes('GET'));
    const live = found
      ?.found(dav('supported-live-property-set'))
      ?.children.map(({ children }) => children[0]?.children[0]?.name);
    assert.ok(live?.includes('{urn:library}theme') && !live.includes('{urn:library}loans'));
    const root = (await at.ask('PROPFIND', '/dav/', { body, headers: { depth: '0' } })).text;
    assert.ok(!root.includes('sync-collection'));
  });

  it('writes members by template with their data, or one by one when asked for another form', async () => {
    // A length needs a look at each member.
    await report(shelf, textsBody(''));
    assert.ok(!at.library.reads.includes('rows'));
    const plain = (
      await report(shelf, textsBody('').replace('<D:getcontentlength/>', '<theme/>'))
    ).responses();
    assert.ok(at.library.reads.includes('rows'));
    assert.equal(plain.get(`${shelf}a`)?.found('{urn:library}text')?.text, 'alpha & beta');
    assert.equal(plain.get(`${shelf}a`)?.found(dav('getetag'))?.text, '"a-1"');
    assert.ok(plain.get(`${shelf}a`)?.byStatus.get(404)?.has('{urn:library}theme'));
    at.library.reads.length = 0;
    const upper = (
      await report(shelf, textsBody(' form="upper"').replace('<D:getcontentlength/>', ''))
    ).responses();
    assert.ok(!at.library.reads.includes('rows'));
    assert.equal(upper.get(`${shelf}a`)?.found('{urn:library}text')?.text, 'ALPHA & BETA');
    const all = await report(shelf, '<texts xmlns="urn:library" xmlns:D="DAV:"><D:allprop/></texts>');
    assert.ok(all.responses().get(`${shelf}a`)?.found(dav('getetag')));
  });

  it('keeps its slices apart when books are many', async () => {
    const many = Array.from({ length: 2000 }, (_, index) =>
      book('poems', `book-${index}`, { content: 'x'.repeat(40), version: 1 }),
    );
    for (const { name, content } of many)
      at.library.shelves.get('poems')?.books.set(name, { content, version: 1 });
    const body = '<texts xmlns="urn:library" xmlns:D="DAV:"><D:prop><D:getetag/><text/></D:prop></texts>';
    const answer = await report(shelf, body);
    assert.ok(answer.chunkCount > 5);
    assert.equal(answer.responses().size, 2002);
  });
});
