/** What one step of the walk found. */
export interface Step {
  /** The program whose behaviour the step imitates. */
  readonly as: string;
  readonly what: string;
  readonly ok: boolean;
  /** What was seen; where it failed, with the likely cause. */
  readonly seen: string;
  /** The same without words, for those who say it in other languages: the request and its status, or the code of what failed. */
  readonly fact: string;
}

/** How far a client has come with its set-up. The page names its lines after these. */
export type Stage = 'well-known' | 'challenge' | 'principal' | 'options' | 'home' | 'calendars';

export interface WalkStep extends Step {
  readonly stage: Stage;
}

/** Notes a step, and answers whether it went well. */
export type Note = (stage: Stage, as: string, what: string, ok: boolean, seen: string) => boolean;
