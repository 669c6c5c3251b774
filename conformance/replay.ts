import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Checks } from './checks.ts';
import {
  caldav,
  type DavAnswer,
  type DavResponse,
  dav,
  pathOf,
  responsesOf,
  send,
  sendFollowing,
} from './dav.ts';
import { unfold } from './objects.ts';
import { projectFolder } from './paths.ts';
import type { Target } from './target.ts';
import { descendants, type Element, readXml, textOf } from './xml.ts';

/** A recorded client session; the form is described in conformance/sessions/README.md. */
interface Session {
  readonly headers: Readonly<Record<string, string>>;
  readonly steps: readonly Step[];
}

interface Step {
  readonly id: string;
  readonly title: string;
  readonly method: string;
  readonly path: string;
  readonly depth?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | readonly string[];
  readonly props?: string;
  readonly auth?: false | 'bad';
  readonly redirect?: boolean;
  readonly needs?: string;
  readonly expect: Expectation;
  readonly save?: Readonly<Record<string, string>>;
}

interface Expectation {
  readonly status?: readonly number[];
  readonly header?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly also?: readonly string[];
  readonly notBody?: string;
  readonly xml?: boolean;
  readonly prop?: Readonly<Record<string, 'any' | 'href'>>;
  readonly changed?: Readonly<Record<string, string>>;
  readonly responses?: number;
  readonly calendars?: number;
}

interface PropertyLists {
  readonly namespaces: Readonly<Record<string, string>>;
  readonly sets: Readonly<Record<string, readonly string[]>>;
}

function readSession(name: string): string {
  return readFileSync(join(projectFolder, 'conformance/sessions', name), 'utf8');
}

/** Performs a session of `conformance/sessions` as the target's person and checks every answer. */
export async function replay(file: string, target: Target, checks: Checks): Promise<void> {
  const session: Session = JSON.parse(readSession(file));
  const properties: PropertyLists = JSON.parse(readSession('properties.json'));
  const { name: user, email } = target.account;
  const saved = new Map([
    ['uid', randomUUID().toUpperCase()],
    ['UID', randomUUID().toUpperCase()],
    ['user', user],
    ['email', email],
    ['origin', new URL(target.url).origin],
  ]);
  for (const step of session.steps) {
    if (step.needs !== undefined && !saved.has(step.needs)) {
      checks.skip(`${step.id}: ${step.title}`, `the server offers no ${step.needs}`);
      continue;
    }
    const path = fill(step.path, saved);
    if (/\{\w+\}/.test(path)) {
      checks.check(`${step.id}: ${step.title}`, false, `an earlier answer lacks ${path}`);
      continue;
    }
    const answer = await ask(step, path, session, properties, target, saved);
    const faults = [
      ...faultsOf(step.expect, answer, path, saved, properties),
      ...save(step.save ?? {}, answer, saved, properties),
    ];
    checks.check(`${step.id}: ${step.title}`, faults.length === 0, faults.join('; '));
  }
}

async function ask(
  step: Step,
  path: string,
  session: Session,
  properties: PropertyLists,
  target: Target,
  saved: ReadonlyMap<string, string>,
): Promise<DavAnswer> {
  const headers: Record<string, string> = { ...session.headers };
  if (step.depth !== undefined) headers['Depth'] = String(step.depth);
  for (const [name, value] of Object.entries(step.headers ?? {})) headers[name] = fill(value, saved);
  const given = typeof step.body === 'object' ? `${step.body.join('\r\n')}\r\n` : step.body;
  const body = step.props === undefined ? given && fill(given, saved) : propfindBody(step.props, properties);
  if (body !== undefined) headers['Content-Type'] ??= 'text/xml';
  const { name, password } = target.account;
  const as =
    step.auth === false
      ? undefined
      : { name, password: step.auth === 'bad' ? `wrong ${password}` : password };
  const url = new URL(path, target.url).href;
  const question = { method: step.method, url, headers, as, ...(body !== undefined && { body }) };
  return step.redirect ? sendFollowing(question) : send(question);
}

function propfindBody(set: string, { namespaces, sets }: PropertyLists): string {
  const declarations = Object.entries(namespaces).map(([prefix, uri]) => `xmlns:${prefix}="${uri}"`);
  const elements = (sets[set] ?? []).map((name) => `<${name}/>`);
  return `<?xml version="1.0" encoding="UTF-8"?><d:propfind ${declarations.join(' ')}><d:prop>${elements.join('')}</d:prop></d:propfind>`;
}

