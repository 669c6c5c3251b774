/** HTML of strangers: what is kept, what is not, and what it says as text (exchange.md 18.7). */
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { isFormatted, sanitizeHtml } from '../../../src/connectors/html/sanitize.ts';
import { textOfHtml } from '../../../src/connectors/html/text.ts';
import { charactersTouched } from '../../characters-touched.ts';

describe('html: what is kept', () => {
  const kept: readonly (readonly [what: string, source: string, result: string])[] = [
    ['formatting', '<P>Hello <B>world</B></P>', '<p>Hello <b>world</b></p>'],
    ['lists', '<ul><li>one<li>two</ul>', '<ul><li>one</li><li>two</li></ul>'],
    [
      'tables',
      '<table border=1><tr><td colspan="2">a<td>b</table>',
      '<table border="1"><tr><td colspan="2">a</td><td>b</td></tr></table>',
    ],
    [
      'links to the web, to mail and to telephones',
      '<a href="https://e.example/?a=1&amp;b=2">x</a><a href="mailto:a@b.example">y</a>',
      '<a href="https://e.example/?a=1&amp;b=2" rel="noopener noreferrer">x</a><a href="mailto:a@b.example" rel="noopener noreferrer">y</a>',
    ],
    [
      'colours and fonts',
      '<span style="COLOR: red; font-family:Calibri,\'Segoe UI\'">x</span>',
      `<span style="color: red; font-family: Calibri,'Segoe UI'">x</span>`,
    ],
    [
      'what stands in a mail body',
      '<html><head><title>t</title><style>p{}</style></head><body lang=DE><div class=x>a</div></body></html>',
      '<div>a</div>',
    ],
    ['lines', 'a<br/>b', 'a<br>b'],
    ['preformatted text', '<pre>  a\r\n  b</pre>', '<pre>  a\n  b</pre>'],
    ['signs that are no tags', 'a < b & c > d', 'a &lt; b &amp; c &gt; d'],
    ['characters by name and number', '&eacute;&#8364;&#x20AC;&#128;', 'é€€€'],
    ['blanks that mean something', '<b>a </b>b', '<b>a</b> b'],
    ['blanks that do not', ' <div>\n <p> a\n b </p>\n</div> ', '<div><p>a b</p></div>'],
    ['paragraphs that nobody ends', '<p>a<p>b', '<p>a</p><p>b</p>'],
    ['text inside of unknown elements', '<o:p>a</o:p><blink>b</blink>', 'ab'],
    ['an end of everything that is open', '<b><i>a', '<b><i>a</i></b>'],
  ];
  for (const [what, source, result] of kept) {
    it(what, () => assert.equal(sanitizeHtml(source), result));
  }

  it('is nothing where there is nothing to see', () => {
    assert.equal(sanitizeHtml('<html><body><p>&nbsp;</p><div> </div></body></html>'), '');
  });

  it('tells formatting from mere structure', () => {
    assert.equal(isFormatted('<div>a</div><p>b<br></p><span>c</span>'), false);
    assert.equal(isFormatted('<div><b>a</b></div>'), true);
    assert.equal(isFormatted('<p style="color: red">a</p>'), true);
  });
});

