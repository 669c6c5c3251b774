/** What lives between requests in this process: who listens to the stream, jobs that run. */
import type { JobRecords } from './job-record.ts';
import type { Hub } from './stream.ts';

export interface PortalState {
  readonly hub: Hub;
  readonly jobs: JobRecords;
  /** Work in the background; a stop waits for it. */
  readonly background: Set<Promise<void>>;
}
