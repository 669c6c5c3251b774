/**
 * A fake Exchange server for tests: mailboxes in memory behind Exchange Web Services on a loopback port.
 *
 * It models what exchange.md 19.1 lists and shares no code with the server under test. Clients that others wrote are run
 * against it (`conformance/suites/ews-*.ts`), so that it is not only our own idea of Exchange.
 */
import { X509Certificate } from 'node:crypto';
import { type AutodiscoverSettings, autodiscover, defaultAutodiscover } from './autodiscover.ts';
import type { Backend } from './context.ts';
import { Faults } from './faults.ts';
import { Logins, type Method, plainLogin } from './login.ts';
import type { MailRecord } from './meetings.ts';
import { Outlook } from './outlook.ts';
import { type Profile, type ProfileName, profiles } from './profile.ts';
import { type Counters, EwsServer, type Transcript } from './server.ts';
import type { Account } from './soap.ts';
import { type Delegation, type Mailbox, Store } from './store.ts';
import type { Chunking, OpenStream } from './streaming.ts';
import { Subscriptions } from './subscriptions.ts';
import { mustBe } from './zones.ts';

export interface ExchangeOptions {
  readonly profile?: ProfileName;
  /** What this one does otherwise than its profile. */
  readonly quirks?: Partial<Profile>;
  readonly host?: string;
  /** 0, the default: any free port. */
  readonly port?: number;
  /** PEM of a key and a certificate; absent: plain HTTP. */
  readonly tls?: { readonly key: string; readonly cert: string };
  /** Epoch milliseconds; absent: the clock of this machine. */
  readonly now?: () => number;
  /** Absent: `ntlm` and `basic`. */
  readonly methods?: readonly Method[];
  readonly lockAfter?: number;
  readonly requireChannelBinding?: boolean;
  /** CalendarView lists no more than this; absent: 1,000, as Exchange. */
  readonly maxViewItems?: number;
  readonly maxSubscriptions?: number;
  readonly keepAliveMs?: number;
  readonly chunking?: Chunking;
  readonly gzip?: boolean;
  readonly latencyMs?: number;
  /** Subscriptions are bound to one of several server processes: requests need anchor, affinity header and cookie. */
  readonly anchors?: boolean;
  readonly onTranscript?: (transcript: Transcript) => void;
}

export interface FakeExchange {
  /** Of EWS, such as `http://127.0.0.1:40123/EWS/Exchange.asmx`. */
  readonly url: string;
  readonly origin: string;
  readonly port: number;
  readonly store: Store;
  readonly faults: Faults;
  readonly counters: Counters;
  readonly logins: Logins;
  /** Everything that was mailed, in order. */
  readonly mails: MailRecord[];
  readonly streams: ReadonlySet<OpenStream>;
  readonly subscriptions: Subscriptions;
  /** Who is where, and how autodiscover answers; may be changed at any time. */
  readonly autodiscover: AutodiscoverSettings;
  /** Added to the Date header, in milliseconds. */
  clockSkewMs: number;
  /** How many of the newest changes listings of changes do not tell yet, and listings and searches not what they have brought. */
  readonly late: { changes: number; listings: number };
  /** Makes a mailbox with an account of the same name and the password `secret`. */
  readonly addMailbox: (address: string, options?: MailboxOptions) => Outlook;
  /** Makes an account without a mailbox, such as a service account. */
  readonly addService: (login: string, options?: ServiceOptions) => Account;
  readonly delegate: (owner: string, to: string, right: Delegation) => void;
  /** The hands of the person with this mailbox. */
  readonly outlook: (address: string) => Outlook;
  readonly account: (login: string) => Account;
  /** Does what requests asked for whose fault was `late`; answers how many they were. */
  readonly carryOutLate: () => number;
  /** Forgets all subscriptions and cuts all streams, as a restart does. */
  readonly restart: () => void;
  readonly close: () => Promise<void>;
}

export interface MailboxOptions {
  readonly name?: string;
  readonly password?: string;
  /** Addresses under which it gets mail as well. */
  readonly proxies?: readonly string[];
  /** A name of Windows; absent: W. Europe Standard Time. */
  readonly zone?: string;
}

export interface ServiceOptions {
  readonly password?: string;
  readonly impersonates?: 'all' | readonly string[];
}

