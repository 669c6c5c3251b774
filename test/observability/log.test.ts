import assert from 'node:assert/strict';
import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { createLog, type LogOptions, silentLog } from '../../src/observability/log.ts';
import { pathTemplate, programName } from '../../src/observability/path-template.ts';
import { prettyLine } from '../../src/observability/pretty.ts';

function written(
  use: (log: ReturnType<typeof createLog>) => void,
  options: Partial<LogOptions> = {},
): string[] {
  const lines: string[] = [];
  const to = { write: (line: string) => void lines.push(line) };
  use(createLog({ level: 'info', format: 'json', to, ...options }));
  return lines;
}

describe('log', () => {
  const line = {
    id: 'r1',
    door: 'dav',
    method: 'PUT',
    path: '/dav/*',
    status: 201,
    ms: 3.2,
    bytes: 0,
    principal: 7,
    program: 'iOS/18',
  };

  it('writes one JSON object a line, with level and time and without host or process', () => {
    const [json = ''] = written((log) => log.request(line));
    const { time, ...fields }: { time: string } = JSON.parse(json);
    assert.deepEqual(fields, { level: 'info', ...line, msg: 'request' });
    assert.match(time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    assert.ok(json.endsWith('\n'));
  });

  it('warns of slow and of failed requests', () => {
    const lines = written(
      (log) => {
        log.request({ ...line, ms: 999 });
        log.request({ ...line, ms: 1000 });
        log.request({ ...line, status: 503 });
      },
      { level: 'warn' },
    );
    assert.equal(lines.length, 2);
  });

  it('names the address of a failed sign-in where fail2ban looks for it', () => {
    const [json = ''] = written((log) =>
      log.signInFailed({ id: 'r1', door: 'dav', address: '203.0.113.7', reason: 'wrong-credentials' }),
    );
    assert.match(json, /"address":"203\.0\.113\.7",.*"msg":"sign-in failed"/);
  });

  it('leaves the message of an unexpected error out, for it may quote data, and keeps where it came from', () => {
    const cause = Object.assign(new TypeError('secret title'), { code: 'SQLITE_BUSY' });
    const [json = ''] = written((log) =>
      log.failure('request failed', new Error('secret title', { cause }), 'r9'),
    );
    assert.doesNotMatch(json, /secret title/);
    assert.match(json, /"id":"r9"/);
    assert.match(json, /"error":"TypeError","code":"SQLITE_BUSY"/);
    assert.match(json, /log\.test/);
    const [other = ''] = written((log) => log.failure('request failed', 'a string'));
    assert.match(other, /"error":"string"/);
  });

  it('keeps quiet below its level', async () => {
    assert.deepEqual(
      written((log) => log.event('info', 'started'), { level: 'warn' }),
      [],
    );
    assert.equal(written((log) => log.event('warn', 'slow', { ms: 900 }), { level: 'warn' }).length, 1);
    silentLog.request(line);
    silentLog.event('error', 'nobody hears');
    silentLog.failure('nobody hears', undefined);
    silentLog.signInFailed({ id: '', door: '', address: '', reason: 'malformed' });
    await silentLog.close();
  });

  it('reads well on a terminal', () => {
    const [request = '', failure = ''] = written(
      (log) => {
        log.request(line);
        log.failure('request failed', new Error('x', { cause: new Error('y') }), 'r1');
      },
      { format: 'pretty' },
    );
    assert.match(
      request,
      /^\d\d:\d\d:\d\d INFO {2}PUT \/dav\/\* 201 3\.2 ms id=r1 door=dav bytes=0 principal=7 program=iOS\/18\n$/,
    );
    assert.match(failure, /ERROR request failed id=r1 error=Error\n {4}at .*\n[^]* {4}because: /);
    assert.equal(typeof prettyLine('null'), 'string');
  });

  it('goes to a file descriptor without holding up whoever logs', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'portcal-log-'));
    const file = openSync(join(folder, 'log'), 'w');
    const log = createLog({ level: 'info', format: 'json', to: file });
    log.event('info', 'started', { port: 8080 });
    await log.close();
    assert.match(readFileSync(join(folder, 'log'), 'utf8'), /"port":8080/);
    rmSync(folder, { recursive: true });
  });
});

describe('path template', () => {
  it('keeps the server’s own words and nothing else', () => {
    assert.equal(pathTemplate('/dav/calendars/alice@example.com/work/a.ics'), '/dav/calendars/*/*/*');
    assert.equal(pathTemplate('/feed/3q2b8gk1/work.ics'), '/feed/*/*');
    assert.equal(pathTemplate('/.well-known/caldav'), '/.well-known/caldav');
    assert.equal(pathTemplate('/'), '/');
    assert.equal(pathTemplate('/secret/feed'), '/*/*');
    assert.equal(pathTemplate('/dav/principals/admin/'), '/dav/principals/*/', 'a person of this name');
    assert.equal(pathTemplate('/dav/calendars/files/feed/'), '/dav/calendars/*/*/');
  });

  it('has a bounded length and holds no character of anybody’s choice', () => {
    fc.assert(
      fc.property(fc.array(fc.webSegment(), { maxLength: 30 }), (segments) => {
        const template = pathTemplate(`/dav/calendars/${segments.join('/')}`);
        assert.match(template, /^\/dav\/calendars[*/]*$/);
        assert.ok(template.length < 120);
      }),
    );
  });
});

describe('program name', () => {
  it('is short and printable', () => {
    assert.equal(programName('iOS/18.1 (22B83) dataaccessd/1.0'), 'iOS/18.1 (22B83) dataaccessd/1.0');
    assert.equal(programName('a\r\nb\u0416'), 'a??b?');
    assert.equal(programName('x'.repeat(500))?.length, 80);
    assert.equal(programName(undefined), undefined);
  });
});
