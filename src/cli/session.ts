/** The data as a command has it: opened beside a running server, and closed again. */
import type { Settings } from '../config.ts';
import type { Actor } from '../core/principal.ts';
import type { Services } from '../service/context.ts';

export interface Session {
  readonly settings: Settings;
  readonly services: Services;
  /** The command line itself: whoever may run it may do anything. */
  readonly actor: Actor;
  /** `https://cal.example.com/base`, without a slash at the end: what printed addresses begin with. */
  readonly publicUrl: string;
}