export async function startExchange(options: ExchangeOptions = {}): Promise<FakeExchange> {
  const profile = { ...profiles[options.profile ?? 'exchange2016'], ...options.quirks };
  const now = options.now ?? Date.now;
  const store = new Store(now, profile.laxSeries);
  const subscriptions = new Subscriptions(store, options.maxSubscriptions ?? 5_000);
  const mails: MailRecord[] = [];
  const backend: Backend = {
    store,
    profile,
    mails,
    subscriptions,
    maxViewItems: options.maxViewItems ?? 1_000,
    late: { changes: 0, listings: 0 },
    anchors: options.anchors ?? false,
  };
  let challenges = 0;
  const logins = new Logins(
    {
      methods: options.methods ?? ['ntlm', 'basic'],
      lockAfter: options.lockAfter,
      requireChannelBinding: options.requireChannelBinding ?? false,
    },
    {
      domain: 'LAB',
      computer: 'EXCHANGE',
      dnsDomain: 'lab.test',
      dnsComputer: 'exchange.lab.test',
      challenge: () => {
        challenges += 1;
        const bytes = Buffer.alloc(8, 0xa5);
        bytes.writeUInt32LE(challenges, 4);
        return bytes;
      },
      now,
      certificate: options.tls && new X509Certificate(options.tls.cert),
    },
  );
  const faults = new Faults();
  const discovery = defaultAutodiscover();
  const state = { clockSkewMs: 0 };
  const host = options.host ?? '127.0.0.1';
  const server = new EwsServer(backend, logins, faults, {
    host,
    port: options.port ?? 0,
    tls: options.tls,
    path: '/EWS/Exchange.asmx',
    gzip: options.gzip ?? false,
    latencyMs: options.latencyMs ?? 0,
    clockSkewMs: () => state.clockSkewMs,
    stream: { keepAliveMs: options.keepAliveMs ?? 45_000, chunking: options.chunking ?? 'whole' },
    onTranscript: options.onTranscript,
    elsewhere: (request, body, response) =>
      autodiscover({ backend, logins, settings: discovery }, request, body, response),
  });
  const port = await server.listen();
  const origin = `${options.tls ? 'https' : 'http'}://${host}:${port}`;
  discovery.ewsUrl ??= `${origin}/EWS/Exchange.asmx`;

  const addAccount = (
    login: string,
    password: string,
    mailbox: string | undefined,
    impersonates: Account['impersonates'],
  ): Account => {
    const account: Account = {
      login: login.toLowerCase(),
      password,
      mailbox,
      impersonates,
      disabled: false,
      failures: 0,
    };
    logins.accounts.set(plainLogin(login), account);
    return account;
  };
  const find = (address: string): Mailbox => {
    const mailbox = store.mailbox(address);
    if (!mailbox) throw new Error(`there is no mailbox ${address}`);
    return mailbox;
  };

  return {
    url: `${origin}/EWS/Exchange.asmx`,
    origin,
    port,
    store,
    faults,
    counters: server.counters,
    logins,
    mails,
    streams: server.streams,
    subscriptions,
    autodiscover: discovery,
    late: backend.late,
    get clockSkewMs() {
      return state.clockSkewMs;
    },
    set clockSkewMs(value) {
      state.clockSkewMs = value;
    },
    addMailbox(
      address,
      {
        name = address.replace(/@.*/, ''),
        password = 'secret',
        proxies = [],
        zone = 'W. Europe Standard Time',
      } = {},
    ) {
      const mailbox = store.addMailbox(address, name.charAt(0).toUpperCase() + name.slice(1), mustBe(zone));
      for (const proxy of proxies) store.proxies.set(proxy, mailbox);
      addAccount(address, password, address, []);
      return new Outlook(backend, mailbox);
    },
    addService: (login, { password = 'secret', impersonates = 'all' } = {}) =>
      addAccount(login, password, undefined, impersonates),
    delegate: (owner, to, right) => void find(owner).delegates.set(to.toLowerCase(), right),
    outlook: (address) => new Outlook(backend, find(address)),
    account(login) {
      const account = logins.account(login);
      if (!account) throw new Error(`there is no account ${login}`);
      return account;
    },
    carryOutLate: () => server.carryOutLate(),
    restart() {
      subscriptions.clear();
      for (const stream of server.streams) stream.cut();
    },
    close: () => server.close(),
  };
}

/** The people that the drivers of other people's clients expect. */
export async function startLab(options: ExchangeOptions = {}): Promise<FakeExchange> {
  const exchange = await startExchange(options);
  exchange.addMailbox('alice@lab.test');
  exchange.addMailbox('bob@lab.test');
  exchange.addService('svc@lab.test');
  return exchange;
}
