import type { Suite } from './suite.ts';
import { ios, macos } from './suites/apple.ts';
import { evolution } from './suites/evolution.ts';
import { litmus } from './suites/litmus.ts';
import { pythonCaldav } from './suites/python-caldav.ts';
import { thunderbird } from './suites/thunderbird.ts';
import { tsdav } from './suites/tsdav.ts';
import { vdirsyncer } from './suites/vdirsyncer.ts';

/** Every suite, in the order of the results table. */
export const suites: readonly Suite[] = [
  litmus,
  vdirsyncer,
  thunderbird,
  evolution,
  tsdav,
  ios,
  macos,
  pythonCaldav,
];
