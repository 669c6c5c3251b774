/** MKCALENDAR (RFC 4791 §5.3.1) and extended MKCOL (RFC 5689): a calendar with all its properties, or none. */
import { Refusal } from '../../core/refusal.ts';
import { DavError } from '../../dav/error.ts';
import {
  type CollectionMaker,
  collectionMethod,
  invalidResourceType,
} from '../../dav/methods/make-collection.ts';
import { createCalendar } from '../../service/calendars/calendars.ts';
import { caldav, dav, type XmlName } from '../../xml/name.ts';
import { keptProperties } from '../patch.ts';
import { withHrefs } from '../refusal-hrefs.ts';
import type { CaldavResource, CaldavWorld, HomeResource, Kind, Method } from '../world.ts';

type Maker = CollectionMaker<CaldavWorld, Kind>;

export const mkcalendar: Method<Kind, Kind> = collectionMethod<CaldavWorld, Kind>({
  name: 'MKCALENDAR',
  spec: 'RFC 4791 §5.3.1',
  root: caldav('mkcalendar'),
  below: 'every',
  occupied: () => new Refusal('already-exists', 'there is something at this address'),
  kindOf(types, { parent }) {
    homeAt(parent);
    if (types.size > 0) requireCalendarType(types);
    return 'calendar';
  },
  make,
});

export const mkcol: Method<Kind, Kind> = collectionMethod<CaldavWorld, Kind>({
  name: 'MKCOL',
  spec: 'RFC 5689 §3',
  root: dav('mkcol'),
  below: 'every',
  occupied: () => new Refusal('method-not-allowed', 'there is something at this address'),
  kindOf(types, { parent }) {
    homeAt(parent);
    requireCalendarType(types);
    return 'calendar';
  },
  make,
});

async function make(...[place, { patch }, { services, actor }]: Parameters<Maker['make']>): Promise<void> {
  const home = homeAt(place.parent);
  const {
    displayName,
    exportDetail: _detail,
    exportWindow: _window,
    availability: _home,
    wordedName: _words,
    wordedDescription: _more,
    symbolicColor: _symbol,
    transparent,
    ...values
  } = patch.live;
  const calendar = createCalendar(services, actor, home.owner, {
    ...values,
    name: place.name,
    ...(typeof displayName === 'string' && { displayName }),
    ...(typeof transparent === 'boolean' && { transparent }),
    properties: keptProperties(patch.dead, patch.live),
  });
  await withHrefs(calendar, { href: home.href, privilege: 'bind' });
}

function homeAt(parent: CaldavResource): HomeResource {
  if (parent.kind === 'home' || parent.kind === 'other-home') return parent;
  throw new DavError(403, 'a calendar lies in a home, and nowhere else', {
    name: caldav('calendar-collection-location-ok'),
  });
}

/** Nothing but calendars is made here: no plain collections in a home, no subscriptions. */
function requireCalendarType(types: ReadonlySet<XmlName>): void {
  if (types.size === 2 && types.has(dav('collection')) && types.has(caldav('calendar'))) return;
  throw invalidResourceType('only calendars can be made here: resourcetype is collection and calendar');
}
