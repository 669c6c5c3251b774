/** The addresses that people need to begin with, for the terminal. */

export interface Place {
  /** Where the server listens: an address, or the file of a Unix socket. */
  readonly listening: string;
  /** The setting `publicUrl`; empty if it is not set. */
  readonly publicUrl: string;
  /** `''` or `/a/b`. */
  readonly basePath: string;
}

/** What generated links begin with, without a slash at the end. */
export function clientUrl({ listening, publicUrl, basePath }: Place): string {
  if (publicUrl !== '') return publicUrl;
  return listening.startsWith('http') ? `${listening}${basePath}` : `http://localhost${basePath}`;
}

export interface Example {
  readonly person: string;
  /** Path of one of this person's feeds. */
  readonly feed?: string;
}

/** Lines for whoever has just started the server. */
export function addressLines(place: Place, { person, feed }: Example): readonly string[] {
  const url = clientUrl(place);
  const { host, pathname, protocol } = new URL(url);
  const server = `${host}${pathname === '/' ? '' : pathname}`;
  const feedLine =
    feed === undefined
      ? `npx portcal link add ${person}/personal --label phone   makes its address`
      : `${url}${feed}   (of ${person}, shown this once)`;
  const appleNeedsTls =
    'Apple devices send passwords over HTTPS only: see --public-url for a proxy, --tls-cert without one.';
  return [
    `portcal listens on ${place.listening}`,
    '',
    '  iPhone, iPad, Mac  Settings > Apps > Calendar > Calendar Accounts > Add Account > Other > CalDAV',
    `                     server ${server}, user name ${person}`,
    `  Thunderbird        New Calendar > On the Network > location ${url}/dav/`,
    `  Feed               ${feedLine}`,
    ...(protocol === 'https:' ? [] : ['', `  ${appleNeedsTls}`]),
  ];
}
