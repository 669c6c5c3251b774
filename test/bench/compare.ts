/**
 * The same work on one or several CalDAV servers, interleaved:
 *
 *   node dist/test/bench/compare.js [--targets portcal,ceiling-full,cyrus,radicale,xandikos] [--events 1000,10000]
 *     [--rounds 3] [--only REGEXP] [--slice FACTOR] [--office-seconds 30] [--phones 30] [--no-stalls] [--out FILE.json]
 *     [--fill-limit SECONDS] [--request-limit SECONDS] [--operation-limit SECONDS] [--server-limit SECONDS]
 *     [--no-direct-fill] [--seed 1]
 *     [--url URL --home PATH --user NAME --password PASSWORD --label NAME]   a server that runs already
 *
 * See test/bench/README.md for what is measured and how fair that is.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { measure } from './engine.ts';
import { plan } from './plan.ts';
import { Servers } from './servers.ts';
import { tables } from './tables.ts';
import type { RunningTarget } from './targets.ts';

const { values } = parseArgs({
  options: {
    targets: { type: 'string', default: 'portcal' },
    events: { type: 'string', default: '1000' },
    rounds: { type: 'string', default: '3' },
    only: { type: 'string' },
    slice: { type: 'string', default: '1' },
    'office-seconds': { type: 'string', default: '0' },
    phones: { type: 'string', default: '30' },
    'no-stalls': { type: 'boolean', default: false },
    out: { type: 'string' },
    'fill-limit': { type: 'string', default: '300' },
    'request-limit': { type: 'string', default: '60' },
    'operation-limit': { type: 'string', default: '10' },
    'server-limit': { type: 'string', default: '90' },
    'no-direct-fill': { type: 'boolean', default: false },
    seed: { type: 'string', default: '1' },
    url: { type: 'string' },
    home: { type: 'string' },
    user: { type: 'string' },
    password: { type: 'string' },
    label: { type: 'string', default: 'server' },
  },
});

const started = performance.now();
const seconds = (text: string): number => Number(text) * 1000;
const running: RunningTarget[] = [];
const servers = new Servers();
try {
  if (values.url === undefined)
    for (const name of values.targets.split(',')) running.push(await servers.start(name));
  else running.push(foreignTarget(values.url));
  const officeMs = seconds(values['office-seconds']);
  const result = await measure(running, {
    steps: values.events.split(',').map(Number),
    rounds: Number(values.rounds),
    seed: Number(values.seed),
    plan: plan(Number(values.slice), values.only === undefined ? undefined : new RegExp(values.only)),
    fillLimitMs: seconds(values['fill-limit']),
    requestLimitMs: seconds(values['request-limit']),
    budget: {
      operationMs: seconds(values['operation-limit']),
      serverMs: seconds(values['server-limit']),
    },
    fillsDirectly: !values['no-direct-fill'],
    office: officeMs > 0 ? { phones: Number(values.phones), maxMs: officeMs } : undefined,
    measureStalls: !values['no-stalls'],
    log: (line) =>
      console.error(`${((performance.now() - started) / 1000).toFixed(0).padStart(4)} s  ${line}`),
    save: (state) => {
      if (values.out !== undefined) writeFileSync(values.out, `${JSON.stringify(state, null, 1)}\n`);
    },
  });
  console.log(tables(result));
} finally {
  await servers.stop();
}

function foreignTarget(url: string): RunningTarget {
  const { home, user, password, label } = values;
  if (home === undefined) throw new Error('--url needs --home, the path below which a calendar may be made');
  const account = user === undefined ? undefined : { name: user, password: password ?? '' };
  const target = {
    label,
    origin: new URL(url).origin,
    account,
    home: home.replace(/\/?$/, '/'),
    exports: true,
    pids: [],
  };
  return { target, stop: async () => {} };
}
