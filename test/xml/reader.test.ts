import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { Refusal } from '../../src/core/refusal.ts';
import { dav } from '../../src/xml/name.ts';
import {
  childOf,
  childrenOf,
  choiceOf,
  readXml,
  readXmlInTurns,
  type XmlElement,
  xmlReader,
} from '../../src/xml/reader.ts';
import { serializeElement } from '../../src/xml/serialize.ts';
import { charactersTouched } from '../characters-touched.ts';
import { turnsDuring } from '../turns.ts';

const limits = { maxXmlBytes: 10_000, maxXmlDepth: 8, maxXmlElements: 50 };

function read(text: string | Uint8Array): XmlElement {
  return readXml(typeof text === 'string' ? Buffer.from(text) : text, limits);
}

function refuses(text: string | Uint8Array, sentence: RegExp): void {
  assert.throws(
    () => read(text),
    (error) => error instanceof Refusal && error.code === 'malformed-request' && sentence.test(error.message),
    `not refused with ${String(sentence)}`,
  );
}

describe('xml reader', () => {
  it('resolves namespaces whatever the prefixes are called, defaults redeclared midway', () => {
    const root = read(
      '<A:propfind xmlns:A="DAV:"><A:prop><B xmlns="urn:b"><c/><d xmlns=""/></B><Z:e xmlns:Z="urn:z"/></A:prop></A:propfind>',
    );
    assert.equal(root.name, '{DAV:}propfind');
    const [prop] = root.children;
    assert.deepEqual(
      prop?.children.map(({ name }) => name),
      ['{urn:b}B', '{urn:z}e'],
    );
    assert.deepEqual(
      prop.children[0]?.children.map(({ name }) => name),
      ['{urn:b}c', '{}d'],
    );
    assert.equal(prop.children[1]?.prefix, 'Z');
  });

  it('keeps attributes by namespace, references in them, and literal white space as blanks', () => {
    const root = read('<a xmlns:n="urn:n" x="1 &amp; 2&#10;3\t4\r\n5" n:y=\'"\' xml:lang="sv"/>');
    assert.deepEqual(
      [...root.attributes],
      [
        ['{}x', '1 & 2\n3 4 5'],
        ['{urn:n}y', '"'],
        ['{http://www.w3.org/XML/1998/namespace}lang', 'sv'],
      ],
    );
  });

  it('tells the language in scope', () => {
    const root = read('<a xml:lang="de"><b><c xml:lang="">x</c></b></a>');
    assert.deepEqual([root.language, root.children[0]?.language], ['de', 'de']);
    assert.equal(root.children[0]?.children[0]?.language, '');
  });

  it('gives text as it is: no trimming, no numbers, CDATA, references, line ends normalized, &#13; kept', () => {
    assert.equal(read('<a> 007 </a>').text, ' 007 ');
    assert.equal(read('<a>true<!-- c -->&#x41;&apos;&quot;&lt;&gt;&amp;amp;</a>').text, 'trueA\'"<>&amp;');
    assert.equal(
      read('<a>1\r\n2\r3\n<![CDATA[4\r\n<&>&amp;]]>&#13;&#10;</a>').text,
      '1\n2\n3\n4\n<&>&amp;\r\n',
    );
    assert.equal(read('<a>&#x1F600;&#128512;</a>').text, '😀😀');
    assert.equal(read('<a></a>').text, '');
  });

  it('keeps mixed content in order, without empty texts', () => {
    const root = read('<a>1<b>2</b><![CDATA[]]><c/>3<?pi x?>4</a>');
    assert.deepEqual(
      root.content.map((part) => (typeof part === 'string' ? part : part.name)),
      ['1', '{}b', '{}c', '34'],
    );
    assert.equal(root.text, '134');
  });

  it('passes over instructions whatever quotes are in them', () => {
    const root = read(`<?p "?><a>1<?p it's?><b/><?p ' "?>2</a><?p '?>`);
    assert.deepEqual([root.text, root.children.length], ['12', 1]);
  });

  it('passes over blanks in front of the declaration, as in bodies that stand in programs', () => {
    const text = '\r\n \t<?xml version="1.0" encoding="utf-8" ?>\n  <a x="1"><b>2</b></a>';
    assert.deepEqual([read(text).name, read(text).children[0]?.text], ['{}a', '2']);
    refuses(' \n<?xml version="1.0" encoding="ISO-8859-1"?><a/>', /encoding ISO-8859-1.* line 2/);
    refuses(' <?xml encoding="utf-8"?><a/>', /broken XML declaration/);
    refuses('<!-- x --><?xml version="1.0"?><a/>', /not at the beginning/);
    refuses(' <?xml version="1.0"?><?xml version="1.0"?><a/>', /not at the beginning/);
  });

  it('takes names that are special in JavaScript for what they are', () => {
    const root = read('<toString hasOwnProperty="1"><valueOf/><length>2</length></toString>');
    assert.equal(root.name, '{}toString');
    assert.equal(root.attributes.get('{}hasOwnProperty'), '1');
    assert.deepEqual(
      root.children.map(({ name }) => name),
      ['{}valueOf', '{}length'],
    );
    refuses('<__proto__/>', /cannot be read/);
    refuses('<a __proto__="1"/>', /cannot be read/);
  });

  it('reads UTF-8 with and without byte order mark, and UTF-16 with one', () => {
    const text = '<?xml version="1.0" encoding="UTF-16"?><a>Öl ☃ 😀</a>';
    const le = Buffer.from(`\ufeff${text}`, 'utf16le');
    assert.equal(read(le).text, 'Öl ☃ 😀');
    assert.equal(read(Buffer.from(le).swap16()).text, 'Öl ☃ 😀');
    assert.equal(read('\ufeff<a>é</a>').text, 'é');
    refuses(Buffer.from('<a>\xe9</a>', 'latin1'), /not UTF-8/);
    refuses(Buffer.from([0xff, 0xfe, 0x3c, 0x00, 0x00]), /not UTF-16LE/);
    refuses('<?xml version="1.0" encoding="ISO-8859-1"?><a/>', /encoding ISO-8859-1/);
  });

  it('refuses a DOCTYPE before anything is made of it', () => {
    refuses('<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', /DOCTYPE/);
    refuses('<?xml version="1.0"?>\n<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', /DOCTYPE.* line 2/);
    refuses('<a><!DOCTYPE b></a>', /DOCTYPE/);
  });

  const broken: readonly (readonly [string, RegExp])[] = [
    ['', /no root element/],
    ['   ', /no root element/],
    ['<?xml version="1.0"?>', /no root element/],
    ['text', /text outside/],
    ['<a>', /the end where <\/a> was expected/],
    ['<a><b></a></b>', /<\/a> where <\/b> was expected/],
    ['</a>', /<\/a> where no end tag was expected/],
    ['<a/><b/>', /second root/],
    ['<a/>x', /text outside/],
    ['<![CDATA[x]]><a/>', /CDATA outside/],
    ['<a><![CDATA[x</a>', /CDATA section without end/],
    ['<a x=1/>', /broken <a> tag/],
    ['<a x/>', /broken <a> tag/],
    ['<a x="1"y="2"/>', /broken <a> tag/],
    ['<a x="<"/>', /broken <a> tag/],
    ['<a x="1" x="2"/>', /attribute x twice/],
    ['<a xmlns:p="u" xmlns:q="u" p:x="1" q:x="2"/>', /attribute \{u\}x twice/],
    ['<1/>', /a < that begins no tag/],
    ['< a/>', /a < that begins no tag/],
    ['<a:b:c xmlns:a="u"/>', /broken <a:b> tag/],
    ['<a></a b="1">', /broken end tag/],
    ['<a>]]></a>', /\]\]> in text/],
    ['<a><!-- x -- y --></a>', /broken comment/],
    ['<a><!-- x</a>', /broken comment/],
    ['<a><!ELEMENT b></a>', /no place there/],
    ['<a><?xml version="1.0"?></a>', /not at the beginning/],
    ['<a><? x?></a>', /broken processing instruction/],
    ['<a><?x</a>', /broken processing instruction/],
    ['<?xml version="2.0"?><a/>', /broken XML declaration/],
    ['<?xml encoding="utf-8"?><a/>', /broken XML declaration/],
    ['<a>&unknown;</a>', /unknown reference &unknown;/],
    ['<a>& b</a>', /unknown reference &/],
    ['<a>&lt</a>', /unknown reference/],
    ['<a x="&"/>', /unknown reference/],
    ['<a>&#0;</a>', /unknown reference/],
    ['<a>&#xD800;</a>', /unknown reference/],
    ['<a>&#x110000;</a>', /unknown reference/],
    ['<a>&#xFFFE;</a>', /unknown reference/],
    ['<a>&#x;</a>', /unknown reference/],
    ['<a>\u0001</a>', /U\+0001/],
    ['<a>\n\uffff</a>', /U\+FFFF\) in line 2/],
    ['<p:a/>', /prefix p without declaring/],
    ['<a p:x="1"/>', /prefix p without declaring/],
    ['<a xmlns:p=""/>', /prefix p for no namespace/],
    ['<a xmlns:xml="urn:other"/>', /reserved namespace/],
    ['<a xmlns:xmlns="urn:x"/>', /reserved namespace/],
    ['<a xmlns:x="http://www.w3.org/2000/xmlns/"/>', /reserved namespace/],
    ['<a xmlns:x="http://www.w3.org/XML/1998/namespace"/>', /reserved namespace/],
  ];
  for (const [text, sentence] of broken) {
    it(`refuses ${JSON.stringify(text)}`, () => refuses(text, sentence));
  }

  it('accepts the xml prefix declared as what it is', () => {
    assert.equal(
      read('<a xmlns:xml="http://www.w3.org/XML/1998/namespace" xml:space="preserve"/>').attributes.size,
      1,
    );
  });

  it('bounds bytes, depth and the number of elements', () => {
    refuses(`<a>${'x'.repeat(10_000)}</a>`, /longer than 10000 bytes/);
    assert.equal(read(`${'<a>'.repeat(8)}${'</a>'.repeat(8)}`).name, '{}a');
    refuses(`${'<a>'.repeat(9)}${'</a>'.repeat(9)}`, /deeper than 8/);
    assert.equal(read(`<a>${'<b/>'.repeat(49)}</a>`).children.length, 49);
    refuses(`<a>${'<b/>'.repeat(50)}</a>`, /more than 50 elements/);
  });

  it('bounds attributes, in one tag and in all, and prefixes in scope', () => {
    const wide = { ...limits, maxXmlElements: 500 };
    const attributes = (count: number, what = 'a'): string =>
      Array.from({ length: count }, (_, n) => ` ${what}${n}="${n}"`).join('');
    const reads = (text: string): XmlElement => readXml(Buffer.from(text), wide);
    assert.equal(reads(`<a${attributes(100)}/>`).attributes.size, 100);
    assert.throws(() => reads(`<a${attributes(101)}/>`), /more than 100 attributes in one tag/);
    assert.throws(() => reads(`<a>${`<b${attributes(90)}/>`.repeat(6)}</a>`), /more than 500 attributes/);
    const nested = `<a${attributes(60, 'xmlns:p')}><b${attributes(60, 'xmlns:q')}/></a>`;
    assert.throws(() => reads(nested), /declares more than 100 prefixes/);
  });

  it('does twice the work for twice the text, however many references are in it or how hostile its tags are', () => {
    const wide = { maxXmlBytes: 4_000_000, maxXmlDepth: 8, maxXmlElements: 10 };
    const texts: readonly ((count: number) => string)[] = [
      (count) => `<a>${'&amp;'.repeat(count)}</a>`,
      (count) => `<a ${'\t'.repeat(count)}`,
      (count) => `<a${' x'.repeat(count)}`,
      (count) => `<${'a'.repeat(count)}`,
    ];
    for (const [index, text] of texts.entries()) {
      const work = (count: number): number => {
        const bytes = Buffer.from(text(count));
        return charactersTouched(() => {
          if (index === 0) assert.equal(readXml(bytes, wide).text.length, count);
          else assert.throws(() => readXml(bytes, wide), Refusal);
        });
      };
      const [once, twice] = [work(100_000), work(200_000)];
      assert.ok(twice <= 2 * once + 1000, `${once} characters, then ${twice} for text ${index}`);
    }
  });

  it('bounds comments, sections and instructions', () => {
    for (const one of ['<!---->', '<![CDATA[]]>', '<?x?>']) {
      assert.equal(read(`<a>${one.repeat(50)}</a>`).text, '');
      refuses(`<a>${one.repeat(51)}<b/></a>`, /more than 50 comments, sections and instructions/);
    }
  });

  it('reads a long body as a short one, and with turns for others', async () => {
    const wide = { maxXmlBytes: 1_000_000, maxXmlDepth: 8, maxXmlElements: 50 };
    const inner = '<b x="1">a &amp; b\r\nc</b> <c xml:lang="de">&#65;<d/>e</c>';
    const short = read(`<a>${inner}</a>`);
    const long = Buffer.from(`<a>${inner}<f>${'x&lt;'.repeat(100_000)}</f></a>`);
    let turns = 0;
    let isOver = false;
    const other = (): void => {
      turns++;
      if (!isOver) setImmediate(other);
    };
    setImmediate(other);
    const root = await readXmlInTurns(long, wide);
    isOver = true;
    assert.ok(turns > 2, `${turns} turns`);
    assert.deepEqual(root, readXml(long, wide));
    assert.deepEqual(root.children.slice(0, 2), short.children);
    assert.equal(root.children[2]?.text, 'x<'.repeat(100_000));
    await assert.rejects(readXmlInTurns(Buffer.from('<a>'), wide), Refusal);
  });

  it('reads thousands of elements a part at a time, and as it would read them at once', async () => {
    const wide = { maxXmlBytes: 1_000_000, maxXmlDepth: 20, maxXmlElements: 20_000 };
    const leaf = fc.constantFrom(
      '<e/>',
      '<p:e xmlns:p="urn:p" p:a="1 &lt; 2"/>',
      'a &amp; b\r\nc',
      ' ',
      '<!-- c -->',
      '<![CDATA[<x>]]>',
      '<?i "?>',
      '12',
      '<f a=">"/>',
    );
    const { tree } = fc.letrec<{ tree: string }>((tie) => ({
      tree: fc
        .array(fc.oneof({ maxDepth: 4 }, { weight: 3, arbitrary: leaf }, tie('tree')), { maxLength: 6 })
        .map((inside) => `<d xml:lang="de">${inside.join('')}</d>`),
    }));
    const elementsIn = (text: string): number => text.split(/<[a-z]/).length - 1;
    /** Not quite as many as are read at once. */
    const many = fc
      .array(tree, { minLength: 5, maxLength: 30 })
      .map((trees) => trees.join(''))
      .map((all) => all.repeat(Math.floor(1_900 / elementsIn(all))));
    const open = fc.constantFrom('', '<g>', '<g><h x="1">x<i>');
    const parts = fc.array(
      fc.tuple(open, many).map(([tags, inside]) => {
        const names = tags.match(/[ghi](?=[ >])/g) ?? [];
        return `${tags}${inside}${names
          .toReversed()
          .map((name) => `</${name}>`)
          .join('')}`;
      }),
      { minLength: 3, maxLength: 6 },
    );
    const contentOf = ({ content }: XmlElement): string[] =>
      content.map((part) => (typeof part === 'string' ? part : serializeElement(part)));
    const inRoot = (inside: string): Buffer => Buffer.from(`<a xmlns="urn:a">${inside}</a>`);
    await fc.assert(
      fc.asyncProperty(parts, async (all) => {
        const { result, turns } = await turnsDuring(() => readXmlInTurns(inRoot(all.join('<j/>')), wide));
        const alone = all.map((part) => contentOf(readXml(inRoot(part), wide)));
        const between = contentOf(readXml(inRoot('<j/>'), wide));
        const expected = alone.flatMap((content, at) => (at === 0 ? content : [...between, ...content]));
        assert.deepEqual(contentOf(result), expected);
        const pieceCount = Math.floor(elementsIn(all.join('')) / 2_000);
        assert.ok(turns > pieceCount, `${turns} turns, ${pieceCount} pieces`);
      }),
      { numRuns: 4 },
    );
  });

  it('finds children by name', () => {
    const root = read('<a><b>1</b><c/><b>2</b></a>');
    assert.equal(childOf(root, '{}b')?.text, '1');
    assert.equal(childOf(root, '{}d'), undefined);
    assert.deepEqual(
      childrenOf(root, '{}b').map(({ text }) => text),
      ['1', '2'],
    );
  });
});

