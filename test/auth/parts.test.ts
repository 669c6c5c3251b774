import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { readBasic } from '../../src/auth/basic.ts';
import { BoundedMap } from '../../src/auth/bounded-map.ts';
import { escapedDn, escapedFilter } from '../../src/auth/ldap.ts';
import { limited } from '../../src/auth/limited.ts';
import { readings } from '../../src/auth/login-name.ts';
import { network } from '../../src/auth/throttle.ts';
import { charactersTouched } from '../characters-touched.ts';
import { basic } from './installation.ts';

describe('Basic credentials', () => {
  it('are split at the first colon', () => {
    assert.deepEqual(readBasic(basic('a@b', 'c:d:')), { is: 'credentials', name: 'a@b', password: 'c:d:' });
    assert.deepEqual(readBasic(basic('a', '')), { is: 'credentials', name: 'a', password: '' });
  });

  it('come back as they were sent, in UTF-8 or Latin-1', () => {
    const text = fc.string({
      unit: fc.constantFrom(...Array.from(' !#$%&()*+,-./09;<=>?@AZ[\\]^_`az{|}~åäöÅé')),
    });
    fc.assert(
      fc.property(text, text, fc.constantFrom('utf8', 'latin1'), (name, password, encoding) => {
        fc.pre(name !== '');
        const read = readBasic(basic(name, password, encoding));
        // A Latin-1 text may by chance be valid UTF-8: then it is read as such.
        if (encoding === 'utf8') assert.deepEqual(read, { is: 'credentials', name, password });
        else assert.equal(read.is, 'credentials');
      }),
    );
  });

  it('are none in another scheme, and malformed where they cannot be read', () => {
    for (const header of [undefined, '', 'Bearer x', 'Digest x', 'Negotiate'])
      assert.equal(readBasic(header).is, 'none');
    for (const header of [
      'Basic ',
      'Basic !',
      'basic YWJj',
      `Basic ${Buffer.from(':x').toString('base64')}`,
      basic('a\0', 'b'),
      basic('a', 'b\r\n'),
    ])
      assert.equal(readBasic(header).is, 'malformed', header);
  });

  it('are read with work in proportion to their length, whatever is sent', () => {
    const touched = (length: number): number =>
      charactersTouched(() => {
        for (const header of [
          `Basic ${' '.repeat(length)}`,
          `Basic ${'='.repeat(length)}x`,
          `${' '.repeat(length)}Basic`,
        ])
          readBasic(header);
      });
    assert.ok(touched(16_000) <= 2 * touched(8_000) + 100);
  });
});

describe('login name', () => {
  it('may stand for itself, for its decoded form, and for what follows a domain', () => {
    assert.deepEqual(readings('Alice'), ['alice']);
    assert.deepEqual(readings('a%40b.example'), ['a%40b.example', 'a@b.example']);
    assert.deepEqual(readings('CORP\\Alice'), ['corp\\alice', 'alice']);
    assert.deepEqual(readings('100%'), ['100%']);
    assert.deepEqual(readings('  '), []);
    assert.deepEqual(readings('\\'), ['\\']);
  });
});

describe('network of an address', () => {
  it('is the address, or the half of IPv6 that a customer has', () => {
    assert.equal(network('203.0.113.7'), '203.0.113.7');
    assert.equal(network('2001:db8:1:2:3:4:5:6'), '2001:db8:1:2::/64');
    assert.equal(network('2001:db8::1'), '2001:db8:0:0::/64');
    assert.equal(network('::1'), '0:0:0:0::/64');
    assert.equal(network('fe80::'), 'fe80:0:0:0::/64');
  });
});

describe('bounded map', () => {
  it('forgets what was not used for longest', () => {
    const map = new BoundedMap<string, number>(2);
    map.set('a', 1);
    map.set('b', 2);
    assert.equal(map.get('a'), 1);
    map.set('c', 3);
    assert.deepEqual([map.get('a'), map.get('b'), map.get('c')], [1, undefined, 3]);
    map.delete('a');
    assert.equal(map.get('a'), undefined);
    assert.equal(map.size, 1);
  });
});

describe('limited work', () => {
  it('runs so many at a time, in the order they came, and turns away who would wait too long', async () => {
    const slots = limited(2, 3);
    const order: number[] = [];
    let running = 0;
    let most = 0;
    const work = (number: number) => async (): Promise<number> => {
      running += 1;
      most = Math.max(most, running);
      order.push(number);
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
      return number;
    };
    const answers = await Promise.all([1, 2, 3, 4, 5, 6, 7].map((number) => slots(work(number), 'full')));
    assert.deepEqual(answers, [1, 2, 3, 4, 5, 'full', 'full']);
    assert.deepEqual(order, [1, 2, 3, 4, 5]);
    assert.equal(most, 2);
  });

  it('goes on after work that fails', async () => {
    const slots = limited(1, 1);
    const failed = slots(() => Promise.reject(new Error('x')), 'full');
    const next = slots(() => Promise.resolve('done'), 'full');
    await assert.rejects(failed);
    assert.equal(await next, 'done');
  });
});

describe('names inside LDAP', () => {
  it('cannot end a DN or begin another', () => {
    assert.equal(escapedDn('alice,ou=admins'), 'alice\\,ou\\=admins');
    assert.equal(escapedDn('#a b '), '\\#a b\\20');
    assert.equal(escapedDn(' a\0"<>;+\\'), '\\20a\\00\\"\\<\\>\\;\\+\\\\');
  });

  it('cannot act as a filter', () => {
    assert.equal(escapedFilter('*)(uid=*'), '\\2a\\29\\28uid=\\2a');
    assert.equal(escapedFilter('a\\b\0'), 'a\\5cb\\00');
    assert.equal(escapedFilter('Ёлкин'), 'Ёлкин');
  });
});
