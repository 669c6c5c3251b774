/**
 * NTLMv2 as messages (MS-NLMP), nothing older: with integrity code, and bound to the TLS channel and to the server's name.
 *
 * No session security is negotiated: over HTTP the login serves the connection and nothing else.
 */
import { createHash, createHmac } from 'node:crypto';
import { md4 } from './md4.ts';

const signature = Buffer.from('NTLMSSP\0', 'latin1');

/** NegotiateFlags (MS-NLMP 2.2.2.5). */
const flags = {
  unicode: 0x1,
  oem: 0x2,
  requestTarget: 0x4,
  ntlm: 0x200,
  alwaysSign: 0x8000,
  extendedSessionSecurity: 0x80000,
} as const;

const wanted =
  flags.unicode |
  flags.oem |
  flags.requestTarget |
  flags.ntlm |
  flags.alwaysSign |
  flags.extendedSessionSecurity;

/** NEGOTIATE_MESSAGE (2.2.1.1): no names, which servers ignore and which are nobody's business before the login. */
export function negotiateMessage(): Buffer {
  const message = Buffer.alloc(32);
  signature.copy(message);
  message.writeUInt32LE(1, 8);
  message.writeUInt32LE(wanted, 12);
  message.writeUInt32LE(32, 20);
  message.writeUInt32LE(32, 28);
  return message;
}

export interface Challenge {
  /** Kept for the integrity code. */
  readonly message: Buffer;
  readonly flags: number;
  readonly serverChallenge: Buffer;
  readonly targetInfo: readonly AvPair[];
}

/** AV_PAIR (2.2.2.1) */
export interface AvPair {
  readonly id: number;
  readonly value: Buffer;
}

export const av = {
  end: 0,
  computerName: 1,
  domainName: 2,
  flags: 6,
  timestamp: 7,
  targetName: 9,
  channelBindings: 10,
} as const;

/** More than any server sends. */
const maxPairs = 64;

/** CHALLENGE_MESSAGE (2.2.1.2); undefined for what is none, or for a server that speaks no Unicode. */
export function readChallenge(message: Buffer): Challenge | undefined {
  if (message.length < 48 || message.length > 0xffff || !message.subarray(0, 8).equals(signature))
    return undefined;
  if (message.readUInt32LE(8) !== 2) return undefined;
  const negotiated = message.readUInt32LE(20);
  if ((negotiated & flags.unicode) === 0) return undefined;
  const length = message.readUInt16LE(40);
  const offset = message.readUInt32LE(44);
  if (offset + length > message.length) return undefined;
  const targetInfo = readPairs(message.subarray(offset, offset + length));
  if (targetInfo === undefined) return undefined;
  return { message, flags: negotiated, serverChallenge: message.subarray(24, 32), targetInfo };
}

function readPairs(bytes: Buffer): readonly AvPair[] | undefined {
  const pairs: AvPair[] = [];
  for (let at = 0; at + 4 <= bytes.length && pairs.length < maxPairs; ) {
    const id = bytes.readUInt16LE(at);
    const length = bytes.readUInt16LE(at + 2);
    if (id === av.end) return pairs;
    if (at + 4 + length > bytes.length) return undefined;
    pairs.push({ id, value: bytes.subarray(at + 4, at + 4 + length) });
    at += 4 + length;
  }
  return bytes.length === 0 ? pairs : undefined;
}

export interface NtlmLogin {
  readonly user: string;
  readonly domain: string;
  readonly password: string;
  readonly workstation: string;
  /** `HTTP/mail.corp.example`: whom we believe to speak to. */
  readonly targetName: string;
  /** `serverEndPoint` of the certificate; undefined without TLS. */
  readonly endPoint: Uint8Array | undefined;
  /** Eight random octets. */
  readonly clientChallenge: Uint8Array;
  /** Epoch milliseconds, for servers that tell no time themselves. */
  readonly now: number;
}

/** AUTHENTICATE_MESSAGE (2.2.1.3) to the challenge that answered `negotiate`. */
export function authenticateMessage(negotiate: Uint8Array, challenge: Challenge, login: NtlmLogin): Buffer {
  const key = responseKey(login.user, login.domain, login.password);
  const info = answeredTargetInfo(challenge, login);
  const time = challenge.targetInfo.find(({ id }) => id === av.timestamp)?.value ?? fileTime(login.now);
  const temp = clientChallengeOf(time, login.clientChallenge, info);
  const proof = hmacMd5(key, challenge.serverChallenge, temp);
  // No key is exchanged, so the session's key is the one derived (3.4.5.1).
  const sessionKey = hmacMd5(key, proof);
  const message = layout(challenge.flags & wanted, [
    // Must be zeros where the time is the server's, and no server that speaks NTLMv2 needs more (3.1.5.1.2).
    Buffer.alloc(24),
    Buffer.concat([proof, temp]),
    utf16(login.domain),
    utf16(login.user),
    utf16(login.workstation),
    Buffer.alloc(0),
  ]);
  hmacMd5(sessionKey, negotiate, challenge.message, message).copy(message, micOffset);
  return message;
}

