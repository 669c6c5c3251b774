/** The addresses that people need to begin with, for the terminal. */

export interface Place {
  /** Where the server listens: an address, or the file of a Unix socket. */
  readonly listening: string;
  /** As set; empty if not. */
  readonly publicUrl: string;
  /** `''` or `/a/b`. */
  readonly basePath: string;
}

/** What generated links begin with, without a slash at the end. */
export function clientUrl({ listening, publicUrl, basePath }: Place): string {
  if (publicUrl !== '') return publicUrl;
  return listening.startsWith('http') ? `${listening}${basePath}` : `http://localhost${basePath}`;
}

/** Lines for whoever has just started the server. `feed` is the address of one, where there is one to show. */
export function addressLines(place: Place, person: string, feed?: string): readonly string[] {
  const url = clientUrl(place);
  const { host, protocol } = new URL(url);
  return [
    `portcal listens on ${place.listening}`,
    '',
    `  iPhone, iPad, Mac  Settings > Apps > Calendar > Calendar Accounts > Add Account > Other > CalDAV`,
    `                     server ${host}${new URL(url).pathname === '/' ? '' : new URL(url).pathname}, user name ${person}`,
    `  Thunderbird        New Calendar > On the Network > location ${url}/dav/`,
    `  Feed               ${feed ?? `${url}/feed/…/personal.ics, made by: npx portcal link add ${person}/personal --label phone`}`,
    ...(protocol === 'https:'
      ? []
      : [
          '',
          '  Apple devices send passwords over HTTPS only: see --public-url for a proxy, --tls-cert without one.',
        ]),
  ];
}
