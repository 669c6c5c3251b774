/**
 * Signed tickets: a visitor who has not signed in gets the state of a dialog signed and brings it back, instead of the
 * server storing it. So nobody can fill the database by beginning things and leaving.
 */
import { timingSafeEqual } from 'node:crypto';
import { Refusal } from '../../core/refusal.ts';
import type { Services } from '../context.ts';
import { keyedHash } from '../fingerprint.ts';

export interface NewTicket {
  /** A ticket for one thing opens no other. */
  readonly purpose: string;
  /** Its bearer can read it. */
  readonly payload: string;
  readonly lifeMs: number;
}

/** Letters, digits, `-`, `_` and one dot. */
export function signedTicket(services: Services, { purpose, payload, lifeMs }: NewTicket): string {
  const body = Buffer.from(JSON.stringify([services.clock.now() + lifeMs, payload])).toString('base64url');
  return `${body}.${signature(services, purpose, body)}`;
}

/** The payload of a ticket that was signed here for this purpose. Refuses `gone` where it was not, or has expired. */
export function openTicket(services: Services, purpose: string, ticket: string): string {
  const [body = '', given = ''] = ticket.split('.');
  const expected = Buffer.from(signature(services, purpose, body));
  const shown = Buffer.from(given);
  if (shown.length !== expected.length || !timingSafeEqual(shown, expected)) throw gone();
  const content: unknown = JSON.parse(Buffer.from(body, 'base64url').toString('utf8'));
  const [expires, payload]: readonly unknown[] = Array.isArray(content) ? content : [];
  if (typeof expires !== 'number' || typeof payload !== 'string') throw gone();
  if (expires <= services.clock.now()) throw gone();
  return payload;
}

function signature({ secret }: Services, purpose: string, body: string): string {
  return Buffer.from(keyedHash(secret, `ticket\n${purpose}\n${body}`)).toString('base64url');
}

function gone(): Refusal {
  return new Refusal('gone', 'this was not begun here, or too long ago');
}
