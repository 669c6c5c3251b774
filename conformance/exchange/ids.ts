/** Ids, change keys, and the names of properties outside the schema. */
import type { Day } from './recurrence.ts';
import type { Folder, Item, Mailbox } from './store.ts';

// Ids look and behave like those of Exchange: long, opaque, and two neighbours differ in case only, so that a client
// that compares them without regard to case pairs the wrong events.

const idForm = /^AAMkAD([A-Z]{8})[A-Za-z]{40}(BG|Lg|FR)([A-Z]{10}[Aa])([A-Z]{6})[A]{22}=$/;
const filling = 'IyZGYtYmFzZWQtbWFpbGJveC1pZGVudGlmaWVyAA'
  .replace(/[^A-Za-z]/g, 'x')
  .padEnd(40, 'A')
  .slice(0, 40);

export function letters(value: number, length: number): string {
  let rest = value;
  let out = '';
  for (let i = 0; i < length; i++) {
    out = String.fromCharCode(65 + (rest % 26)) + out;
    rest = Math.floor(rest / 26);
  }
  return out;
}

function numberOf(text: string): number {
  let value = 0;
  for (const letter of text) value = value * 26 + letter.charCodeAt(0) - 65;
  return value;
}

function id(mailbox: Mailbox, kind: 'BG' | 'Lg' | 'FR', serial: number, day = 0): string {
  const code = `${letters(serial >> 1, 10)}${serial & 1 ? 'a' : 'A'}`;
  return `AAMkAD${mailbox.code}${filling}${kind}${code}${letters(day, 6)}${'A'.repeat(22)}=`;
}

export function itemId(item: Item): string {
  const { mailbox } = item.folder;
  if (mailbox.composedIds) return composedId(mailbox, item.serial);
  return id(item.folder.mailbox, 'BG', item.serial);
}

export function tombstoneId(folder: Folder, serial: number): string {
  if (folder.mailbox.composedIds) return composedId(folder.mailbox, serial);
  return id(folder.mailbox, 'BG', serial);
}

/** The id of one instance; the day is kept a positive number. */
export function occurrenceId(item: Item, day: Day): string {
  const { mailbox } = item.folder;
  if (mailbox.composedIds) return composedId(mailbox, item.serial, day);
  return id(item.folder.mailbox, 'FR', item.serial, day + dayShift);
}

export function folderId(folder: Folder): string {
  return id(folder.mailbox, 'Lg', folder.serial);
}

const dayShift = 200_000;

/*
 * The ids of a server of another maker, in base64: the bytes of the item, for an instance the minutes from 1601 to its day,
 * and last what kind of id it is.
 */
const entryLength = 70;
const kinds = { item: 2, occurrence: 5 } as const;
const daysBefore1970 = 134_774;

function composedId({ code }: Mailbox, serial: number, day?: Day): string {
  const entry = Buffer.alloc(entryLength, 7);
  entry.write(code, 4, 'latin1');
  entry.writeUInt32LE(serial, 16);
  if (day === undefined) return Buffer.concat([entry, Buffer.of(kinds.item)]).toString('base64');
  const minutes = Buffer.alloc(4);
  minutes.writeUInt32LE((day + daysBefore1970) * 1440);
  return Buffer.concat([entry, minutes, Buffer.of(kinds.occurrence)]).toString('base64');
}

function parseComposed(text: string): ParsedId | undefined {
  const bytes = Buffer.from(text, 'base64');
  const kind = bytes.at(-1) === kinds.item ? 'item' : 'occurrence';
  const length = entryLength + (kind === 'item' ? 1 : 5);
  if (bytes.length !== length || bytes.toString('base64') !== text) return undefined;
  return {
    kind,
    serial: bytes.readUInt32LE(16),
    day: kind === 'item' ? 0 : Math.floor(bytes.readUInt32LE(entryLength) / 1440) - daysBefore1970,
    mailboxCode: bytes.toString('latin1', 4, 12),
  };
}

export interface ParsedId {
  readonly kind: 'item' | 'folder' | 'occurrence';
  readonly serial: number;
  readonly day: Day;
  readonly mailboxCode: string;
}

export function parseId(text: string): ParsedId | undefined {
  const [, mailboxCode = '', kind, code = '', day = ''] = idForm.exec(text) ?? [];
  if (kind === undefined) return parseComposed(text);
  return {
    kind: kind === 'BG' ? 'item' : kind === 'Lg' ? 'folder' : 'occurrence',
    serial: numberOf(code.slice(0, 10)) * 2 + (code.endsWith('a') ? 1 : 0),
    day: numberOf(day) - dayShift,
    mailboxCode,
  };
}

export function changeKey(item: { readonly change: number }): string {
  const bytes = Buffer.alloc(20);
  bytes.write('0f0000001600000000000000', 'hex');
  bytes.writeUIntBE(item.change, 14, 6);
  return bytes.toString('base64');
}

/** One key for all the ways in which clients write the path of the same property. */
export function extendedKey(path: Readonly<Record<string, string>>): string {
  const set = (
    path['PropertySetId'] ??
    distinguishedSets[path['DistinguishedPropertySetId'] ?? ''] ??
    ''
  ).toLowerCase();
  const tagged = path['PropertyTag'] === undefined ? '' : String(Number(path['PropertyTag']));
  const name = path['PropertyName'] ?? '';
  return [set, name, path['PropertyId'] ?? '', tagged].join('|');
}

const distinguishedSets: Readonly<Record<string, string>> = {
  PublicStrings: '00020329-0000-0000-c000-000000000046',
  Appointment: '00062002-0000-0000-c000-000000000046',
  Meeting: '6ed8da90-450b-101b-98da-00aa003f1305',
  Common: '00062008-0000-0000-c000-000000000046',
  InternetHeaders: '00020386-0000-0000-c000-000000000046',
  Address: '00062004-0000-0000-c000-000000000046',
  CalendarAssistant: '11000e07-b51b-40d6-af21-caa85edab1d0',
  Task: '00062003-0000-0000-c000-000000000046',
  UnifiedMessaging: '4442858e-a9e3-4e80-b900-317a210cc15b',
};