/** NTOWFv2 (3.3.2) */
export function responseKey(user: string, domain: string, password: string): Buffer {
  return hmacMd5(md4(utf16(password)), utf16(upperCase(user) + domain));
}

/** `temp` (3.3.2): NTLMv2_CLIENT_CHALLENGE with what follows it. */
export function clientChallengeOf(
  time: Uint8Array,
  clientChallenge: Uint8Array,
  pairs: readonly AvPair[],
): Buffer {
  return Buffer.concat([
    Buffer.from([1, 1, 0, 0, 0, 0, 0, 0]),
    time,
    clientChallenge,
    Buffer.alloc(4),
    ...pairs.map(pairBytes),
    Buffer.alloc(4),
    Buffer.alloc(4),
  ]);
}

/** MsvAvChannelBindings (2.2.2.1): MD5 over a gss_channel_bindings_struct without addresses (RFC 2744 §3.11). */
export function channelBindings(endPoint: Uint8Array): Buffer {
  const data = Buffer.concat([Buffer.from('tls-server-end-point:', 'latin1'), endPoint]);
  const header = Buffer.alloc(20);
  header.writeUInt32LE(data.length, 16);
  return createHash('md5').update(header).update(data).digest();
}

/** What the server said of itself, and beside it that a code follows, the channel, and whom we mean. */
function answeredTargetInfo(
  { targetInfo }: Challenge,
  { endPoint, targetName }: NtlmLogin,
): readonly AvPair[] {
  const ours: ReadonlySet<number> = new Set([av.flags, av.channelBindings, av.targetName]);
  const said =
    targetInfo.find(({ id, value }) => id === av.flags && value.length === 4)?.value.readUInt32LE(0) ?? 0;
  const flagBytes = Buffer.alloc(4);
  flagBytes.writeUInt32LE((said | micPresent) >>> 0);
  return [
    ...targetInfo.filter(({ id }) => !ours.has(id)),
    { id: av.flags, value: flagBytes },
    ...(endPoint === undefined ? [] : [{ id: av.channelBindings, value: channelBindings(endPoint) }]),
    { id: av.targetName, value: utf16(targetName) },
  ];
}

const micPresent = 2;
const micOffset = 72;
const headerLength = 88;

/** Six payloads in the order of their fields, which is not the order in which the fields stand. */
function layout(negotiated: number, payloads: readonly Buffer[]): Buffer {
  const message = Buffer.alloc(headerLength + payloads.reduce((sum, { length }) => sum + length, 0));
  signature.copy(message);
  message.writeUInt32LE(3, 8);
  message.writeUInt32LE(negotiated >>> 0, 60);
  let at = headerLength;
  payloads.forEach((payload, index) => {
    const field = 12 + index * 8;
    message.writeUInt16LE(payload.length, field);
    message.writeUInt16LE(payload.length, field + 2);
    message.writeUInt32LE(payload.length === 0 ? headerLength : at, field + 4);
    payload.copy(message, at);
    at += payload.length;
  });
  return message;
}

function pairBytes({ id, value }: AvPair): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt16LE(id, 0);
  head.writeUInt16LE(value.length, 2);
  return Buffer.concat([head, value]);
}

/** FILETIME: 100 ns since 1601. */
export function fileTime(epochMs: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE((BigInt(Math.round(epochMs)) + 11_644_473_600_000n) * 10_000n);
  return bytes;
}

function utf16(text: string): Buffer {
  return Buffer.from(text, 'utf16le');
}

/** As Windows does it, character by character: ß has no capital of one character and stays. */
function upperCase(text: string): string {
  return text.replace(/./gsu, (character) => {
    const upper = character.toUpperCase();
    return upper.length === character.length ? upper : character;
  });
}

function hmacMd5(key: Uint8Array, ...parts: readonly Uint8Array[]): Buffer {
  const hmac = createHmac('md5', key);
  for (const part of parts) hmac.update(part);
  return hmac.digest();
}
