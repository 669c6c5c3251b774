/**
 * Loaded by mocha before all tests. Property tests draw the same cases at every run, so that a red run means a change of
 * ours and not chance. `FC_SEED=n` draws others, `FC_SEED=random` new ones at every run: what these find becomes an
 * example test. The seed stands in the message of whatever fails.
 */
import * as fc from 'fast-check';

const defaultSeed = 20_261_121;
const chosen = process.env['FC_SEED'];

if (chosen !== 'random') fc.configureGlobal({ seed: chosen === undefined ? defaultSeed : Number(chosen) });
