/** A process that dies at a chosen moment: before or after a request, before or after a commit. From then on it does nothing. */
import type { Services } from '../../src/service/context.ts';
import type { Storage } from '../../src/storage/port.ts';
import type { Linked } from './linked.ts';

export class Crash extends Error {}

/** Runs once and dies at the step with this number, counted from 1. Answers whether it came so far. */
export async function runUntilCrash(linked: Linked, step: number): Promise<boolean> {
  let taken = 0;
  const tick = (): void => {
    if (++taken >= step) throw new Crash(`died at step ${step}`);
  };
  linked.remote.fault = tick;
  const { storage } = linked.services;
  const mortal: Storage = {
    ...bound(storage),
    commit: async (set) => {
      tick();
      const result = await storage.commit(set);
      tick();
      return result;
    },
  };
  const services: Services = { ...linked.services, storage: mortal };
  try {
    await linked.run('schedule', services);
  } catch (error) {
    if (!(error instanceof Crash)) throw error;
  } finally {
    linked.remote.fault = () => undefined;
  }
  return taken >= step;
}

/** The storage's own fields as an object that can be spread. */
function bound(storage: Storage): Storage {
  return Object.assign(Object.create(storage), storage);
}