/** What the answer lacks, as short sentences. */
function faultsOf(
  expect: Expectation,
  answer: DavAnswer,
  path: string,
  saved: ReadonlyMap<string, string>,
  properties: PropertyLists,
): string[] {
  const faults: string[] = [];
  const fault = (wrong: boolean, sentence: string): void => {
    if (wrong) faults.push(sentence);
  };
  const responses = responsesOf(answer);
  const find = (name: string): Element | undefined => property(responses, name, properties);
  const body = unfold(answer.text.replaceAll('&#13;', '\r'));

  fault(!(expect.status ?? [answer.status]).includes(answer.status), `status ${answer.status}`);
  for (const [name, wanted] of Object.entries(expect.header ?? {})) {
    const value = answer.headers[name] ?? '';
    fault(!pattern(wanted, saved).test(value), `header ${name}: ${value || 'missing'}`);
  }
  for (const wanted of [expect.body ?? [], expect.also ?? []].flat()) {
    fault(!pattern(wanted, saved).test(body), `no /${wanted}/ in ${body.slice(0, 300)}`);
  }
  const { notBody } = expect;
  if (notBody !== undefined)
    fault(pattern(notBody, saved).test(body), `/${notBody}/ in ${body.slice(0, 300)}`);
  const mustBeXml = answer.status === 207 && (expect.xml === true || expect.prop !== undefined);
  fault(mustBeXml && readXml(answer.text) === undefined, 'the body is not well-formed');
  for (const [name, kind] of Object.entries(expect.prop ?? {})) {
    const found = find(name);
    fault(found === undefined, `no ${name}`);
    if (found && kind === 'href')
      fault(descendants(found, dav('href')).length === 0, `${name} without an href`);
  }
  for (const [name, before] of Object.entries(expect.changed ?? {})) {
    const found = find(name);
    fault(found === undefined || textOf(found) === saved.get(before), `${name} has not changed`);
  }
  const others = responses.filter(({ href }) => href !== path).length;
  fault(others !== (expect.responses ?? others), `${others} responses`);
  fault(calendarsIn(responses).length < (expect.calendars ?? 0), 'no calendar is listed');
  return faults;
}

/** Keeps what later steps need; answers a sentence for each thing that is not there. */
function save(
  wanted: Readonly<Record<string, string>>,
  answer: DavAnswer,
  saved: Map<string, string>,
  properties: PropertyLists,
): string[] {
  const missing: string[] = [];
  for (const [key, source] of Object.entries(wanted)) {
    const name = key.replace('?', '');
    const value = savedValue(source, answer, properties);
    if (value) saved.set(name, value);
    else if (!key.endsWith('?')) missing.push(`nothing to keep for ${name}`);
  }
  return missing;
}

function savedValue(source: string, answer: DavAnswer, properties: PropertyLists): string | undefined {
  if (source === '#etag') return answer.headers['etag'];
  if (source.startsWith('!')) {
    const element = readXml(answer.text)?.children.find(({ name }) => name === dav(source.slice(1)));
    return element && textOf(element);
  }
  const responses = responsesOf(answer);
  if (source.startsWith('@calendar:')) {
    const component = source.slice('@calendar:'.length);
    return calendarsIn(responses).find((calendar) => takes(calendar, component))?.href;
  }
  const found = property(responses, source, properties);
  const href = found && descendants(found, dav('href'))[0];
  return href === undefined ? found && textOf(found) : pathOf(textOf(href));
}

function calendarsIn(responses: readonly DavResponse[]): DavResponse[] {
  return responses.filter(({ found }) => {
    const type = found.find(({ name }) => name === dav('resourcetype'));
    return type !== undefined && descendants(type, caldav('calendar')).length > 0;
  });
}

function takes({ found }: DavResponse, component: string): boolean {
  const set = found.find(({ name }) => name === caldav('supported-calendar-component-set'));
  return (
    set === undefined ||
    descendants(set, caldav('comp')).some(({ attributes }) => attributes.get('name') === component)
  );
}

/** The first property found under a name such as `d:getetag`. */
function property(
  responses: readonly DavResponse[],
  prefixed: string,
  lists: PropertyLists,
): Element | undefined {
  const [prefix = '', local = ''] = prefixed.split(':');
  const wanted = `{${lists.namespaces[prefix] ?? ''}}${local}`;
  return responses.flatMap(({ found }) => found).find(({ name }) => name === wanted);
}

function pattern(source: string, saved: ReadonlyMap<string, string>): RegExp {
  const ignoreCase = source.startsWith('(?i)');
  const quoted = new Map(
    [...saved].map(([key, value]) => [key, value.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')]),
  );
  return new RegExp(fill(ignoreCase ? source.slice(4) : source, quoted), ignoreCase ? 'i' : '');
}

/** Puts dates and saved values into the braces of a text; unknown names stay as they are. */
function fill(text: string, saved: ReadonlyMap<string, string>): string {
  return text
    .replace(/\{today([+-]\d+)?\}/g, (_, days?: string) => dateAfter(Number(days ?? 0)))
    .replace(/\{(\w+)\}/g, (whole, name: string) => saved.get(name) ?? whole);
}

function dateAfter(days: number): string {
  return new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10).replaceAll('-', '');
}
