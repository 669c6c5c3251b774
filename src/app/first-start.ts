/** What an empty database gets: the company, and somebody who may administrate it. */
import { randomBytes } from 'node:crypto';
import { operator } from '../service/access.ts';
import type { Services } from '../service/context.ts';
import { company, createPerson } from '../service/people.ts';

export interface FirstStart {
  readonly name: string;
  /** Present if it was made here: to be shown once. */
  readonly password: string | undefined;
}

/** Makes the first administrator unless anybody is there already; answers `undefined` then. */
export async function firstStart(
  services: Services,
  { adminName, adminPassword }: { readonly adminName: string; readonly adminPassword: string },
): Promise<FirstStart | undefined> {
  for await (const page of services.storage.principals({ kinds: ['user'], includeDisabled: true }))
    if (page.length > 0) return undefined;
  const made = adminPassword === '' ? randomPassword() : undefined;
  await company(services, operator());
  const { name } = await createPerson(services, operator(), {
    name: adminName,
    displayName: 'Administrator',
    password: made ?? adminPassword,
    isAdmin: true,
  });
  return { name, password: made };
}

/** 96 bits in 16 letters that every keyboard has. */
export function randomPassword(): string {
  return randomBytes(12).toString('base64url');
}
