/** What a run had to guess, could not say there, or is not sure of: codes with a count in the sync log. The page has words for each. */
export const syncNotes = [
  'title-cut',
  'reminder-after-start',
  'zone-guessed',
  'zone-custom',
  'recurrence-as-singles',
  'recurrence-approximated',
  'recurrence-unreadable',
  'override-moved-past-neighbour',
  'override-without-instance',
  'organizer-elsewhere',
  'status-not-writable',
  'address-unresolved',
  'change-not-kept',
  'invitation-unsure',
] as const;

export type SyncNote = (typeof syncNotes)[number];
