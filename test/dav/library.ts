/**
 * A door for tests: a library of shelves with books, and people who read. Small, in memory, and with every part that the
 * engine can be given.
 */
import { etag, id } from '../../src/core/ids.ts';
import { defaultLimits, type Limits } from '../../src/core/limits.ts';
import type { Actor } from '../../src/core/principal.ts';
import { Refusal } from '../../src/core/refusal.ts';
import { createDav } from '../../src/dav/create.ts';
import type { Ace, Dav, DavContext, DavOptions, MemberRows, SyncEntry } from '../../src/dav/engine.ts';
import { parseHttpDate } from '../../src/dav/http-date.ts';
import { defineMethod, type Method } from '../../src/dav/method.ts';
import { collectionMethod, invalidResourceType } from '../../src/dav/methods/make-collection.ts';
import { expandPrivilege, type Privilege } from '../../src/dav/privilege.ts';
import { defineProperty, type Property, writeHrefs, writeText } from '../../src/dav/property.ts';
import { defineReport, type Report } from '../../src/dav/report.ts';
import { type RawRequest, readBody } from '../../src/dav/request.ts';
import type { DavResource } from '../../src/dav/resource.ts';
import { validators } from '../../src/dav/response.ts';
import { dav as davName, type XmlName } from '../../src/xml/name.ts';
import { escapeText } from '../../src/xml/writer.ts';
import { type Answer, type Asked, asked } from './wire.ts';

export interface Root extends DavResource {
  readonly kind: 'root';
}
export interface Shelf extends DavResource {
  readonly kind: 'shelf';
  readonly name: string;
}
export interface Book extends DavResource {
  readonly kind: 'book';
  readonly shelf: string;
  readonly name: string;
  readonly content: string;
}
export interface Person extends DavResource {
  readonly kind: 'person';
  readonly name: string;
}
export interface LibraryWorld {
  readonly resource: Root | Shelf | Book | Person;
  readonly services: Library;
  readonly patch: { readonly theme: string | null };
}
type Context = DavContext<LibraryWorld>;

export interface Library {
  readonly shelves: Map<
    string,
    { theme: string | null; displayName?: string; books: Map<string, { content: string; version: number }> }
  >;
  readonly people: Map<string, { displayName: string; members?: readonly string[] }>;
  readonly dead: Map<string, Map<XmlName, string>>;
  /** The sync log: one entry a version. */
  readonly log: { readonly shelf: string; readonly name: string; readonly gone: boolean }[];
  /** What was asked of the parts that cost something. */
  readonly reads: string[];
  privileges: ReadonlySet<Privilege>;
  aces: readonly Ace[];
  version: number;
}

const collection: readonly XmlName[] = [davName('collection')];
const modified = parseHttpDate('Fri, 20 Nov 2026 12:00:00 GMT');

export function book(
  shelf: string,
  name: string,
  { content, version }: { content: string; version: number },
): Book {
  return {
    kind: 'book',
    href: `/dav/library/${encodeURIComponent(shelf)}/${encodeURIComponent(name)}`,
    isCollection: false,
    types: [],
    etag: etag(`"${name}-${version}"`),
    contentType: 'text/plain',
    sizeBytes: Buffer.byteLength(content),
    created: modified,
    modified,
    shelf,
    name,
    content,
  };
}

function shelfResource(name: string, { displayName }: { displayName?: string }): Shelf {
  return {
    kind: 'shelf',
    href: `/dav/library/${encodeURIComponent(name)}/`,
    isCollection: true,
    types: collection,
    displayName,
    modified,
    name,
  };
}

function personResource(name: string, { displayName }: { displayName: string }): Person {
  const types = [davName('collection'), davName('principal')];
  return { kind: 'person', href: `/dav/people/${name}/`, isCollection: true, types, displayName, name };
}

const rootOf = (href: string): Root => ({ kind: 'root', href, isCollection: true, types: collection });

const theme: Property<LibraryWorld, 'shelf', string> = defineProperty({
  name: '{urn:library}theme',
  on: ['shelf'],
  spec: 'none',
  cost: 'head',
  inAllprop: true,
  read: ({ name }, { services }) => services.shelves.get(name)?.theme ?? undefined,
  write: writeText,
  patch(change) {
    if (change === 'remove') return { theme: null };
    if (change.text === 'bad') throw new Refusal('invalid-property', 'no theme is bad');
    return { theme: change.text };
  },
});