describe('html: what is not', () => {
  const attacks: readonly string[] = [
    '<script>alert(1)</script>',
    '<SCRIPT SRC=//e.example/x.js></SCRIPT >',
    '<script>/* </scriptx> */ alert(1)',
    '<img src=x onerror=alert(1)>',
    '<img src="https://e.example/pixel.gif">',
    '<svg><script>alert(1)</script></svg>',
    '<svg onload=alert(1)>',
    '<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>',
    '<iframe src="javascript:alert(1)"></iframe>',
    '<object data="x"></object><embed src=x>',
    '<form action="https://e.example"><input name=p></form>',
    '<base href="https://e.example/"><link rel=stylesheet href=x><meta http-equiv=refresh content="0;url=x">',
    '<a href="javascript:alert(1)">x</a>',
    '<a href="java\nscript:alert(1)">x</a>',
    '<a href="&#106;avascript:alert(1)">x</a>',
    '<a href="javascript&colon;alert(1)">x</a>',
    '<a href="data:text/html,<script>alert(1)</script>">x</a>',
    '<a href="vbscript:x">x</a><a href="file:///etc/passwd">x</a><a href="//e.example">x</a>',
    '<p style="background:url(https://e.example/x)">x</p>',
    '<p style="width: expression(alert(1))">x</p>',
    '<p style="color: red; position: fixed; top: 0; -moz-binding: url(x)">x</p>',
    '<p style="color: \\75rl(x)">x</p>',
    '<p onclick=alert(1) id=login name=x class=y>x</p>',
    '<!--[if mso]><script>alert(1)</script><![endif]-->',
    '<!--><script>alert(1)</script>-->',
    '<style>@import "https://e.example/x.css";</style>',
    '<title></title><script>alert(1)</script>',
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>"></noscript>',
    '<textarea></textarea><script>alert(1)</script>',
    '<a href="https://e.example" title="&quot;><script>alert(1)</script>">x</a>',
    '"><script>alert(1)</script>',
    '<<script>alert(1)</script>',
    '<p/onclick=alert(1)>x',
  ];
  for (const attack of attacks) {
    it(attack, () => assertHarmless(sanitizeHtml(`before ${attack} after`)));
  }

  it('remote images are their text, unless they are wanted', () => {
    const source = '<img src="https://e.example/x.png" alt="Plan" width=10 onload=x>';
    assert.equal(sanitizeHtml(source), 'Plan');
    assert.equal(
      sanitizeHtml(source, { remoteImages: true }),
      '<img src="https://e.example/x.png" alt="Plan" width="10">',
    );
    assert.equal(sanitizeHtml('<img src="javascript:x" alt="Plan">', { remoteImages: true }), 'Plan');
  });

  it('anything else that could be in it, in any order', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.constantFrom(...attacks, ...pieces), fc.string()), { maxLength: 12 }),
        (parts) => {
          const safe = sanitizeHtml(parts.join(''));
          assertHarmless(safe);
          assert.equal(sanitizeHtml(safe), safe, 'and it stays as it is');
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('takes work in proportion to the text', () => {
    for (const hostile of [
      '<',
      '<a ',
      '<a href="',
      '<!--',
      '&',
      '<p style="',
      '</',
      '<script>',
      '<b>',
      '<svg>',
    ]) {
      const touched = (times: number): number =>
        charactersTouched(() => void sanitizeHtml(hostile.repeat(times)));
      assert.ok(touched(50_000) <= 2.2 * touched(25_000) + 100, hostile);
    }
  });
});

const pieces: readonly string[] = [
  '<b',
  '>',
  '"',
  "'",
  '<p>',
  '</p>',
  '<pre>',
  '</pre>',
  '&lt;script&gt;',
  '<a href="',
  '<!--',
  '-->',
  '</script>',
  '<svg>',
  '</svg>',
  '&',
  '&#60;',
  '\u0000',
  '<style>',
  ' ',
];

/** Only tags of the list, only attributes of the list, only addresses that may be opened. */
function assertHarmless(html: string): void {
  const tags = html.match(/<[^>]*>?/g) ?? [];
  for (const tag of tags) {
    assert.match(
      tag,
      /^<\/?(?:a|abbr|address|b|big|blockquote|br|caption|center|cite|code|col|colgroup|dd|del|div|dl|dt|em|font|h[1-6]|hr|i|ins|kbd|li|ol|p|pre|q|s|samp|small|span|strike|strong|sub|sup|table|tbody|td|tfoot|th|thead|tr|tt|u|ul|var)(?: [a-z]+="[^"<>]*")*>$/,
      html,
    );
    const names = [...tag.matchAll(/ ([a-z]+)="/g)].map(([, name]) => name);
    assert.ok(
      !names.some((name) => name?.startsWith('on') || name === 'id' || name === 'class' || name === 'src'),
      tag,
    );
    const href = / href="([^"]*)"/.exec(tag)?.[1];
    if (href !== undefined) assert.match(href, /^(?:https?:\/\/|mailto:|tel:)/i);
    const style = / style="([^"]*)"/.exec(tag)?.[1];
    if (style !== undefined) assert.doesNotMatch(style, /url|expression|position|\\|binding/i);
  }
}

describe('html: as text', () => {
  const texts: readonly (readonly [what: string, source: string, result: string])[] = [
    ['lines of divisions', '<div>a</div><div>b</div>', 'a\nb'],
    ['paragraphs with a line between them', '<p>a</p><p>b</p>', 'a\n\nb'],
    ['line breaks', 'a<br>b<br><br>c', 'a\nb\n\nc'],
    ['lists with dashes', 'To do:<ul><li>one</li><li>two</li></ul>', 'To do:\n\n- one\n- two'],
    [
      'cells in a row',
      '<table><tr><td>a</td><td>b</td></tr><tr><td>c</td><td>d</td></tr></table>',
      'a b\nc d',
    ],
    [
      'links with their address',
      '<a href="https://e.example/x">here</a> or <a href="https://e.example">https://e.example</a>',
      'here <https://e.example/x> or https://e.example',
    ],
    ['addresses without their scheme', '<a href="mailto:a@b.example">a@b.example</a>', 'a@b.example'],
    ['preformatted text as it is', '<pre>a\n  b</pre>', 'a\n  b'],
    ['blanks as one', 'a&nbsp;&nbsp; b\n c', 'a b c'],
    ['no scripts', 'a<script>b</script>c<svg>d</svg>', 'ac'],
  ];
  for (const [what, source, result] of texts) {
    it(what, () => assert.equal(textOfHtml(source), result));
  }
});
