import { type RunningTarget, startTarget } from './targets.ts';

/**
 * The servers of one run: all of them are stopped at its end, also when it is interrupted or fails.
 *
 * Start scripts and servers lead sessions of their own, so Ctrl-C reaches this process alone. A server that is being
 * started at that moment is waited for and stopped like the others.
 */
export class Servers {
  readonly #starting: Promise<RunningTarget>[] = [];
  #stopping: Promise<void> | undefined;

  constructor() {
    for (const [signal, number] of [
      ['SIGHUP', 1],
      ['SIGINT', 2],
      ['SIGTERM', 15],
    ] as const)
      process.on(signal, () => {
        if (this.#stopping === undefined) console.error(`${signal}: the servers are being stopped`);
        void this.stop().then(() => process.exit(128 + number));
      });
    process.on('uncaughtException', (error) => {
      console.error(error);
      void this.stop().then(() => process.exit(1));
    });
  }

  async start(name: string, tellsTurns = false): Promise<RunningTarget> {
    if (this.#stopping) throw new Error('the run has been interrupted');
    const starting = startTarget(name, tellsTurns);
    this.#starting.push(starting);
    const running = await starting;
    const { relaunch } = running;
    if (relaunch === undefined) return running;
    return {
      ...running,
      // A spread would call the getter once and for all, and process ids change.
      get target() {
        return running.target;
      },
      relaunch: () =>
        this.#stopping ? Promise.reject(new Error('the run has been interrupted')) : relaunch(),
    };
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stopAll();
    return this.#stopping;
  }

  async #stopAll(): Promise<void> {
    for (const outcome of await Promise.allSettled(this.#starting)) {
      if (outcome.status === 'rejected') continue; // It never ran; the start has told why.
      try {
        await outcome.value.stop();
      } catch (error) {
        console.error(`${outcome.value.target.label} could not be stopped:`, error);
      }
    }
  }
}
