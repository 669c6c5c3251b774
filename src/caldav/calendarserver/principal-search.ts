/** `calendarserver-principal-search`: what Apple's clients ask while somebody types the name of an invitee (clients.md W36). */
import type { PrincipalKind } from '../../core/principal.ts';
import { Refusal } from '../../core/refusal.ts';
import { defineReport } from '../../dav/report.ts';
import { caldav, calendarserver, dav, type XmlName } from '../../xml/name.ts';
import { childOf, childrenOf } from '../../xml/reader.ts';
import type { Kind, PrincipalResource, Report } from '../world.ts';

interface Search {
  /** Each must be found in one of the names and addresses of a principal. */
  readonly words: readonly string[];
  readonly context: 'attendee' | 'location' | 'resource' | 'user' | 'group' | undefined;
  readonly limit: number;
}

const contexts = ['attendee', 'location', 'resource', 'user', 'group'] as const;
const maxResults = 100;

export const calendarserverPrincipalSearch: Report<Kind, Search> = defineReport({
  name: calendarserver('calendarserver-principal-search'),
  on: 'every',
  spec: 'calendarserver.org extension, no RFC',
  privilege: 'read',
  defaultDepth: 0,
  parse(body) {
    const words = childrenOf(body, calendarserver('search-token'))
      .map(({ text }) => text.trim())
      .filter((word) => word !== '');
    if (words.length === 0) throw new Refusal('malformed-request', 'there is no search-token to look for');
    const written = body.attributes.get('{}context');
    const limit = childOf(body, calendarserver('limit'));
    const asked = Number(limit && childOf(limit, calendarserver('nresults'))?.text);
    return {
      words,
      context: contexts.find((one) => one === written),
      limit: asked > 0 ? Math.min(asked, maxResults) : maxResults,
    };
  },
  async *run({ words, context, limit }, _resource, call) {
    const { principals } = call.dav.options;
    let left = limit;
    let found: Map<string, PrincipalResource> | undefined;
    for (const word of words) {
      const hits = new Map<string, PrincipalResource>();
      const terms = names.map((property) => ({ property, match: word }));
      for await (const page of principals.search({ test: 'anyof', terms }, call)) {
        for (const one of page) if (one.kind === 'principal' && suits(one, context)) hits.set(one.href, one);
      }
      found = found ? new Map([...hits].filter(([href]) => found?.has(href))) : hits;
    }
    for (const principal of found?.values() ?? []) {
      if (left-- === 0) return;
      yield await call.responder.one(principal);
    }
  },
});

const names: readonly XmlName[] = [
  dav('displayname'),
  calendarserver('email-address-set'),
  caldav('calendar-user-address-set'),
];

function suits({ principal: { kind } }: PrincipalResource, context: Search['context'] = 'attendee'): boolean {
  return kindsOf[context].includes(kind);
}

/** A company invites nobody, and nobody invites it. */
const kindsOf: Readonly<Record<NonNullable<Search['context']>, readonly PrincipalKind[]>> = {
  attendee: ['user', 'group', 'room', 'resource'],
  location: ['room'],
  resource: ['resource'],
  user: ['user'],
  group: ['group'],
};
