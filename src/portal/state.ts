/** What lives between requests in this process: who listens to streams, jobs that run. */
import type { PrincipalId } from '../core/ids.ts';
import type { JobRecords } from './job-record.ts';
import type { RunStream } from './run-stream.ts';
import type { Hub } from './stream.ts';

export interface PortalState {
  readonly hub: Hub;
  readonly jobs: JobRecords;
  /** Pages that follow a run of a connector. */
  readonly runStreams: Set<RunStream>;
  /** Work in the background; a stop waits for it. */
  readonly background: Set<Promise<void>>;
  /** Whose file for an import is on its way: one of each person. */
  readonly uploading: Set<PrincipalId>;
}
