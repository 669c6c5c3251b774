import assert from 'node:assert/strict';
import { type OpenLibrary, openLibrary } from './library.ts';
import type { Answer, Asked } from './wire.ts';

const shelf = '/dav/library/poems/';
const update = (instructions: string): string =>
  `<D:propertyupdate xmlns:D="DAV:" xmlns:L="urn:library" xmlns:o="urn:other">${instructions}</D:propertyupdate>`;
const set = (properties: string): string => `<D:set><D:prop>${properties}</D:prop></D:set>`;
const remove = (properties: string): string => `<D:remove><D:prop>${properties}</D:prop></D:remove>`;

const verdicts = (answer: Answer): unknown =>
  [...(answer.responses().get(shelf)?.byStatus ?? [])].map(([status, found]) => [status, [...found.keys()]]);

describe('PROPPATCH', () => {
  let at: OpenLibrary;
  beforeEach(() => {
    at = openLibrary();
  });

  const patch = (instructions: string, more: Asked = {}): Promise<Answer> =>
    at.ask('PROPPATCH', shelf, { body: update(instructions), ...more });

  it('sets and removes live and dead properties in document order', async () => {
    const answer = await patch(
      set('<L:theme>prose</L:theme><o:x>1</o:x><o:y/>') + remove('<o:y/><o:never/>') + set('<o:x>2</o:x>'),
    );
    assert.equal(answer.status, 207);
    assert.deepEqual(verdicts(answer), [
      [200, ['{urn:library}theme', '{urn:other}x', '{urn:other}y', '{urn:other}never']],
    ]);
    assert.equal(at.library.shelves.get('poems')?.theme, 'prose');
    assert.deepEqual(
      [...(at.library.dead.get(shelf) ?? [])],
      [['{urn:other}x', '<o:x xmlns:o="urn:other">2</o:x>']],
    );
    assert.equal((await patch(remove('<L:theme/>'))).status, 207);
    assert.equal(at.library.shelves.get('poems')?.theme, null);
  });

  it('keeps dead properties with attributes, mixed content, language and any namespace', async () => {
    const xml = '<o:x a="1&amp;2" o:b="3" xml:lang="sv">Hej <p xmlns="urn:p">då<q xmlns=""/></p>&#13;</o:x>';
    await patch(set(`${xml}<none>4</none>`));
    const found = await at.ask('PROPFIND', shelf, {
      headers: { depth: '0' },
      body: '<propfind xmlns="DAV:"><prop><x xmlns="urn:other"/><none xmlns=""/></prop></propfind>',
    });
    assert.match(
      found.text,
      /<o:x xmlns:o="urn:other" a="1&amp;2" o:b="3" xml:lang="sv">Hej <p xmlns="urn:p">då<q xmlns=""\/><\/p>&#13;<\/o:x><none>4<\/none>/,
    );
  });

  it('does all or nothing, and tells every fault', async () => {
    const answer = await patch(
      set('<L:theme>good</L:theme><D:getetag>x</D:getetag><o:x>1</o:x><L:loans>9</L:loans>'),
    );
    assert.deepEqual(verdicts(answer), [
      [403, ['{DAV:}getetag', '{urn:library}loans']],
      [424, ['{urn:library}theme', '{urn:other}x']],
    ]);
    assert.equal(answer.text.match(/<D:error><D:cannot-modify-protected-property\/><\/D:error>/g)?.length, 2);
    assert.equal(at.library.shelves.get('poems')?.theme, 'verse');
    assert.equal(at.library.dead.get(shelf), undefined);
  });

  it('tells a value that cannot be with the status of its refusal', async () => {
    const answer = await patch(set('<L:theme>bad</L:theme><o:x>1</o:x>'));
    assert.deepEqual(verdicts(answer), [
      [409, ['{urn:library}theme']],
      [424, ['{urn:other}x']],
    ]);
    assert.match(answer.text, /no theme is bad/);
  });

  it('keeps nothing that would tell of locks or of new members where there are none', async () => {
    for (const name of ['lockdiscovery', 'supportedlock', 'add-member'] as const) {
      for (const change of [set(`<D:${name}/>`), `<D:remove><D:prop><D:${name}/></D:prop></D:remove>`]) {
        const answer = await patch(change);
        assert.deepEqual(verdicts(answer), [[403, [`{DAV:}${name}`]]]);
        assert.match(answer.text, /cannot-modify-protected-property/);
      }
    }
    assert.equal(at.library.dead.get(shelf), undefined);
  });

  it('sets no dead properties on kinds without any', async () => {
    const answer = await at.ask('PROPPATCH', '/dav/library/', { body: update(set('<o:x/>')) });
    assert.match(answer.text, /403 Forbidden.*cannot-modify-protected-property/);
  });

  it('says nothing but that all went well, when that is preferred', async () => {
    const answer = await patch(set('<o:x/>'), { headers: { prefer: 'return=minimal' } });
    assert.deepEqual(
      [answer.status, answer.text, answer.headers['Preference-Applied']],
      [200, '', 'return=minimal'],
    );
    const failed = await patch(set('<D:getetag/>'), { headers: { prefer: 'return=minimal' } });
    assert.equal(failed.status, 207);
  });

  it('does nothing where nothing is asked for, as for copies of what has no properties', async () => {
    at = openLibrary({ applyPatch: () => Promise.reject(new Error('nothing is to be changed')) });
    for (const nothing of ['', '<D:set><D:prop/></D:set>', '<D:remove><D:prop/></D:remove>']) {
      const answer = await patch(nothing);
      assert.equal(answer.status, 207, nothing);
      assert.match(answer.text, /<D:propstat><D:prop\/><D:status>HTTP\/1.1 200 OK<\/D:status><\/D:propstat>/);
    }
    assert.equal((await patch('', { headers: { prefer: 'return=minimal' } })).status, 200);
  });

  it('refuses bodies that are no PROPPATCH', async () => {
    for (const body of [
      '',
      '<propfind xmlns="DAV:"/>',
      update('<D:set/>'),
      update('<D:prop><o:x/></D:prop>'),
      '<x',
    ]) {
      assert.equal((await at.ask('PROPPATCH', shelf, { body })).status, 400, body);
    }
  });

  it('leaves a bug in a patch to the log', async () => {
    at = openLibrary({ applyPatch: () => Promise.reject(new Error('lost')) });
    assert.equal((await patch(set('<o:x/>'))).status, 500);
  });
});