/** Has a batch read, and fails for one book. */
const loans: Property<LibraryWorld, 'book', number> = defineProperty({
  name: '{urn:library}loans',
  on: ['book'],
  spec: 'none',
  cost: 'query',
  inAllprop: false,
  async read({ name }, { services }) {
    services.reads.push(`loans of ${name}`);
    if (name === 'forbidden')
      throw new Refusal('need-privileges', 'not for you', { href: '/x', privilege: 'read' });
    if (name === 'broken') throw new Error('the loans are lost');
    return name.length;
  },
  async readPage(books, { services }) {
    services.reads.push(`loans of ${books.length} books`);
    return books.map(({ name }) => (name === 'unlent' ? undefined : name.length));
  },
  write: (writer, count) => writer.text(String(count)),
});

/** Is a column of the rows, and asks for a form by an attribute. */
const text: Property<LibraryWorld, 'book', string, 'plain' | 'upper'> = defineProperty({
  name: '{urn:library}text',
  on: ['book'],
  spec: 'none',
  cost: 'bytes',
  inAllprop: false,
  inReportsOnly: true,
  inRow: (form) => (form === 'upper' ? undefined : 'data'),
  parse: (element) => (element.attributes.get('{}form') === 'upper' ? 'upper' : 'plain'),
  read: ({ content }, _context, form) => (form === 'upper' ? content.toUpperCase() : content),
  write: writeText,
});

const readers: Property<LibraryWorld, 'shelf', readonly string[]> = defineProperty({
  name: '{urn:library}readers',
  on: ['shelf'],
  spec: 'none',
  cost: 'head',
  inAllprop: false,
  read: () => ['/dav/people/ann/', '/dav/people/gone/'],
  write: writeHrefs,
  hrefs: (hrefs) => hrefs,
});

const get: Method<LibraryWorld, 'book'> = defineMethod({
  name: 'GET',
  spec: 'RFC 9110',
  on: ['book'],
  changesState: false,
  privilege: 'read',
  handle: async (found) => ({
    status: 200,
    headers: { 'Content-Type': 'text/plain', ...validators(found) },
    body: found.content,
  }),
});

const put: Method<LibraryWorld, 'book', 'shelf'> = defineMethod({
  name: 'PUT',
  spec: 'RFC 9110',
  on: ['book'],
  changesState: true,
  privilege: 'write-content',
  handle: (found, context) => store(found.shelf, found.name, context),
  below: ['shelf'],
  createPrivilege: 'bind',
  create: (place, context) => store(place.parent.name, place.name, context),
});

async function store(
  shelf: string,
  name: string,
  { request, services, expect }: Context,
): Promise<{ status: number; headers: Record<string, string> }> {
  const content = Buffer.from(await readBody(request, 100)).toString();
  const books = services.shelves.get(shelf)?.books;
  const created = books?.has(name) !== true;
  books?.set(name, { content, version: services.version });
  services.log.push({ shelf, name, gone: false });
  return { status: created ? 201 : 204, headers: { 'X-Expect': JSON.stringify(expect) } };
}

const remove: Method<LibraryWorld, 'book' | 'shelf'> = defineMethod({
  name: 'DELETE',
  spec: 'RFC 9110',
  on: ['book', 'shelf'],
  changesState: true,
  parentPrivilege: 'unbind',
  async handle(found, { services, expect }) {
    if (found.kind === 'book') {
      services.shelves.get(found.shelf)?.books.delete(found.name);
      services.log.push({ shelf: found.shelf, name: found.name, gone: true });
    }
    return { status: 204, headers: { 'X-Expect': JSON.stringify(expect) } };
  },
});

const shelfType: XmlName = '{urn:library}shelf';

const mkcol = collectionMethod<LibraryWorld, 'root'>({
  name: 'MKCOL',
  spec: 'RFC 5689',
  root: davName('mkcol'),
  below: ['root'],
  createPrivilege: 'bind',
  kindOf(types) {
    if (types.has(shelfType) || types.size === 0) return 'shelf';
    throw invalidResourceType('only shelves stand in a library');
  },
  make,
});

const mkcalendar = collectionMethod<LibraryWorld, 'root'>({
  name: 'MKCALENDAR',
  spec: 'RFC 4791',
  root: '{urn:ietf:params:xml:ns:caldav}mkcalendar',
  below: ['root'],
  occupied: () => new Refusal('already-exists', 'there is a shelf already'),
  kindOf: () => 'shelf',
  make,
});

async function make(
  { name, href }: { readonly name: string; readonly href: string },
  {
    patch,
  }: {
    readonly patch: {
      readonly live: Partial<LibraryWorld['patch']>;
      readonly dead: ReadonlyMap<XmlName, string | null>;
    };
  },
  { services }: Context,
): Promise<void> {
  services.shelves.set(name, { theme: patch.live.theme ?? null, books: new Map() });
  setDead(services, `${href}/`, patch.dead);
}

