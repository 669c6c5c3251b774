import assert from 'node:assert/strict';
import { xmlDocument } from '../../src/xml/document.ts';
import { xmlName } from '../../src/xml/name.ts';
import { readXml } from '../../src/xml/reader.ts';

const soap = 'http://schemas.xmlsoap.org/soap/envelope/';

describe('xmlDocument', () => {
  it('builds an envelope with the prefixes asked for and default namespaces for the rest', () => {
    const text = xmlDocument(
      {
        name: xmlName(soap, 'Envelope'),
        content: [
          {
            name: xmlName(soap, 'Body'),
            content: [
              { name: '{urn:x}Get', attributes: { a: '1 & "2"' }, content: ['a<b', { name: '{}none' }] },
            ],
          },
        ],
      },
      { prefixes: { [soap]: 'soap' } },
    );
    assert.equal(
      text,
      `<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="${soap}"><soap:Body>` +
        '<Get xmlns="urn:x" a="1 &amp; &quot;2&quot;">a&lt;b<none xmlns=""/></Get></soap:Body></soap:Envelope>',
    );
  });

  it('tells texts that look like references as they are', () => {
    const words = 'a &lt;b&gt; &amp;amp; &#0; &x; & ]]>';
    const root = readXml(
      Buffer.from(xmlDocument({ name: '{}r', attributes: { a: words }, content: [words] })),
      { maxXmlBytes: 1e4, maxXmlDepth: 4, maxXmlElements: 4 },
    );
    assert.equal(root.text, words);
    assert.equal(root.attributes.get('{}a'), words);
  });

  it('writes nothing that a reader would refuse', () => {
    const text = xmlDocument({ name: '{u}a', content: ['1\r\n2\u0001\ud800'] });
    const root = readXml(Buffer.from(text), { maxXmlBytes: 1e4, maxXmlDepth: 5, maxXmlElements: 5 });
    assert.equal(root.text, '1\n2��');
  });

  it('can make one namespace the default, and indent', () => {
    const text = xmlDocument(
      { name: '{u}a', content: [{ name: '{u}b' }] },
      { prefixes: { u: '' }, pretty: true },
    );
    assert.equal(text, '<?xml version="1.0" encoding="utf-8"?>\n<a xmlns="u">\n  <b/>\n</a>');
  });
});
