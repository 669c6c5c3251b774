/** What a supervisor asks: does the process live, and should it be given work (ARCHITECTURE §10). */

export interface Health {
  /** The answer to `/healthz` needs no look: the process that answers lives. */
  readonly ready: () => Promise<{ readonly ready: boolean; readonly why: 'ready' | 'stopping' | 'storage' }>;
  /** Makes the server not ready, so that a load balancer sends new clients elsewhere while the last requests finish. */
  readonly stop: () => void;
}

/** `probe` fails when the data cannot be read or written; it is asked at most once a second, however often `/readyz` is. */
export function createHealth(probe: () => Promise<void>, now: () => number): Health {
  let stopping = false;
  let last: { readonly at: number; readonly works: Promise<boolean> } | undefined;
  return {
    async ready() {
      if (stopping) return { ready: false, why: 'stopping' };
      const at = now();
      if (last === undefined || at - last.at >= 1000) {
        last = {
          at,
          works: probe().then(
            () => true,
            () => false,
          ),
        };
      }
      return (await last.works) ? { ready: true, why: 'ready' } : { ready: false, why: 'storage' };
    },
    stop() {
      stopping = true;
    },
  };
}