function setDead({ dead }: Library, href: string, changes: ReadonlyMap<XmlName, string | null>): void {
  const kept = dead.get(href) ?? new Map<XmlName, string>();
  for (const [name, xml] of changes) {
    if (xml === null) kept.delete(name);
    else kept.set(name, xml);
  }
  dead.set(href, kept);
}

const count: Report<LibraryWorld, 'shelf', { readonly least: number }> = defineReport({
  name: '{urn:library}count',
  on: ['shelf'],
  spec: 'none',
  privilege: 'read-free-busy',
  defaultDepth: 1,
  parse(body) {
    if (body.text === 'bad') throw new Refusal('invalid-filter', 'bad is no number');
    return { least: Number(body.text) };
  },
  run: async ({ least }, { name }, { services, depth, requested }) => ({
    status: 200,
    headers: {},
    body: `${services.shelves.get(name)?.books.size ?? 0} of at least ${least}, depth ${depth}, ${requested.ask}`,
  }),
});

/** Books in full, from a template when the request allows it. */
const texts: Report<LibraryWorld, 'shelf', undefined> = defineReport({
  name: '{urn:library}texts',
  on: ['shelf'],
  spec: 'none',
  defaultDepth: 1,
  parse: () => undefined,
  async *run(_query, shelf, call) {
    const rows = rowsOf(shelf, call.services);
    const template = await call.responder.rowTemplate(shelf.href, rows.sample);
    if (template === undefined) yield await call.responder.page(booksOn(shelf.name, call.services));
    else for await (const bytes of rows.rows(template)) yield { is: 'rows', bytes };
  },
});

function booksOn(shelf: string, { shelves }: Library): Book[] {
  return [...(shelves.get(shelf)?.books ?? [])].map(([name, stored]) => book(shelf, name, stored));
}

function rowsOf(shelf: Shelf, library: Library): MemberRows<LibraryWorld> {
  return {
    sample: book(shelf.name, 'sample', { content: '', version: 0 }),
    async *rows({ head, tag, data, tail }) {
      library.reads.push('rows');
      for (const { name, etag: tagOf, content } of booksOn(shelf.name, library)) {
        const middle = data === undefined ? '' : data + escapeText(content);
        yield Buffer.from(`${head}${encodeURIComponent(name)}${tag}${tagOf ?? ''}${middle}${tail}`);
      }
    },
  };
}

export interface OpenLibrary {
  readonly dav: Dav<LibraryWorld>;
  readonly library: Library;
  readonly errors: unknown[];
  readonly ask: (method: string, path: string, more?: Asked) => Promise<Answer>;
}

export const ann: Actor = {
  principal: {
    id: id(1),
    kind: 'user',
    name: 'ann',
    displayName: 'Ann',
    addresses: [],
    language: 'en',
    timeZone: 'UTC',
    isAdmin: false,
    disabled: false,
  },
  groups: [],
  scope: 'write',
  via: 'password',
};

