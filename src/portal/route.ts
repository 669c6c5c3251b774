/** How a call of the API is declared, and what it is given when it runs. */
import type { PrincipalId } from '../core/ids.ts';
import { id } from '../core/ids.ts';
import type { Session } from '../core/portal.ts';
import type { Actor } from '../core/principal.ts';
import { Refusal } from '../core/refusal.ts';
import type { SpokenLanguage } from '../i18n/languages.ts';
import { etagOfParts } from '../service/fingerprint.ts';
import type { SignedIn } from '../service/people/sessions.ts';
import type { Api, RouteName } from './api.ts';
import { readBytes, type Schema } from './json.ts';
import type { PortalParts } from './parts.ts';
import { Problem } from './problem.ts';
import type { PortalState } from './state.ts';

/** What the portal needs of a request; `http` has the same. */
export interface PortalRequest {
  readonly method: string;
  /** Path and query below the base path. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: AsyncIterable<Uint8Array>;
  readonly id: string;
  readonly address: string;
  /** Whom a trusted proxy names; absent where that is no way to sign in, or it names nobody. */
  readonly proxyUser?: string;
}

export interface PortalResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array | AsyncIterable<Uint8Array>;
  readonly live?: boolean;
}

export interface Call<Name extends RouteName> {
  readonly parts: PortalParts;
  readonly state: PortalState;
  readonly request: PortalRequest;
  /** Decoded parts of the path. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: Api[Name]['query'];
  readonly body: Api[Name]['body'];
  readonly language: SpokenLanguage;
  /** Who asks, where it is known; for routes that anyone may call. */
  readonly signedIn: SignedIn | undefined;
  /** The entity tags that the client takes for current; undefined: it did not say. */
  readonly ifMatch: readonly string[] | undefined;
}

export interface SignedInCall<Name extends RouteName> extends Call<Name> {
  readonly actor: Actor;
  readonly session: Session;
}

/** An answer, with what goes beside it. */
export interface Reply<Answer> {
  readonly answer: Answer;
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A whole answer that is not JSON. */
export interface RawReply {
  readonly response: PortalResponse;
}

interface Declared<Name extends RouteName> {
  /** One line for the description of the API. */
  readonly summary: string;
  readonly body?: Api[Name]['body'] extends undefined ? never : Schema<Api[Name]['body']> | RawBody;
  readonly query?: Schema<Api[Name]['query']>;
  /** Absent: 204. */
  readonly answer?: Schema<Api[Name]['answer']> | RawAnswer;
  readonly status?: number;
  /** The status if the work asked for is under way already. */
  readonly joinedStatus?: number;
}

export interface RawBody {
  readonly mediaTypes: readonly string[];
}

export interface RawAnswer {
  readonly mediaType: string;
}

type Answered<Name extends RouteName> = Promise<Reply<Api[Name]['answer']> | RawReply>;

/** `anyone`: without a session. `admin`: administrators with a session. */
export type Route<Name extends RouteName> = Declared<Name> &
  (
    | { readonly access: 'anyone'; readonly run: (call: Call<Name>) => Answered<Name> }
    | { readonly access: 'signed-in' | 'admin'; readonly run: (call: SignedInCall<Name>) => Answered<Name> }
  );

/** JSON that is already written. Personal data: no cache keeps it. */
export function jsonBytes(body: Uint8Array): PortalResponse {
  const headers = { 'Content-Type': 'application/json; charset=utf-8', 'Cache-Control': 'no-store' };
  return { status: 200, headers, body };
}

/** A group of routes; all groups together are every key of `Api`, or it does not compile. */
export type Routes<Names extends RouteName> = { readonly [Name in Names]: Route<Name> };

export const nothing: Reply<undefined> = { answer: undefined };

/** An entity with its tag, in the body and in the header. */
export function entity<Value extends { readonly etag: string }>(
  value: Omit<Value, 'etag'>,
  status = 200,
): Reply<Value> {
  const etag = etagOfParts([JSON.stringify(value)]);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it is the value with the one member that was left out
  return { answer: { ...value, etag } as unknown as Value, status, headers: { ETag: etag } };
}

/** Refuses a write to something that has another entity tag than the client thinks (412, E07). */
export function requireCurrent(
  ifMatch: readonly string[] | undefined,
  { etag, changed }: { readonly etag: string; readonly changed: number },
): void {
  if (ifMatch === undefined || ifMatch.includes('*') || ifMatch.includes(etag)) return;
  throw new Problem(412, { error: 'E07', reason: 'stale', etag, changedAt: timestamp(changed) });
}

/** An id in the path. Refuses `not-found` for anything that is no id. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- a brand is given by the place that wants it
export function pathId<Wanted extends number>(text: string | undefined): Wanted {
  const value = /^\d{1,16}$/.test(text ?? '') ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(value)) throw new Refusal('not-found', 'there is nothing of this id');
  return id<Wanted>(value);
}

export function principalIdOf(text: string): PrincipalId {
  return pathId<PrincipalId>(text);
}

export async function rawBody(
  { request }: { readonly request: PortalRequest },
  maxBytes: number,
): Promise<Uint8Array> {
  return await readBytes(request.body, maxBytes);
}

export function header(request: PortalRequest, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'object' ? value.join(', ') : value;
}

export function timestamp(at: number): string {
  return new Date(at).toISOString().replace('.000Z', 'Z');
}
