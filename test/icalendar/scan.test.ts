import assert from 'node:assert/strict';
import { BrokenLine, LineScanner, type Property } from '../../src/icalendar/scan.ts';

const lines = (text: string | Uint8Array): (Property | BrokenLine)[] => {
  const scanner = new LineScanner(typeof text === 'string' ? Buffer.from(text) : text);
  const found: (Property | BrokenLine)[] = [];
  for (let line = scanner.next(); line; line = scanner.next()) found.push(line);
  return found;
};

const only = (text: string): Property => {
  const [line, more] = lines(text);
  assert(line && !(line instanceof BrokenLine) && !more);
  return line;
};

const contents = (text: string): string[] =>
  lines(text).map((line) =>
    line instanceof BrokenLine ? `broken in ${line.line}: ${line.reason}` : line.content,
  );

describe('the line scanner', () => {
  it('takes CRLF, LF and CR for line ends, also mixed', () => {
    assert.deepEqual(contents('A:1\r\nB:2\nC:3\rD:4'), ['A:1', 'B:2', 'C:3', 'D:4']);
  });

  it('takes CR CR LF for one line end, also where it folds', () => {
    assert.deepEqual(contents('A:1\r\r\n 2\r\r\nB:3\r\r\n'), ['A:12', 'B:3']);
  });

  it('finds the colon behind a TZID that has one in it and no quotes', () => {
    for (const tzid of ['(UTC+02:00) Helsinki', 'GMT+03:00', 'tzone://Microsoft/Utc']) {
      const line = only(`DTSTART;TZID=${tzid}:20260310T090000`);
      assert.deepEqual([line.param('TZID'), line.rawValue], [tzid, '20260310T090000']);
    }
  });

  it('takes U+2028, U+2029 and U+0085 for text', () => {
    assert.equal(only('A:x\u2028y\u2029z\u0085').rawValue, 'x\u2028y\u2029z\u0085');
  });

  it('decodes a long text as it decodes a short one', () => {
    for (const unit of ['é', 'привет ', '😀 e\u0301', '\ufeff', 'lorem ipsum ü '])
      for (const length of [10, 70_000]) {
        const text = unit.repeat(Math.ceil(length / unit.length));
        assert.equal(only(`A;B="${text}":${text}`.replaceAll('"', '')).content, `A;B=${text}:${text}`);
      }
  });

  it('keeps the place of what is no UTF-8 in a long text', () => {
    const line = lines(Buffer.from(`A:${'\xe9'.repeat(70_000)}`, 'latin1'))[0];
    assert(line && !(line instanceof BrokenLine));
    assert.equal(line.rawValue, '\ufffd'.repeat(70_000));
  });

  it('passes over blank lines but counts them', () => {
    const [first, second] = lines('\r\n\nA:1\r\n \r\n\r\nB:2\r\n');
    assert.deepEqual([first?.line, second?.line], [3, 6]);
  });

  it('stops once behind a million blank lines, and goes on', () => {
    const found = lines(`A:1\r\n${'\r\n'.repeat(1_000_000)}B:2`);
    const contents = found.map((line) => (line instanceof BrokenLine ? line.reason : line.content));
    assert.deepEqual(
      [...new Set(contents)],
      ['A:1', 'stands behind more blank lines than anybody reads', 'B:2'],
    );
    assert.equal(found.at(-1)?.line, 1_000_002);
  });

  it('passes over a line of blanks alone', () => {
    assert.deepEqual(contents('A:1\r\n\r\n \r\n\t\r\nB:2'), ['A:1', 'B:2']);
  });

  it('joins folded lines by blank and by tab, and knows where the whole line lies', () => {
    const [first, second] = lines('A:1\r\n 2\r\n\t3\r\nB:4');
    assert(first && !(first instanceof BrokenLine) && second);
    assert.equal(first.rawValue, '123');
    assert.deepEqual([first.start, first.end, second.start, second.line], [0, 13, 13, 4]);
  });

  it('joins a fold inside a name, a parameter and a UTF-8 character', () => {
    const bytes = Buffer.concat([
      Buffer.from('SUM\r\n MARY;X-A=\r\n "b":caf'),
      Buffer.from([0xc3]),
      Buffer.from('\r\n '),
      Buffer.from([0xa9]),
    ]);
    const [line] = lines(bytes);
    assert(line && !(line instanceof BrokenLine));
    assert.deepEqual([line.name, line.param('x-a'), line.rawValue], ['SUMMARY', 'b', 'café']);
  });

  it('reads names in upper case, values as they are', () => {
    const line = only('summary;language=De:Text');
    assert.deepEqual(
      [line.name, line.rawValue, line.params],
      ['SUMMARY', 'Text', [{ name: 'LANGUAGE', values: ['De'] }]],
    );
  });

  it('reads names that are against the grammar but seen in the wild', () => {
    assert.deepEqual(contents('X_Y:1\nX-M-PM-$:2\n1A:3\nÜBER:4'), ['X_Y:1', 'X-M-PM-$:2', '1A:3', 'ÜBER:4']);
    assert.equal(only('über:4').name, 'ÜBER');
  });

  it('takes commas, semicolons and colons inside quotes for text', () => {
    const line = only('ATTENDEE;CN="Doe, J; x:y";MEMBER="mailto:a@b","mailto:c@d":mailto:e@f');
    assert.deepEqual(line.params, [
      { name: 'CN', values: ['Doe, J; x:y'] },
      { name: 'MEMBER', values: ['mailto:a@b', 'mailto:c@d'] },
    ]);
    assert.equal(line.rawValue, 'mailto:e@f');
  });

  it('decodes carets in parameters, and leaves unknown ones (RFC 6868)', () => {
    assert.equal(only("A;CN=^'x^' ^^ ^n^z:1").param('CN'), '"x" ^ \n^z');
  });

  it('takes a quotation mark inside an unquoted value, or text behind a quoted one, as it comes', () => {
    assert.deepEqual(only('A;CN=a"b;X="c"d:1').params, [
      { name: 'CN', values: ['a"b'] },
      { name: 'X', values: ['cd'] },
    ]);
  });

  it('reads the unquoted zones of Outlook', () => {
    const line = only('DTSTART;TZID=tzone://Microsoft/Custom:20260310T100000');
    assert.deepEqual([line.param('TZID'), line.rawValue], ['tzone://Microsoft/Custom', '20260310T100000']);
  });

  it('reads parameters without a value, and gives none where there is none', () => {
    assert.deepEqual(only('A;X=:1').params, [{ name: 'X', values: [''] }]);
    assert.deepEqual(only('A:1').params, []);
    assert.equal(only('A:1').param('X'), undefined);
    assert.equal(only('A;X=1:1').param('Y'), undefined);
  });

  it('says what is wrong with a line that is none', () => {
    assert.deepEqual(contents('no colon here\n:x\nABC\nA;X:1\nA;=2:1\nA;X="1:2\nA;X=1'), [
      'broken in 1: does not begin with a property name',
      'broken in 2: does not begin with a property name',
      'broken in 3: has no colon',
      'broken in 4: has a parameter without a value',
      'broken in 5: has a parameter without a value',
      'broken in 6: has no colon',
      'broken in 7: has no colon',
    ]);
  });

  it('takes long parameters, but not more than anybody reads', () => {
    const html = `data:text/html,${',;:'.repeat(20_000)}`;
    assert.equal(only(`DESCRIPTION;ALTREP="${html}":x`).param('ALTREP'), html);
    for (const parameters of [
      `X="${'x'.repeat(600_000)}"`,
      `X=${'1,'.repeat(10_001)}1`,
      `X=${'"1",'.repeat(10_001)}1`,
    ])
      assert.deepEqual(contents(`A;${parameters}:1`), [
        'broken in 1: has more parameters than anybody reads',
      ]);
  });

  it('counts lines from the one that it is given', () => {
    assert.equal(new LineScanner(Buffer.from('A:1'), 7).next()?.line, 7);
  });

  it('reads a line that is folded very often as it reads others', () => {
    for (const end of ['\r\n', '\n', '\r', '\r\r\n']) {
      const folds = Array.from(
        { length: 300 },
        (_, n) => `${end}${n % 2 ? ' ' : '\t'}${n % 7 ? `${n}é` : ''}`,
      );
      const [long, next, ...others] = lines(`A:1${folds.join('')}${end}B:2${end}`);
      assert(long && next && !(long instanceof BrokenLine));
      assert.equal(long.rawValue, `1${folds.map((fold) => fold.slice(end.length + 1)).join('')}`);
      assert.equal(long.end, next.start);
      assert.deepEqual([long.line, next.line, others], [1, 302, []]);
    }
    assert.equal(only(`A:1${'\r\n x'.repeat(200)}`).rawValue, `1${'x'.repeat(200)}`);
    assert.equal(only(`A:1${'\n xy'.repeat(9_000)}\n `).rawValue.length, 18_001);
  });

  it('gives a line up that is folded more often than anybody reads', () => {
    const scanner = new LineScanner(Buffer.from(`A:1${'\r\n '.repeat(600_000)}\r\nB:2`));
    const first = scanner.next();
    assert.ok(first instanceof BrokenLine);
    assert.ok(scanner.lineNumber <= 500_001);
  });

  it('tells places in a file of which it has a part', () => {
    const line = new LineScanner(Buffer.from('A:1\r\n 2\r\n'), 7, 1000).next();
    assert.ok(line && !(line instanceof BrokenLine));
    assert.deepEqual([line.line, line.start, line.end, line.rawValue], [7, 1000, 1009, '12']);
  });

  it('reads folds of one character, lines of CR alone, and many parameters', () => {
    const folded = `A:${'\r\n x'.repeat(200_000)}`;
    assert.equal(only(folded).rawValue.length, 200_000);
    assert.equal(lines('A:1\r'.repeat(200_000)).length, 200_000);
    assert.equal(only(`A${';X=1'.repeat(10_000)}:1`).params.length, 10_000);
    assert.match(contents(`A${';X=1'.repeat(100_000)}:1`)[0] ?? '', /more parameters/);
    assert.equal(lines(`A;X=${'"'.repeat(200_000)}`).length, 1);
  });
});
