/** Properties of MAPI that Exchange makes from others; clients ask for them by number. */

import { extendedKey } from './ids.ts';
import { utc } from './markup.ts';
import type { Profile } from './profile.ts';
import type { View } from './views.ts';

const meetingSet = '6ed8da90-450b-101b-98da-00aa003f1305';

type Rule = (view: View, profile: Profile) => string | undefined;

const rules: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  // PidTagMessageClass, PidTagSubject, PidTagLastModificationTime, PidTagSearchKey, PidTagInternetArticleNumber
  [extendedKey({ PropertyTag: '0x1a' }), ({ item }) => item.itemClass],
  [extendedKey({ PropertyTag: '0x37' }), ({ content }) => content.subject],
  [extendedKey({ PropertyTag: '0x3008' }), ({ item }) => utc(item.modified)],
  [
    extendedKey({ PropertyTag: '0x300b' }),
    ({ item }, { tellsSearchKeys }) => (tellsSearchKeys ? item.searchKey : undefined),
  ],
  [extendedKey({ PropertyTag: '0xe23' }), ({ item }) => String(item.serial)],
  // PidLidGlobalObjectId, PidLidCleanGlobalObjectId
  [extendedKey({ PropertySetId: meetingSet, PropertyId: '3' }), globalId],
  [extendedKey({ PropertySetId: meetingSet, PropertyId: '35' }), globalId],
  // PidLidFInvited: those who send a meeting leave it there; a server of another maker that sends it for somebody does not.
  [
    extendedKey({ DistinguishedPropertySetId: 'Appointment', PropertyId: '33321' }),
    ({ item: { meeting } }, { laxMeetings }) => {
      if (!laxMeetings) return String((meeting?.own && meeting.sent) ?? false);
      return meeting?.sentByHand === undefined ? undefined : String(meeting.sentByHand);
    },
  ],
  // PidLidRecurring, PidLidAppointmentStateFlags
  [
    extendedKey({ DistinguishedPropertySetId: 'Appointment', PropertyId: '33315' }),
    ({ item }) => String(item.recurrence !== undefined),
  ],
  [
    extendedKey({
      DistinguishedPropertySetId: 'PublicStrings',
      PropertyName: 'urn:schemas:calendar:instancetype',
    }),
    instanceType,
  ],
]);

/** The value of the property with this key (`extendedKey`); undefined where Exchange makes none. */
export function derived(view: View, key: string, profile: Profile): string | undefined {
  return rules.get(key)?.(view, profile);
}

function instanceType({ item, kind }: View): string | undefined {
  if (item.uid === '') return undefined;
  return { Single: '0', RecurringMaster: '1', Occurrence: '2', Exception: '3' }[kind];
}

function globalId({ item }: View, { endsUids }: Profile): string | undefined {
  return item.uid === '' ? undefined : globalObjectId(item.uid, endsUids).toString('base64');
}

const globalIdClass = '040000008200E00074C5B7101A82E008';

/** A UID as the binary id of a meeting (MS-OXOCAL 2.2.1.27): its own hex, or wrapped as one that others made, ended or not. */
function globalObjectId(uid: string, isEnded: boolean): Buffer {
  if (uid.toUpperCase().startsWith(globalIdClass) && /^[0-9a-f]+$/i.test(uid)) return Buffer.from(uid, 'hex');
  const data = Buffer.concat([
    Buffer.from('vCal-Uid\x01\0\0\0', 'latin1'),
    Buffer.from(isEnded ? `${uid}\0` : uid, 'utf8'),
  ]);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(data.length);
  return Buffer.concat([Buffer.from(globalIdClass, 'hex'), Buffer.alloc(20), length, data]);
}