describe('choiceOf', () => {
  it('gives the one child out of a choice, whatever else is there, and none where two are', () => {
    const chosen = (inner: string): string | undefined =>
      choiceOf(read(`<a xmlns="DAV:">${inner}</a>`), [dav('one'), dav('two')]);
    assert.equal(chosen('<x xmlns="other"/><two/>'), dav('two'));
    for (const inner of ['', '<three/>', '<one/><two/>', '<one/><one/>'])
      assert.equal(chosen(inner), undefined, inner);
    assert.equal(choiceOf(undefined, [dav('one')]), undefined);
  });
});

describe('xmlReader', () => {
  it('gives the same tree for the same small body, and reads long ones anew', () => {
    const reader = xmlReader(limits);
    const small = Buffer.from('<a/>');
    assert.equal(reader(small), reader(Buffer.from('<a/>')));
    assert.notEqual(reader(small), reader(Buffer.from('<a />')));
    const long = Buffer.from(`<a>${'x'.repeat(5000)}</a>`);
    assert.notEqual(reader(long), reader(long));
  });

  it('reads bodies of one shape, and those that only look like one, as what each of them is (fast-check)', () => {
    const reader = xmlReader(limits);
    const piece = fc.constantFrom(
      '<!-- 1 -->',
      '<![CDATA[<1>]]>',
      '<?p 1?>',
      'x',
      '7',
      '0',
      ' ',
      '\n',
      '\r\n',
      '>',
      '&amp;',
      '&#13;',
      '&',
      '&#1;',
      'é',
      ']]',
    );
    const text = fc.array(piece, { maxLength: 4 }).map((pieces) => pieces.join(''));
    const outcome = (read: () => XmlElement): unknown => {
      try {
        return read();
      } catch (error) {
        assert.ok(error instanceof Refusal);
        return error.message;
      }
    };
    const body = fc
      .tuple(
        fc.constantFrom('', '<?xml version="1.0"?>', '\n'),
        fc.constantFrom('1', '2', '>'),
        text,
        text,
        text,
      )
      .map(([head, of, a, b, c]) =>
        Buffer.from(`${head}<r xmlns:p="u">${a}<p:a of="${of}">${b}</p:a><b/>${c}<a>${b}</a></r>\n`),
      );
    fc.assert(
      fc.property(body, (bytes) => {
        assert.deepEqual(
          outcome(() => reader(bytes)),
          outcome(() => readXml(bytes, limits)),
        );
      }),
      { numRuns: 2000 },
    );
  });

  it('bounds bodies also where their shape is known', () => {
    const reader = xmlReader({ ...limits, maxXmlBytes: 20 });
    assert.equal(reader(Buffer.from('<a>1</a>')).text, '1');
    assert.throws(() => reader(Buffer.from(`<a>${'1'.repeat(20)}</a>`)), /longer than 20 bytes/);
  });

  it('forgets the oldest of many bodies, and never a refusal', () => {
    const reader = xmlReader(limits);
    const first = reader(Buffer.from('<a0/>'));
    const long = 'x'.repeat(3000);
    for (let n = 1; n <= 80; n += 1) reader(Buffer.from(`<a n="${long}${n}"/>`));
    assert.equal(reader(Buffer.from('<a0/>')), first);
    for (let n = 81; n <= 90; n += 1) reader(Buffer.from(`<a n="${long}${n}"/>`));
    assert.notEqual(reader(Buffer.from('<a0/>')), first);
    assert.throws(() => reader(Buffer.from('<a>')), Refusal);
    assert.throws(() => reader(Buffer.from('<a>')), Refusal);
  });
});
