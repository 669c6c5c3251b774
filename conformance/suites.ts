import { abuse } from './abuse.ts';
import { careDurability } from './care-durability.ts';
import { durability } from './durability.ts';
import { fuzz } from './fuzz.ts';
import { mixedDurability } from './mixed-durability.ts';
import type { Suite } from './suite.ts';
import { akonadi } from './suites/akonadi.ts';
import { ios, macos } from './suites/apple.ts';
import { appleProfile } from './suites/apple-profile.ts';
import { assistants } from './suites/assistants.ts';
import { cadaver } from './suites/cadaver.ts';
import { calcurse } from './suites/calcurse.ts';
import { caldavInterop } from './suites/caldav-interop.ts';
import { davfs2 } from './suites/davfs2.ts';
import { emacs } from './suites/emacs.ts';
import { evolution } from './suites/evolution.ts';
import { ewsCurl } from './suites/ews-curl.ts';
import { ewsDavmail } from './suites/ews-davmail.ts';
import { ewsEvolution } from './suites/ews-evolution.ts';
import { ewsExchangelib } from './suites/ews-exchangelib.ts';
import { ewsJavascriptApi } from './suites/ews-javascript-api.ts';
import { exchangeDurability } from './suites/exchange-durability.ts';
import { exchangeEndToEnd } from './suites/exchange-end-to-end.ts';
import { exchangeLoad } from './suites/exchange-load.ts';
import { feedJudges } from './suites/feed-judges.ts';
import { feedReaders } from './suites/feed-readers.ts';
import { filePrograms } from './suites/file-programs.ts';
import { gvfs } from './suites/gvfs.ts';
import { javascriptClients } from './suites/javascript-clients.ts';
import { kdav } from './suites/kdav.ts';
import { litmus } from './suites/litmus.ts';
import { nextcloud } from './suites/nextcloud.ts';
import { pythonCaldav } from './suites/python-caldav.ts';
import { rclone } from './suites/rclone.ts';
import { perlClients, phpClients, pythonWebdav } from './suites/script-clients.ts';
import { caldavSynchronizer, davx5, errands, notePlugins, sailfish } from './suites/session-clients.ts';
import { syncevolution } from './suites/syncevolution.ts';
import { thunderbird } from './suites/thunderbird.ts';
import { tsdav } from './suites/tsdav.ts';
import { vdirsyncer } from './suites/vdirsyncer.ts';
import { webClients } from './suites/web-clients.ts';

/** Every suite, in the order of the results table. */
export const suites: readonly Suite[] = [
  litmus,
  cadaver,
  rclone,
  filePrograms,
  gvfs,
  davfs2,
  caldavInterop,
  vdirsyncer,
  thunderbird,
  evolution,
  kdav,
  akonadi,
  tsdav,
  javascriptClients,
  assistants,
  webClients,
  nextcloud,
  ios,
  macos,
  appleProfile,
  davx5,
  caldavSynchronizer,
  sailfish,
  notePlugins,
  errands,
  pythonCaldav,
  pythonWebdav,
  phpClients,
  perlClients,
  syncevolution,
  calcurse,
  emacs,
  feedReaders,
  feedJudges,
  durability,
  mixedDurability,
  careDurability,
  abuse,
  fuzz,
  ewsExchangelib,
  ewsEvolution,
  ewsJavascriptApi,
  ewsCurl,
  ewsDavmail,
  exchangeEndToEnd,
  exchangeDurability,
  exchangeLoad,
];
