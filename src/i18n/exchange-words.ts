/** Which words stand for a code of the connector; the catalogues of the three languages have the same keys. */
import { type ExchangeKey, exchangeEn } from './messages/exchange-en.ts';

export function isKey(key: string): key is ExchangeKey {
  return Object.hasOwn(exchangeEn, key);
}

/** The words of a prefix for a code; undefined where it has none. */
export function keyFor(prefix: string, code: string): ExchangeKey | undefined {
  const key = `${prefix}_${code.replaceAll('-', '_')}`;
  return isKey(key) ? key : undefined;
}

/** Why an event is left alone; its code says the rest to support. */
export function issueKey(code: string): ExchangeKey {
  return keyFor('issue', code) ?? kinds[code] ?? (/^[A-Z]/.test(code) ? 'fault_there' : 'fault_here');
}

/** Codes of the engine; those of Exchange begin with a capital. */
const kinds: Readonly<Record<string, ExchangeKey>> = {
  exrule: 'fault_series',
  'no-instances': 'fault_series',
  'rdate-period': 'fault_series',
  'recurrence-unreadable': 'fault_series',
  'recurrence-unsupported': 'fault_series',
  'recurrence-untold': 'fault_series',
  'this-and-following': 'fault_series',
  'occurrence-beside-rule': 'fault_series',
  'end-before-start': 'fault_time',
  'duration-too-long': 'fault_time',
  'no-start': 'fault_time',
  'unreadable-time': 'fault_time',
  'too-large': 'fault_size',
  'http-413': 'fault_size',
  'no-event': 'fault_content',
  unreadable: 'fault_content',
  frozen: 'fault_loop',
  loop: 'fault_loop',
  'answer-count': 'fault_there',
  'answer-mismatch': 'fault_there',
  'answer-order': 'fault_there',
  'answer-unreadable': 'fault_there',
  'answer-without-id': 'fault_there',
  'answer-without-item': 'fault_there',
  'main-item-missing': 'fault_there',
  'nothing-written': 'fault_there',
  'occurrence-not-found': 'fault_there',
  'version-moved': 'fault_there',
};

/** Why a run failed or a link stands still: a sentence, and where a right is missing, the name of it (exchange.md 17.1). */
export function reasonKeys(reason: string | null, code: string | null): readonly ExchangeKey[] {
  const sentence = keyFor('reason', reason ?? 'other') ?? 'reason_other';
  if (code === null) return [sentence];
  // Where there is only a vague reason, a code of ours says more.
  const told = vague.has(sentence) ? keyFor('code', code) : undefined;
  if (told !== undefined) return [told];
  const right = sentence === 'reason_permission' ? rights.find(([pattern]) => pattern.test(code)) : undefined;
  return right ? [sentence, right[1]] : [sentence];
}

const vague: ReadonlySet<ExchangeKey> = new Set([
  'reason_other',
  'reason_server',
  'reason_not_set_up',
  'reason_permission',
]);

const rights: readonly (readonly [RegExp, ExchangeKey])[] = [
  [/Imperson/, 'right_impersonation'],
  [/AccessDenied/, 'right_folder'],
  [/^http-403$|NotAllowedByPolicy/, 'right_service'],
];

/** What a run had to guess, or could not say; undefined for a code of another version. */
export function noteKey(code: string): ExchangeKey | undefined {
  return keyFor('note', code) ?? keyFor('issue', code);
}
