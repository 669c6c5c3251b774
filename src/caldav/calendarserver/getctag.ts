/** The older way to ask whether anything has changed; it moves together with the sync token (clients.md W35). */
import { defineProperty, writeText } from '../../dav/property.ts';
import { homeCtag } from '../../service/sync/home-sync.ts';
import { ctag } from '../../service/sync/sync-token.ts';
import { calendarserver } from '../../xml/name.ts';
import { ownCalendars } from '../own-calendars.ts';
import type { Property } from '../world.ts';

export const getctag: Property<'calendar' | 'home', string> = defineProperty({
  name: calendarserver('getctag'),
  on: ['calendar', 'home'],
  spec: 'calendarserver.org extension, no RFC',
  cost: 'head',
  inAllprop: false,
  read(resource, context) {
    const { services, actor } = context;
    if (resource.kind === 'calendar') return ctag(services, resource.seen);
    return ownCalendars(context).then((calendars) => homeCtag(services, actor, calendars));
  },
  write: writeText,
});
