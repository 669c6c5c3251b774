import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { readXml, type XmlElement } from '../../src/xml/reader.ts';
import { serializeElement } from '../../src/xml/serialize.ts';

const limits = { maxXmlBytes: 1e6, maxXmlDepth: 20, maxXmlElements: 1000 };
const read = (text: string): XmlElement => readXml(Buffer.from(text), limits);
const first = (text: string): XmlElement => {
  const [child] = read(text).children;
  assert.ok(child);
  return child;
};

describe('serializeElement', () => {
  it('declares what the element takes from around it, and keeps its prefixes', () => {
    assert.equal(
      serializeElement(
        first('<D:prop xmlns:D="DAV:" xmlns:Z="urn:z"><Z:author Z:a="1" b="2">x<Z:b/>y</Z:author></D:prop>'),
      ),
      '<Z:author xmlns:Z="urn:z" Z:a="1" b="2">x<Z:b/>y</Z:author>',
    );
  });

  it('keeps the language in scope', () => {
    assert.equal(serializeElement(first('<p xml:lang="sv"><t>Hej</t></p>')), '<t xml:lang="sv">Hej</t>');
    assert.equal(
      serializeElement(first('<p xml:lang="sv"><t xml:lang="fi">Hei</t></p>')),
      '<t xml:lang="fi">Hei</t>',
    );
  });

  it('leaves a default namespace and comes back to none', () => {
    const text = '<a xmlns="urn:a"><b xmlns=""><c xmlns="urn:c"/></b></a>';
    assert.equal(serializeElement(read(text)), text);
  });

  it('finds a prefix for an attribute whose own is taken, and keeps xml: names', () => {
    const element = first('<p xmlns:n="urn:1"><ns1:e xmlns:ns1="urn:e" n:x="1" xml:space="preserve"/></p>');
    const text = serializeElement(element);
    assert.equal(text, '<ns1:e xmlns:ns1="urn:e" xmlns:ns2="urn:1" ns2:x="1" xml:space="preserve"/>');
    assert.deepEqual([...read(text).attributes], [...element.attributes]);
    assert.equal(serializeElement(read('<xml:x/>')), '<xml:x/>');
  });

  it('reads back as what it was (fast-check)', () => {
    const name = fc.constantFrom('a', 'b', 'toString', 'é');
    const prefix = fc.constantFrom('', 'p', 'q');
    const text = fc.string({ unit: 'grapheme-ascii' }).map((raw) => raw.replace(/[<&>]/g, '&amp;'));
    const { element } = fc.letrec<{ element: string; content: string }>((tie) => ({
      element: fc
        .tuple(
          prefix,
          name,
          fc.constantFrom(
            '',
            ' p:x="1"',
            ' x="&#13;2"',
            ' xmlns="urn:d"',
            ' xmlns:p="urn:other"',
            ' xml:lang="de"',
          ),
          tie('content'),
        )
        .map(([p, n, more, inner]) => {
          const tag = p === '' ? n : `${p}:${n}`;
          return `<${tag}${more}>${inner}</${tag}>`;
        }),
      content: fc.oneof(
        { maxDepth: 4 },
        text,
        fc.tuple(text, tie('element'), text).map((parts) => parts.join('')),
      ),
    }));
    fc.assert(
      fc.property(element, (source) => {
        const before = first(`<r xmlns:p="urn:p" xmlns:q="urn:q">${source}</r>`);
        assert.deepEqual(read(serializeElement(before)), before);
      }),
    );
  });
});
