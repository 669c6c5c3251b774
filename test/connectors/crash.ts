/** A process that dies at a chosen moment: before or after a request, before or after a commit. From then on it does nothing. */
import type { Services } from '../../src/service/context.ts';
import type { Storage } from '../../src/storage/port.ts';
import type { Linked } from './linked.ts';

export class Crash extends Error {}

/** Called at each moment at which the process may die; answers whether it still lives. */
export type Tick = () => boolean;

/** Runs once and dies at the step with this number, counted from 1. Answers whether it came so far. */
export async function runUntilCrash(linked: Linked, step: number): Promise<boolean> {
  const { reached } = await killed(linked, step, (tick) => {
    linked.remote.fault = () => {
      if (!tick()) throw died(step);
    };
    return () => {
      linked.remote.fault = () => undefined;
    };
  });
  return reached;
}

/** `watch` has every request tick, and answers how to end that. */
export async function killed(
  linked: Linked,
  step: number,
  watch: (tick: Tick) => () => void,
): Promise<{ readonly reached: boolean }> {
  let taken = 0;
  const tick: Tick = () => ++taken < step;
  const live = (): void => {
    if (!tick()) throw died(step);
  };
  const unwatch = watch(tick);
  const { storage } = linked.services;
  const mortal: Storage = {
    ...bound(storage),
    commit: async (set) => {
      live();
      const result = await storage.commit(set);
      live();
      return result;
    },
  };
  const services: Services = { ...linked.services, storage: mortal };
  try {
    await linked.run('schedule', services);
  } catch (error) {
    if (!(error instanceof Crash)) throw error;
  } finally {
    unwatch();
  }
  return { reached: taken >= step };
}

const died = (step: number): Crash => new Crash(`died at step ${step}`);

/** The storage's own fields as an object that can be spread. */
function bound(storage: Storage): Storage {
  return Object.assign(Object.create(storage), storage);
}
