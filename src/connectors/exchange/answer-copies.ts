/**
 * Some servers put a meeting that is accepted into the default calendar of its mailbox, wherever it lies: seen in the sources of
 * Gromox. Where it was not before, that copy goes again, or people have the meeting twice (exchange.md 19.4).
 */
import type { XmlElement } from '../../xml/reader.ts';
import type { FailureClass } from '../failure.ts';
import { failureFrom } from './connection/pool.ts';
import { field, itemShape } from './operations/fields.ts';
import { findByUid } from './operations/find-item.ts';
import { getItems } from './operations/get-item.ts';
import { type FolderRef, type ItemVersion, idOf } from './operations/targets.ts';
import { deleteItems } from './operations/write-items.ts';
import type { Reading } from './read-items.ts';
import { textOf } from './wire/elements.ts';

/** Answers the meeting with `answer`; `home`: the default calendar. */
export async function leavingNoCopy(
  { id }: Pick<ItemVersion, 'id'>,
  home: FolderRef,
  { client, signal }: Pick<Reading, 'client' | 'signal'>,
  answer: () => Promise<unknown>,
): Promise<void> {
  const shape = () => itemShape([field('calendar:UID')]);
  const original = async (): Promise<XmlElement | undefined> => {
    const [read] = await client.call(getItems([{ id }], shape), signal);
    return read && 'value' in read ? read.value : undefined;
  };
  const uid = textOf(await original(), 'UID');
  const atHome = async (): Promise<readonly ItemVersion[] | undefined> => {
    if (uid === undefined || uid === '') return undefined;
    const { items } = await client.call(findByUid(home, [uid], 0), signal);
    return items.flatMap((item) => idOf(item) ?? []);
  };
  const before = await atHome().catch((error: unknown) => {
    const failure = failureFrom(error);
    if (waits.has(failure.class)) throw failure;
    // Who cannot look for copies answers all the same.
    return undefined;
  });
  await answer();
  if (before?.length !== 0) return;
  try {
    const copies = (await atHome()) ?? [];
    // What was moved there is no copy.
    if (copies.length > 0 && (await original())) await client.call(deleteItems(copies, 'none'), signal);
  } catch {
    // The answer was sent, whatever becomes of the copy.
  }
}

const waits: ReadonlySet<FailureClass> = new Set(['throttle', 'auth', 'auth-global', 'cancelled']);
