/** Time zone services: clients can fetch zones there, so that events need not carry them (RFC 7809 §5.1). */
import { defineProperty, writeHrefs } from '../../dav/property.ts';
import { caldav } from '../../xml/name.ts';
import type { Property } from '../world.ts';

export const timezoneServiceSet: Property<'home' | 'other-home' | 'calendar', readonly string[]> =
  defineProperty({
    name: caldav('timezone-service-set'),
    on: ['home', 'other-home', 'calendar'],
    spec: 'RFC 7809 §5.1',
    cost: 'head',
    inAllprop: false,
    read: (_resource, { services }) => services.timezoneServices,
    write: writeHrefs,
  });
