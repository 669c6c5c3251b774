/**
 * Live progress of one run as server-sent events. The run's row is the channel, so it does not matter which process runs it.
 *
 * The last event is the one with its end. A stream ends by itself after some minutes, and the page comes back: whether its
 * reader may still see the run is asked anew then.
 */
import type { ConnectorRun } from '../core/connector.ts';
import type { PrincipalId, RunId } from '../core/ids.ts';
import type { Services } from '../service/context.ts';
import { EventBody } from './event-body.ts';
import { runShape } from './exchange/shape.ts';

/** Changes within this time are told together. */
const gatherMs = 150;
const beatMs = 20_000;
const lifeMs = 600_000;

/** Streams of one person; the oldest ends when another page opens. */
const maxStreams = 8;

/** Live progress of one run for one of its readers, among all that are followed now. */
export function followRun(
  services: Services,
  following: Set<RunStream>,
  person: PrincipalId,
  run: ConnectorRun,
): RunStream {
  const own = [...following].filter((stream) => stream.person === person);
  if (own.length >= maxStreams) own[0]?.end();
  const stream = new RunStream(services, person, run, (ended) => following.delete(ended));
  following.add(stream);
  return stream;
}

export class RunStream extends EventBody {
  readonly person: PrincipalId;
  private readonly services: Services;
  private readonly run: RunId;
  private readonly leave: () => void;
  private readonly beat: NodeJS.Timeout;
  private readonly life: NodeJS.Timeout;
  private gathering: NodeJS.Timeout | undefined;
  private told = '';
  private readonly gone: (stream: RunStream) => void;

  constructor(
    services: Services,
    person: PrincipalId,
    run: ConnectorRun,
    onEnd: (stream: RunStream) => void,
  ) {
    super();
    this.person = person;
    this.services = services;
    this.run = run.id;
    this.gone = onEnd;
    this.leave = services.storage.watch({ committed: () => this.look(), deviceSeen: () => undefined });
    this.beat = setInterval(() => this.write(': \n\n'), beatMs).unref();
    this.life = setTimeout(() => this.end(), lifeMs).unref();
    this.write('retry: 3000\n\n');
    this.tell(run);
    // Catches what happened between the reading of the row and now.
    this.look();
  }

  override end(): void {
    if (this.ended) return;
    this.leave();
    clearInterval(this.beat);
    clearTimeout(this.life);
    clearTimeout(this.gathering);
    super.end();
    this.gone(this);
  }

  private look(): void {
    if (this.ended) return;
    this.gathering ??= setTimeout(() => {
      this.gathering = undefined;
      this.services.storage.connectors.run(this.run).then(
        (run) => (run ? this.tell(run) : this.end()),
        () => this.end(), // The page comes back and asks anew.
      );
    }, gatherMs).unref();
  }

  private tell(run: ConnectorRun): void {
    const data = JSON.stringify(runShape(run));
    if (data !== this.told) this.write(`event: run\ndata: ${data}\n\n`);
    this.told = data;
    if (run.outcome !== 'running') this.end();
  }
}
