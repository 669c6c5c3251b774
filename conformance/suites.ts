import { abuse } from './abuse.ts';
import { durability } from './durability.ts';
import { fuzz } from './fuzz.ts';
import type { Suite } from './suite.ts';
import { ios, macos } from './suites/apple.ts';
import { appleProfile } from './suites/apple-profile.ts';
import { cadaver } from './suites/cadaver.ts';
import { evolution } from './suites/evolution.ts';
import { feedReaders } from './suites/feed-readers.ts';
import { litmus } from './suites/litmus.ts';
import { pythonCaldav } from './suites/python-caldav.ts';
import { syncevolution } from './suites/syncevolution.ts';
import { thunderbird } from './suites/thunderbird.ts';
import { tsdav } from './suites/tsdav.ts';
import { vdirsyncer } from './suites/vdirsyncer.ts';

/** Every suite, in the order of the results table. */
export const suites: readonly Suite[] = [
  litmus,
  cadaver,
  vdirsyncer,
  thunderbird,
  evolution,
  tsdav,
  ios,
  macos,
  appleProfile,
  pythonCaldav,
  syncevolution,
  feedReaders,
  durability,
  abuse,
  fuzz,
];
