/** The live properties of RFC 4918 §15, told from what every resource carries. All protected; a door that lets them change declares its own. */
import { dav, type XmlName } from '../../xml/name.ts';
import { httpDate } from '../http-date.ts';
import { type AnyProperty, defineProperty, type Property, writeText } from '../property.ts';
import type { Instant, World } from '../resource.ts';

const creationdate: Property<World, string, Instant> = defineProperty({
  name: dav('creationdate'),
  on: 'every',
  spec: 'RFC 4918 §15.1',
  cost: 'head',
  inAllprop: true,
  read: ({ created }) => created,
  // RFC 3339 as RFC 4918 wants it; whole seconds, because some clients cannot read fractions.
  write: (writer, created) => writer.text(new Date(created).toISOString().replace(/\.\d+Z$/, 'Z')),
});

const displayname: Property<World, string, string> = defineProperty({
  name: dav('displayname'),
  on: 'every',
  spec: 'RFC 4918 §15.2',
  cost: 'head',
  inAllprop: true,
  read: ({ displayName }) => displayName,
  write: writeText,
});

const getcontentlanguage: Property<World, string, string> = defineProperty({
  name: dav('getcontentlanguage'),
  on: 'every',
  spec: 'RFC 4918 §15.3',
  cost: 'head',
  inAllprop: true,
  read: ({ contentLanguage }) => contentLanguage,
  write: writeText,
});

const getcontentlength: Property<World, string, number> = defineProperty({
  name: dav('getcontentlength'),
  on: 'every',
  spec: 'RFC 4918 §15.4',
  cost: 'head',
  inAllprop: true,
  read: ({ sizeBytes }) => sizeBytes,
  write: (writer, sizeBytes) => writer.text(String(sizeBytes)),
});

const getcontenttype: Property<World, string, string> = defineProperty({
  name: dav('getcontenttype'),
  on: 'every',
  spec: 'RFC 4918 §15.5',
  cost: 'head',
  inAllprop: true,
  inRow: 'same',
  read: ({ contentType }) => contentType,
  write: writeText,
});

const getetag: Property<World, string, string> = defineProperty({
  name: dav('getetag'),
  on: 'every',
  spec: 'RFC 4918 §15.6',
  cost: 'head',
  inAllprop: true,
  inRow: 'etag',
  read: (resource, context) => resource.etag ?? context.dav.options.madeEtag?.(resource, context),
  write: writeText,
});

const getlastmodified: Property<World, string, Instant> = defineProperty({
  name: dav('getlastmodified'),
  on: 'every',
  spec: 'RFC 4918 §15.7',
  cost: 'head',
  inAllprop: true,
  read: ({ modified }) => modified,
  write: (writer, modified) => writer.text(httpDate(modified)),
});

const resourcetype: Property<World, string, readonly XmlName[]> = defineProperty({
  name: dav('resourcetype'),
  on: 'every',
  spec: 'RFC 4918 §15.9',
  cost: 'head',
  inAllprop: true,
  inRow: 'same',
  read: ({ types }) => types,
  write(writer, types) {
    for (const type of types) writer.empty(type);
  },
});

export const resourceProperties: readonly AnyProperty[] = [
  creationdate,
  displayname,
  getcontentlanguage,
  getcontentlength,
  getcontenttype,
  getetag,
  getlastmodified,
  resourcetype,
];
