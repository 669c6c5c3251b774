/**
 * Entries of the audit as the API tells of them: with the names that things have now, and in parts, so that the page can say
 * them in its own language. What is stored (service/audit.ts) is `calendar 4711, person 12, read`.
 */
import type { AuditEntry as StoredEntry } from '../core/portal.ts';
import type { Services } from '../service/context.ts';
import type { AuditEntry, AuditPart } from './api.ts';
import { pathId, timestamp } from './route.ts';

export async function auditShape(services: Services, entry: StoredEntry): Promise<AuditEntry> {
  const { id, at, who, via, action, address } = entry;
  const about = await Promise.all(subjectParts(entry).map((part) => named(services, part)));
  const subject = about.map(inEnglish).join(', ');
  return { id: String(id), at: timestamp(at), who, via, action, subject, about, address };
}

/**
 * The parts of a subject, with ids that are replaced by names later. People's own words come last, and may contain
 * anything.
 */
function subjectParts({ action, subject }: Pick<StoredEntry, 'action' | 'subject'>): readonly AuditPart[] {
  if (subject === '') return [];
  if (action === 'policy.set') {
    const [key = '', ...value] = subject.split(' ');
    const said: AuditPart[] =
      value.length === 0 ? [] : [wordOrText(value.join(' '), isWord.has(value[0] ?? ''))];
    return [{ is: 'rule', text: key }, ...said];
  }
  if (action === 'exchange.setting') return [{ is: 'setting', text: subject }];
  if (action === 'sign-in') return [{ is: 'program', text: subject }];
  if (action === 'device.connect') return connected(subject);
  const parts: AuditPart[] = [];
  const chunks = subject.split(', ');
  for (const [at, chunk] of chunks.entries()) {
    const [, kind, name] =
      /^(calendar|person|link|app password|account|exchange link) (\d{1,16})$/.exec(chunk) ?? [];
    const is = kind === undefined ? undefined : things[kind];
    if (is !== undefined && name !== undefined) parts.push({ is, text: name });
    else if (action === 'person.create') return [made(subject)];
    else if (withWords.has(action) && isWord.has(chunk)) parts.push({ is: 'word', text: chunk });
    else return [...parts, { is: 'text', text: chunks.slice(at).join(', ') }];
  }
  return parts;
}

const things: Readonly<Record<string, AuditPart['is']>> = {
  calendar: 'calendar',
  person: 'person',
  link: 'link',
  'app password': 'app-password',
  account: 'account',
  'exchange link': 'exchange-link',
};

/** Actions whose subject ends with words of a closed list; what others say could be a label that happens to be one. */
const withWords: ReadonlySet<string> = new Set([
  'share.set',
  'share.remove',
  'person.change',
  'calendar.export',
  'link.create',
  'exchange.mode',
]);
const isWord: ReadonlySet<string> = new Set(
  [
    'everyone, busy, titles, read, edit, manage',
    'administrator, no administrator, disabled, enabled, addresses, allowed, not allowed',
    'favourites, both, from_remote, to_remote, forbidden, owner, full, yes, no',
  ]
    .join(', ')
    .split(', '),
);

function wordOrText(text: string, known: boolean): AuditPart {
  return { is: known ? 'word' : 'text', text };
}

/** `Kitchen, left, iOS/18.0 (…) …`: programs begin with a word and their version, labels may have commas. */
function connected(subject: string): readonly AuditPart[] {
  const at = /, (?=[^\s,]+\/\d)/.exec(subject)?.index ?? subject.indexOf(', ');
  if (at < 0) return [{ is: 'text', text: subject }];
  return [
    { is: 'text', text: subject.slice(0, at) },
    { is: 'program', text: subject.slice(at + 2) },
  ];
}

/** `room big-one`: that it was made says it by name. */
function made(subject: string): AuditPart {
  const [kind = '', ...name] = subject.split(' ');
  return { is: principals[kind] ?? 'person', text: name.join(' ') };
}

const principals: Readonly<Record<string, AuditPart['is']>> = {
  group: 'group',
  room: 'room',
  resource: 'resource',
  company: 'company',
};

async function named(services: Services, part: AuditPart): Promise<AuditPart> {
  if (!/^\d{1,16}$/.test(part.text)) return part;
  if (part.is === 'calendar') {
    const calendar = await services.storage.calendar(pathId(part.text));
    return calendar ? { is: part.is, text: calendar.displayName } : part;
  }
  if (part.is !== 'person') return part;
  const principal = await services.storage.principal(pathId(part.text));
  return principal ? { is: principals[principal.kind] ?? 'person', text: principal.name } : part;
}

function inEnglish({ is, text }: AuditPart): string {
  return asWritten.has(is) ? text : `${is.replace('-', ' ')} ${text}`;
}

const asWritten: ReadonlySet<AuditPart['is']> = new Set(['text', 'word', 'rule', 'setting', 'program']);
