/**
 * Which items `t` of the trash are still there: those that no purge covers, although the sweeper may not have come by yet.
 * The bound by id keeps a purge from reaching what is deleted after it within the same millisecond.
 */
export const notPurged = `
  NOT EXISTS (
    SELECT 1 FROM sweep s
    WHERE s.kind = 'trash' AND s.subject = t.home AND t.deleted < s.before AND t.id <= s.through
  )`;
