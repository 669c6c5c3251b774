/** A copy of a file shares the contents of the original until one of them is written again. */
import type { Migration } from './index.ts';

export const sharedContents: Migration = {
  number: 4,
  title: 'shared contents',
  sql: 'CREATE INDEX file_of_content ON file (content) WHERE content IS NOT NULL;',
};
