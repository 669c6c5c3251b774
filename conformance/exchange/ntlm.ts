/** The server's side of NTLMv2 (MS-NLMP 3.2, 3.3.2): challenge, proof, message integrity code, channel binding. */
import { createHash, createHmac, timingSafeEqual, type X509Certificate } from 'node:crypto';
import type { Socket } from 'node:net';
import { md4, rc4 } from './md4.ts';
import type { Account } from './soap.ts';

/** What the server says of itself, and where its challenges come from. */
export interface NtlmServer {
  readonly domain: string;
  readonly computer: string;
  readonly dnsDomain: string;
  readonly dnsComputer: string;
  readonly challenge: () => Buffer;
  readonly now: () => number;
  /** Of https; its hash is the channel binding. */
  readonly certificate: X509Certificate | undefined;
}

export type Step =
  | { readonly kind: 'challenge'; readonly message: Buffer }
  | { readonly kind: 'done'; readonly account: Account | undefined; readonly proven: boolean };

const signature = Buffer.from('NTLMSSP\0', 'latin1');

const flag = {
  unicode: 0x1,
  target: 0x4,
  sign: 0x10,
  seal: 0x20,
  ntlm: 0x200,
  alwaysSign: 0x8000,
  targetIsServer: 0x20000,
  extended: 0x80000,
  targetInfo: 0x800000,
  version: 0x2000000,
  bits128: 0x20000000,
  keyExchange: 0x40000000,
  bits56: 0x80000000,
} as const;

/** Ids of pairs in the target information (MS-NLMP 2.2.2.1). */
const pair = {
  end: 0,
  computer: 1,
  domain: 2,
  dnsComputer: 3,
  dnsDomain: 4,
  flags: 6,
  timestamp: 7,
  bindings: 10,
} as const;

/** One connection's handshake; `account` is set when it has been proven. */
export class NtlmSession {
  account: Account | undefined;
  readonly #server: NtlmServer;
  readonly #requireBinding: boolean;
  #negotiate: Buffer = Buffer.alloc(0);
  #challengeMessage: Buffer = Buffer.alloc(0);
  #nonce: Buffer = Buffer.alloc(0);

  constructor(server: NtlmServer, requireBinding: boolean) {
    this.#server = server;
    this.#requireBinding = requireBinding;
  }

