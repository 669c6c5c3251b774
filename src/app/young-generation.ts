/**
 * How much room new objects have before V8 looks which of them are still in use.
 *
 * V8 lets it grow to two halves of 16 MB each, and as many bytes again of buffers that nobody uses any more: some 40 MB of a
 * busy server, for which nothing becomes faster. Its limit is read before any code of ours runs, but the factor by which
 * the halves grow is read whenever they do. What a busy server has of it is not given back, so this is called
 * before anything else is loaded.
 */
import { PerformanceObserver } from 'node:perf_hooks';
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';

/**
 * Of both halves. Twice as much took the same processor time in all operations of the load harness, and 10 to 30 MB more:
 * the buffers of an answer that is sent piece by piece wait for the next collection, too.
 */
export const youngBytes: number = 8 * 1024 * 1024;

/**
 * From now on the halves double until they have their size, and no further; V8 makes them smaller when nothing is done. They are looked
 * at between two turns, so a turn with several collections (Node 24 makes more of them) can double them once more.
 */
export function boundYoungGeneration(): void {
  let factor = 2;
  const look = (): void => {
    const young = getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space');
    const wanted = (young?.space_size ?? 0) * 2 > youngBytes ? 1 : 2;
    if (wanted === factor) return;
    factor = wanted;
    setFlagsFromString(`--semi-space-growth-factor=${factor}`);
  };
  look();
  new PerformanceObserver(look).observe({ entryTypes: ['gc'] });
}