/** `more`: parts in the place of the usual ones. */
export function openLibrary(
  more: Partial<DavOptions<LibraryWorld>> = {},
  limits: Partial<Limits> = {},
): OpenLibrary {
  const library: Library = {
    shelves: new Map([
      [
        'poems',
        {
          theme: 'verse',
          displayName: 'Poems',
          books: new Map([
            ['a', { content: 'alpha & beta', version: 1 }],
            ['b', { content: 'b', version: 1 }],
          ]),
        },
      ],
      ['empty', { theme: null, books: new Map() }],
    ]),
    people: new Map([
      ['ann', { displayName: 'Ann' }],
      ['bo', { displayName: 'Bo' }],
      ['friends', { displayName: 'Friends', members: ['/dav/people/ann/', '/dav/people/friends/'] }],
    ]),
    dead: new Map(),
    log: [
      { shelf: 'poems', name: 'a', gone: false },
      { shelf: 'poems', name: 'b', gone: false },
    ],
    reads: [],
    privileges: new Set(expandPrivilege('all')),
    aces: [{ principal: { is: 'property', property: davName('owner') }, grant: ['all'], isProtected: true }],
    version: 2,
  };
  const errors: unknown[] = [];
  const dav = createDav<LibraryWorld>({
    site: { basePath: '/dav/', origins: ['https://library.example.com'] },
    limits: { ...defaultLimits, ...limits },
    services: library,
    methods: [get, put, remove, mkcol, mkcalendar],
    properties: [theme, loans, text, readers],
    reports: [count, texts],
    features: ['3', 'access-control', 'extended-mkcol'],
    async resolve(segments) {
      const [top, name, inner] = segments;
      if (segments.length === 0 || (segments.length === 1 && (top === 'library' || top === 'people'))) {
        return rootOf(top === undefined ? '/dav/' : `/dav/${top}/`);
      }
      if (top === 'people') {
        const person = library.people.get(name ?? '');
        return segments.length === 2 && person !== undefined ? personResource(name ?? '', person) : undefined;
      }
      const shelf = top === 'library' ? library.shelves.get(name ?? '') : undefined;
      if (shelf === undefined || segments.length > 3) return undefined;
      if (inner === undefined) return shelfResource(name ?? '', shelf);
      const stored = shelf.books.get(inner);
      return stored && book(name ?? '', inner, stored);
    },
    async *members(resource) {
      if (resource.href === '/dav/library/')
        yield [...library.shelves].map(([name, one]) => shelfResource(name, one));
      if (resource.href === '/dav/people/')
        yield [...library.people].map(([name, one]) => personResource(name, one));
      if (resource.kind === 'shelf') yield booksOn(resource.name, library);
    },
    memberRows: async (resource) => (resource.kind === 'shelf' ? rowsOf(resource, library) : undefined),
    access: {
      privileges: () => library.privileges,
      owner: ({ kind }) => (kind === 'shelf' || kind === 'book' ? '/dav/people/ann/' : undefined),
      acl: async () => library.aces,
      inheritedFrom: ({ kind }) => (kind === 'book' ? ['/dav/library/poems/'] : []),
      setAclOn: ['shelf'],
      setAcl: async (_shelf, aces) => {
        library.aces = [...library.aces.filter(({ isProtected }) => isProtected), ...aces];
      },
    },
    principals: {
      currentUser: ({ actor }) => `/dav/people/${actor.principal.name}/`,
      collections: ['/dav/people/'],
      isPrincipal: ({ kind }) => kind === 'person',
      alternateUris: ({ displayName }) => [`mailto:${displayName}@example.com`],
      members: async (one) => (one.kind === 'person' ? library.people.get(one.name)?.members : undefined),
      memberships: async ({ href }) => (href === '/dav/people/ann/' ? ['/dav/people/friends/'] : []),
      groups: async () => ['/dav/people/friends/'],
      searchable: [{ property: davName('displayname'), description: 'Name' }],
      async *search({ terms, test }) {
        const found = [...library.people].filter(([, { displayName }]) => {
          const fits = terms.map(({ match }) => displayName.toLowerCase().includes(match.toLowerCase()));
          return test === 'anyof' ? fits.includes(true) : !fits.includes(false);
        });
        yield found.map(([name, one]) => personResource(name, one));
      },
    },
    deadProperties: {
      on: ['shelf', 'book'],
      read: async (resources) => {
        library.reads.push(`dead of ${resources.length}`);
        return resources.map(({ href }) => library.dead.get(href) ?? new Map());
      },
    },
    applyPatch: async (resource, { live, dead }) => {
      if (resource.kind === 'shelf' && live.theme !== undefined) {
        const shelf = library.shelves.get(resource.name);
        if (shelf !== undefined) shelf.theme = live.theme;
      }
      setDead(library, resource.href, dead);
    },
    quota: async ({ kind }) => (kind === 'shelf' ? { usedBytes: 100, availableBytes: -5 } : undefined),
    sync: {
      on: ['shelf'],
      token: async () => `urn:sync:${library.log.length}`,
      async changes(shelf, since, { limit }) {
        const from = since === undefined ? 0 : Number(/^urn:sync:(\d+)$/.exec(since)?.[1] ?? Number.NaN);
        if (!(from <= library.log.length)) throw new Refusal('bad-sync-token', 'no such token');
        const entries = library.log
          .slice(from, from + limit)
          .flatMap(({ shelf: at, name, gone }): SyncEntry<LibraryWorld>[] => {
            const stored = library.shelves.get(at)?.books.get(name);
            if (stored !== undefined && !gone) return [{ is: 'changed', resource: book(at, name, stored) }];
            return since === undefined ? [] : [{ is: 'gone', href: `/dav/library/${at}/${name}` }];
          });
        const reached = Math.min(from + limit, library.log.length);
        return {
          pages: pagesOf(entries),
          ...(since === undefined && reached === library.log.length && shelf.kind === 'shelf'
            ? { rows: rowsOf(shelf, library) }
            : {}),
          token: `urn:sync:${reached}`,
          truncated: reached < library.log.length,
        };
      },
    },
    logError: (error: unknown, _request: RawRequest) => errors.push(error),
    ...more,
  });
  return {
    dav,
    library,
    errors,
    ask: (method, path, asking = {}) => asked(dav, method, path, { actor: ann, ...asking }),
  };
}

async function* pagesOf<Item>(items: readonly Item[]): AsyncGenerator<readonly Item[]> {
  yield items;
}
