/** The id under which a mailbox keeps the UID of an event (MS-OXOCAL 2.2.1.27 and 2.2.1.28, MS-OXCICAL 2.1.3.1.1.20.26). */
import type { DocumentElement } from '../../../xml/document.ts';
import { make } from '../wire/elements.ts';

/** PidLidCleanGlobalObjectId: the same for a series and all of its instances. */
export function globalIdField(): DocumentElement {
  return make('ExtendedFieldURI', [], {
    PropertySetId: '6ED8DA90-450B-101B-98DA-00AA003F1305',
    PropertyId: String(0x23),
    PropertyType: 'Binary',
  });
}

const byteArrayId = Buffer.from('040000008200e00074c5b7101a82e008', 'hex');
const thirdParty = Buffer.from('vCal-Uid\x01\0\0\0', 'latin1');
/** Instance date, creation time and what is reserved: all zero in an id that another program has made. */
const nothingTold = Buffer.alloc(20);
const instanceDateBytes = 4;

/** The values, in base64, under which it may be kept: writers differ in whether they end a UID of another program. */
export function globalObjectIds(uid: string): readonly string[] {
  const own = ownGlobalId(uid);
  const ids = own ? [own] : [wrapped(`${uid}\0`), wrapped(uid)];
  return ids.map((id) => id.toString('base64'));
}

/** A UID that Exchange has made is its own id in hexadecimal, with the day of an instance left out. */
function ownGlobalId(uid: string): Buffer | undefined {
  const isHex = uid.length % 2 === 0 && /^040000008200e00074c5b7101a82e008[0-9a-f]{48,}$/i.test(uid);
  if (!isHex) return undefined;
  const id = Buffer.from(uid, 'hex');
  return id.fill(0, byteArrayId.length, byteArrayId.length + instanceDateBytes);
}

function wrapped(text: string): Buffer {
  const data = Buffer.concat([thirdParty, Buffer.from(text, 'utf8')]);
  const size = Buffer.alloc(4);
  size.writeUInt32LE(data.length);
  return Buffer.concat([byteArrayId, nothingTold, size, data]);
}
