/** What a resource supports, computed from the registry (RFC 3253 §3.1): no list to keep in step. */
import { dav, type XmlName } from '../../xml/name.ts';
import { type AnyProperty, defineProperty, type Property } from '../property.ts';
import type { World } from '../resource.ts';

const supportedReportSet: Property<World, string, readonly XmlName[]> = defineProperty({
  name: dav('supported-report-set'),
  on: 'every',
  spec: 'RFC 3253 §3.1.5',
  cost: 'head',
  inAllprop: false,
  inRow: 'same',
  read: ({ kind }, { dav: engine }) => engine.registry.reportsOn(kind).map(({ name }) => name),
  write(writer, names) {
    for (const name of names) {
      writer.element(dav('supported-report'), () => {
        writer.element(dav('report'), () => writer.empty(name));
      });
    }
  },
});

const supportedMethodSet: Property<World, string, readonly string[]> = defineProperty({
  name: dav('supported-method-set'),
  on: 'every',
  spec: 'RFC 3253 §3.1.3',
  cost: 'head',
  inAllprop: false,
  inRow: 'same',
  read: ({ kind }, { dav: engine }) => engine.registry.methodNamesOn(kind),
  write(writer, names) {
    for (const name of names) writer.element(dav('supported-method'), undefined, { name });
  },
});

const supportedLivePropertySet: Property<World, string, readonly XmlName[]> = defineProperty({
  name: dav('supported-live-property-set'),
  on: 'every',
  spec: 'RFC 3253 §3.1.4',
  cost: 'head',
  inAllprop: false,
  inRow: 'same',
  read: ({ kind }, { dav: engine }) =>
    [...engine.registry.propertiesOn(kind).values()]
      .filter(({ inReportsOnly }) => inReportsOnly !== true)
      .map(({ name }) => name),
  write(writer, names) {
    for (const name of names) {
      writer.element(dav('supported-live-property'), () => {
        writer.element(dav('prop'), () => writer.empty(name));
      });
    }
  },
});

export const registryProperties: readonly AnyProperty[] = [
  supportedReportSet,
  supportedMethodSet,
  supportedLivePropertySet,
];
