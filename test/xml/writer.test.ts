import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import {
  apple,
  caldav,
  calendarserver,
  dav,
  isLocalName,
  isXmlName,
  localNameOf,
  namespaceOf,
  portcal,
  xmlName,
} from '../../src/xml/name.ts';
import { readXml } from '../../src/xml/reader.ts';
import { escapeAttribute, escapeText, smallDocument, XmlWriter } from '../../src/xml/writer.ts';

function written(work: (writer: XmlWriter) => void): string {
  const writer = new XmlWriter();
  work(writer);
  return writer.takeText();
}

function carried(text: string): string {
  // oxlint-disable-next-line no-control-regex -- characters that no XML document can carry
  return text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\ufffd');
}

describe('xml writer', () => {
  it('writes known namespaces with their prefixes and declares others where they stand', () => {
    const text = written((writer) => {
      writer.element(dav('prop'), () => {
        writer.empty(caldav('calendar'));
        writer.textElement(calendarserver('getctag'), '7');
        writer.textElement(apple('calendar-color'), '#FF0000FF');
        writer.empty(portcal('x'));
        writer.empty('{}plain');
        writer.element('{urn:a"b}y', () => writer.text('z'), { q: 'a"b' });
      });
    });
    assert.equal(
      text,
      '<D:prop><C:calendar/><CS:getctag>7</CS:getctag><A:calendar-color>#FF0000FF</A:calendar-color>' +
        '<X:x xmlns:X="https://portcal.org/ns/"/><plain/><X:y xmlns:X="urn:a&#34;b" q="a&#34;b">z</X:y></D:prop>',
    );
  });

  it('closes an element that turned out empty, also one whose text is', () => {
    assert.equal(
      written((writer) => writer.element(dav('a'), () => undefined)),
      '<D:a/>',
    );
    assert.equal(
      written((writer) => writer.element(dav('a'))),
      '<D:a/>',
    );
    assert.equal(
      written((writer) => writer.textElement(dav('a'), '')),
      '<D:a/>',
    );
    assert.equal(
      written((writer) => writer.element(dav('a'), undefined, { b: '1' })),
      '<D:a b="1"/>',
    );
  });

  it('joins bytes without copying them, and hands everything over once', () => {
    const writer = new XmlWriter();
    const bytes = Buffer.from('BEGIN:VCALENDAR');
    writer.element(dav('a'), () => writer.rawBytes(bytes));
    assert.equal(writer.size, '<D:a></D:a>'.length + bytes.length);
    const chunks = writer.take();
    assert.deepEqual(chunks, ['<D:a>', bytes, '</D:a>']);
    assert.equal(chunks[1], bytes);
    assert.deepEqual(writer.take(), []);
    writer.chunks(chunks);
    assert.equal(writer.takeText(), '<D:a>BEGIN:VCALENDAR</D:a>');
    assert.equal(
      written((other) => other.element(dav('a'), () => other.rawBytes(new Uint8Array()))),
      '<D:a></D:a>',
    );
  });

  it('writes CR as a reference, and what XML cannot carry as U+FFFD', () => {
    assert.equal(
      escapeText('a<b>&c\r\n\u0000\u001f\ufffe\ud800x\udc00😀'),
      'a&lt;b&gt;&amp;c&#13;\n\ufffd\ufffd\ufffd\ufffdx\ufffd😀',
    );
    assert.equal(escapeAttribute('"\t\n'), '&#34;&#9;&#10;');
  });

  it('declares in a small document just what it uses', () => {
    assert.equal(
      smallDocument(dav('error'), '<D:valid-sync-token/>'),
      '<?xml version="1.0" encoding="utf-8"?>\n<D:error xmlns:D="DAV:"><D:valid-sync-token/></D:error>',
    );
    assert.match(
      smallDocument(dav('error'), '<C:x/>'),
      /<D:error xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav">/,
    );
    assert.match(smallDocument(dav('error'), '&lt;C:x'), /<D:error xmlns:D="DAV:">/);
  });

  it('writes texts that read as what they were (fast-check)', () => {
    const limits = { maxXmlBytes: 1e6, maxXmlDepth: 9, maxXmlElements: 9 };
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (text, value) => {
        const xml = written((writer) => writer.element('{u}a', () => writer.text(text), { v: value }));
        const root = readXml(Buffer.from(xml), limits);
        assert.equal(root.text, carried(text));
        assert.equal(root.attributes.get('{}v'), carried(value));
      }),
    );
  });
});

describe('xml names', () => {
  it('fall into namespace and local name', () => {
    const name = xmlName('urn:x', 'y');
    assert.deepEqual([name, namespaceOf(name), localNameOf(name)], ['{urn:x}y', 'urn:x', 'y']);
    const braces = xmlName('urn:{}', 'y');
    assert.deepEqual([namespaceOf(braces), localNameOf(braces)], ['urn:{}', 'y']);
  });

  it('are told from other texts', () => {
    assert.ok(isXmlName('{DAV:}prop') && isXmlName('{}prop'));
    assert.ok(
      !isXmlName('prop') && !isXmlName('{DAV:}') && !isXmlName('x{DAV:}prop') && !isXmlName('{a}b{c}'),
    );
    assert.ok(isLocalName('a.b-c_1') && isLocalName('é'));
    assert.ok(!isLocalName('') && !isLocalName('1') && !isLocalName('a:b') && !isLocalName('a><b'));
  });
});