  step(message: Buffer, socket: Socket, accountOf: (login: string) => Account | undefined): Step {
    const refused: Step = { kind: 'done', account: undefined, proven: false };
    if (message.length < 12 || !message.subarray(0, 8).equals(signature)) return refused;
    const type = message.readUInt32LE(8);
    if (type === 1) {
      this.#negotiate = message;
      this.#nonce = this.#server.challenge();
      this.#challengeMessage = this.#writeChallenge();
      return { kind: 'challenge', message: this.#challengeMessage };
    }
    // A third leg on a connection that has not seen the first two is worth nothing.
    if (type !== 3 || this.#nonce.length === 0) return refused;
    const step = this.#judge(message, socket, accountOf);
    this.#nonce = Buffer.alloc(0);
    return step;
  }

  #writeChallenge(): Buffer {
    const target = utf16(this.#server.domain);
    const info = this.#targetInfo();
    const head = Buffer.alloc(56);
    signature.copy(head);
    head.writeUInt32LE(2, 8);
    field(head, 12, target.length, 56);
    const {
      unicode,
      target: withTarget,
      ntlm,
      alwaysSign,
      extended,
      targetInfo,
      version,
      bits128,
      keyExchange,
      bits56,
      sign,
      seal,
    } = flag;
    const flags =
      unicode +
      withTarget +
      ntlm +
      alwaysSign +
      extended +
      targetInfo +
      version +
      bits128 +
      keyExchange +
      bits56 +
      sign +
      seal;
    head.writeUInt32LE(flags >>> 0, 20);
    this.#nonce.copy(head, 24);
    field(head, 40, info.length, 56 + target.length);
    Buffer.from('0a0063450000000f', 'hex').copy(head, 48);
    return Buffer.concat([head, target, info]);
  }

  #targetInfo(): Buffer {
    const { domain, computer, dnsDomain, dnsComputer, now } = this.#server;
    const stamp = Buffer.alloc(8);
    stamp.writeBigUInt64LE(BigInt(now() + 11_644_473_600_000) * 10_000n);
    return Buffer.concat([
      avPair(pair.domain, utf16(domain)),
      avPair(pair.computer, utf16(computer)),
      avPair(pair.dnsDomain, utf16(dnsDomain)),
      avPair(pair.dnsComputer, utf16(dnsComputer)),
      avPair(pair.timestamp, stamp),
      avPair(pair.end, Buffer.alloc(0)),
    ]);
  }

  #judge(message: Buffer, socket: Socket, accountOf: (login: string) => Account | undefined): Step {
    const domain = take(message, 28).toString('utf16le');
    const user = take(message, 36).toString('utf16le');
    const account =
      accountOf(user) ?? accountOf(`${user}@${domain}`) ?? accountOf(`${user}@${this.#server.dnsDomain}`);
    const answer = take(message, 20);
    if (!account || answer.length < 48) return { kind: 'done', account, proven: false };
    const proof = answer.subarray(0, 16);
    const blob = answer.subarray(16);
    const key = hmac(md4(utf16(account.password)), utf16(user.toUpperCase() + domain));
    const expected = hmac(key, Buffer.concat([this.#nonce, blob]));
    if (!timingSafeEqual(proof, expected)) return { kind: 'done', account, proven: false };
    const pairs = readPairs(blob.subarray(28));
    const right = this.#micHolds(message, pairs, hmac(key, proof)) && this.#bindingHolds(pairs, socket);
    return { kind: 'done', account, proven: right };
  }

  /** MS-NLMP 3.2.5.1.2: a client that was told the time must prove that nobody changed the three messages. */
  #micHolds(message: Buffer, pairs: ReadonlyMap<number, Buffer>, baseKey: Buffer): boolean {
    const flags = pairs.get(pair.flags);
    if (!flags || (flags.readUInt32LE(0) & 2) === 0)
      return !pairs.has(pair.timestamp) || this.#toleratesNoMic;
    const sessionKey = take(message, 52);
    const exchanged = (message.readUInt32LE(60) & flag.keyExchange) !== 0 && sessionKey.length === 16;
    const exported = exchanged ? rc4(baseKey, sessionKey) : baseKey;
    const given = Buffer.from(message.subarray(72, 88));
    const zeroed = Buffer.from(message);
    zeroed.fill(0, 72, 88);
    return timingSafeEqual(
      given,
      hmac(exported, Buffer.concat([this.#negotiate, this.#challengeMessage, zeroed])),
    );
  }

  /** Old clients send no integrity code, and servers take that unless they insist on channel bindings. */
  get #toleratesNoMic(): boolean {
    return !this.#requireBinding;
  }

  #bindingHolds(pairs: ReadonlyMap<number, Buffer>, socket: Socket): boolean {
    const given = pairs.get(pair.bindings);
    const none = !given || given.every((byte) => byte === 0);
    const { certificate } = this.#server;
    if (!certificate || !('encrypted' in socket)) return true;
    if (none) return !this.#requireBinding;
    return given.equals(channelBinding(certificate));
  }
}

/** MD5 of the gss_channel_bindings_struct around `tls-server-end-point` (RFC 5929 §4, MS-NLMP 3.1.5.1.2). */
export function channelBinding(certificate: X509Certificate): Buffer {
  const data = Buffer.concat([
    Buffer.from('tls-server-end-point:', 'latin1'),
    createHash('sha256').update(certificate.raw).digest(),
  ]);
  const head = Buffer.alloc(20);
  head.writeUInt32LE(data.length, 16);
  return createHash('md5')
    .update(Buffer.concat([head, data]))
    .digest();
}

function hmac(key: Buffer, data: Buffer): Buffer {
  return createHmac('md5', key).update(data).digest();
}

function utf16(text: string): Buffer {
  return Buffer.from(text, 'utf16le');
}

function field(buffer: Buffer, at: number, length: number, offset: number): void {
  buffer.writeUInt16LE(length, at);
  buffer.writeUInt16LE(length, at + 2);
  buffer.writeUInt32LE(offset, at + 4);
}

/** The payload that the field at this place points to; empty where it points outside. */
function take(message: Buffer, at: number): Buffer {
  if (message.length < at + 8) return Buffer.alloc(0);
  const length = message.readUInt16LE(at);
  const offset = message.readUInt32LE(at + 4);
  return message.subarray(offset, offset + length);
}

function avPair(id: number, value: Buffer): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt16LE(id, 0);
  head.writeUInt16LE(value.length, 2);
  return Buffer.concat([head, value]);
}

function readPairs(data: Buffer): ReadonlyMap<number, Buffer> {
  const pairs = new Map<number, Buffer>();
  let at = 0;
  while (at + 4 <= data.length) {
    const id = data.readUInt16LE(at);
    const length = data.readUInt16LE(at + 2);
    if (id === pair.end) break;
    pairs.set(id, data.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return pairs;
}
