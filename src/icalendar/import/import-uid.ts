/** UIDs that an import gives to what has none of its own. */
import { createHash } from 'node:crypto';
import { applyEdits, replace } from '../edit.ts';
import { isObjectKind, type ObjectKind, parseObject } from '../object.ts';
import { contentLine } from '../value.ts';
import type { ImportedObject } from './import.ts';

/** A UID from what the object says; the times at which it was written down do not count. */
export function uidOfContent(lines: string): string {
  return hashed(lines.replace(/^(DTSTAMP|CREATED|LAST-MODIFIED|SEQUENCE|UID)[;:].*\r\n(?: .*\r\n)*/gim, ''));
}

/** The UID of an object that cannot be stored under the one that it has: always the same for the same kind and UID. */
export function uidInstead(kind: ObjectKind, uid: string): string {
  return hashed(`${kind} ${uid}`);
}

/** The object under another UID. */
export function underUid(object: ImportedObject, uid: string): ImportedObject {
  const calendar = parseObject(object.bytes)?.calendar;
  const edits = (calendar?.components ?? [])
    .filter(({ name }) => isObjectKind(name))
    .flatMap((component) => component.all('UID').map((line) => replace(line, contentLine('UID', uid))));
  return { ...object, uid, uidDerived: true, bytes: applyEdits(object.bytes, edits) };
}

function hashed(text: string): string {
  return `${createHash('sha256').update(text).digest('hex').slice(0, 32)}@import`;
}
