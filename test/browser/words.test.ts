/** What the page calls things, without a browser. */
import assert from 'node:assert/strict';
import { speak } from '../../src/web/text.ts';
import { programName } from '../../src/web/ui/program.ts';

describe('programs', () => {
  const windows = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64)';
  const chrome = 'AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36';
  const rows: readonly (readonly [program: string, name: string])[] = [
    [`${windows.replace(')', '; rv:143.0)')} Gecko/20100101 Firefox/143.0`, 'Firefox on Windows'],
    [`${windows} ${chrome} Edg/140.0.0.0`, 'Edge on Windows'],
    [`Mozilla/5.0 (Linux; Android 10; K) ${chrome}`, 'Chrome on Android'],
    [
      'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile/15E148 Safari/604.1',
      'Safari on iPhone',
    ],
    ['Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Thunderbird/128.0', 'Thunderbird on Linux'],
    ['iOS/18.0 (22A3354) dataaccessd/1.0', 'iPhone / iPad'],
    ['macOS/15.0 (24A335) CalendarAgent/1133', 'Mac'],
    ['DAVx5/4.4.3-ose (2024/10/28; dav4jvm; okhttp/4.12.0) Android/14', 'DAVx⁵'],
    ['Google-Calendar-Importer', 'Google'],
    ['vdirsyncer/0.19.2', 'vdirsyncer'],
    ['', ''],
  ];
  before(async () => {
    Object.assign(globalThis, { document: { documentElement: {} } });
    await speak('en');
  });
  after(() => {
    Reflect.deleteProperty(globalThis, 'document');
  });
  for (const [program, name] of rows)
    it(`${program.slice(0, 40)}… is called ${name}`, () => assert.equal(programName(program), name));
});
