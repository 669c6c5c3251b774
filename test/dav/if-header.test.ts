import assert from 'node:assert/strict';
import { Refusal } from '../../src/core/refusal.ts';
import { type IfState, ifHolds, parseIf, submittedTokens } from '../../src/dav/if-header.ts';

const site = { basePath: '/', origins: ['http://www.example.com'] };
const parse = (value: string): ReturnType<typeof parseIf> => parseIf(value, site, undefined);

/** The request URI has the etag "e" and the lock L1; /other has "o" and L2. */
async function holds(value: string): Promise<boolean> {
  return ifHolds(parse(value), async (path): Promise<IfState> => {
    if (path === undefined) return { etag: '"e"', tokens: ['urn:L1'] };
    return path.segments[0] === 'other'
      ? { etag: '"o"', tokens: ['urn:L2'] }
      : { etag: undefined, tokens: [] };
  });
}

describe('If header', () => {
  it('reads tagged lists, Not, tokens and etags', () => {
    assert.deepEqual(
      parse('<http://www.example.com/a> (<urn:L1> ["x]y"]) (Not <DAV:no-lock>[W/"z"])</b>( not["q"] )'),
      {
        lists: [
          {
            resource: { segments: ['a'], trailingSlash: false },
            conditions: [
              { is: 'token', not: false, token: 'urn:L1' },
              { is: 'etag', not: false, etag: '"x]y"' },
            ],
          },
          {
            resource: { segments: ['a'], trailingSlash: false },
            conditions: [
              { is: 'token', not: true, token: 'DAV:no-lock' },
              { is: 'etag', not: false, etag: 'W/"z"' },
            ],
          },
          {
            resource: { segments: ['b'], trailingSlash: false },
            conditions: [{ is: 'etag', not: true, etag: '"q"' }],
          },
        ],
      },
    );
    assert.equal(parse('<http://elsewhere.org/a> (<urn:x>)').lists[0]?.resource, 'elsewhere');
  });

  for (const broken of [
    '',
    ' ',
    '()',
    '(<urn:x>',
    '<urn:x>',
    '(urn:x)',
    '(["x])',
    '(["x" y])',
    '([x])',
    '(<urn:x>) x',
    '</a> </b> (<urn:x>)',
    '(Not)',
  ]) {
    it(`refuses ${JSON.stringify(broken)}`, () => {
      assert.throws(
        () => parse(broken),
        (error) => error instanceof Refusal && error.code === 'malformed-request',
      );
    });
  }

  it('bounds the number of conditions', () => {
    assert.equal(parse('(<urn:x>)'.repeat(1000)).lists.length, 1000);
    assert.throws(() => parse('(<urn:x>)'.repeat(1001)), /too many conditions/);
  });

  for (const [value, expected] of [
    ['(<urn:L1>)', true],
    ['(<urn:L2>)', false],
    ['(<urn:L1> ["e"])', true],
    ['(<urn:L1> ["f"])', false],
    ['(["f"]) (["e"])', true],
    ['([W/"e"])', false],
    ['(Not <urn:L2>)', true],
    ['(Not <urn:L1>)', false],
    ['(<urn:L2>) (Not <DAV:no-lock>)', true],
    ['</other> (<urn:L2> ["o"])', true],
    ['</other> (<urn:L1>)', false],
    ['</missing> (Not ["x"])', true],
    ['<http://elsewhere.org/a> (<urn:L1>)', false],
    ['<http://elsewhere.org/a> (Not <urn:L1>)', true],
  ] as const) {
    it(`${expected ? 'holds' : 'does not hold'}: ${value}`, async () => {
      assert.equal(await holds(value), expected);
    });
  }

  it('submits each token that it names', () => {
    assert.deepEqual(
      [...submittedTokens(parse('(<urn:a>) (Not <urn:b> ["e"]) (<urn:a>)'))],
      ['urn:a', 'urn:b'],
    );
    assert.equal(submittedTokens(undefined).size, 0);
  });
});
