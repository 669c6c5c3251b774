/**
 * Tells systemd (`Type=notify`, sd_notify(3)) that the server listens, or that it stops.
 *
 * The message goes over a Unix datagram socket, which Node does not have, so systemd's own program `systemd-notify`
 * sends it; the unit permits that by `NotifyAccess=all`.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** `READY=1`: the server listens. `STOPPING=1`: it takes no new requests. */
export type State = 'READY=1' | 'STOPPING=1';

const program = 'systemd-notify';
/** How long to wait until systemd has taken the message. If nobody takes it, the server goes on without. */
const patienceMs = 5000;

/** Sends the state if systemd waits for it (`NOTIFY_SOCKET`), else does nothing. Rejects if it could not be sent. */
export async function tellServiceManager(state: State, env: NodeJS.ProcessEnv): Promise<void> {
  if ((env['NOTIFY_SOCKET'] ?? '') === '') return;
  await promisify(execFile)(program, [state], { env, timeout: patienceMs });
}
