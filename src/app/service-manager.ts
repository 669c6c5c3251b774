/**
 * Tells systemd how things stand (`Type=notify`, sd_notify(3)): that the server listens, and that it stops.
 *
 * The word goes over a datagram socket, which Node has none of for Unix addresses, so systemd's own program carries it; the
 * unit lets it by `NotifyAccess=all`.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** It listens; it takes no new requests. */
export type State = 'READY=1' | 'STOPPING=1';

const program = 'systemd-notify';
/** It waits until systemd has taken the word; where nobody takes it, the server goes on without. */
const patienceMs = 5000;

/** Says it to whoever waits, and to nobody else. Rejects where it could not be said. */
export async function tellServiceManager(state: State, env: NodeJS.ProcessEnv): Promise<void> {
  if ((env['NOTIFY_SOCKET'] ?? '') === '') return;
  await promisify(execFile)(program, [state], { env, timeout: patienceMs });
}
