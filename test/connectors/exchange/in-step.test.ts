/**
 * The engine with Exchange behind it: people work in Outlook and here, answers get lost, and once everything is quiet both
 * sides say the same, nothing is there twice, and nobody was mailed (exchange.md 19.5).
 */
import * as fc from 'fast-check';
import { instanceContent } from '../../../src/connectors/series.ts';
import { hourMs } from '../../../src/icalendar/time.ts';
import { daily, neutral } from '../events.ts';
import { type Linked, titled, withContent } from '../linked.ts';
import { InStep } from './in-step.ts';

interface Act {
  readonly do: 'make' | 'rename' | 'place' | 'shift' | 'exclude' | 'override' | 'delete';
  readonly side: 'here' | 'there';
  readonly event: number;
  readonly value: number;
}

type Step =
  | Act
  | { readonly do: 'run' }
  | { readonly do: 'fail'; readonly after: number; readonly kind: 'reset-before' | 'reset-after' };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constantFrom('make', 'make', 'rename', 'place', 'shift', 'exclude', 'override', 'delete'),
      side: fc.constantFrom('here', 'there'),
      event: fc.nat({ max: 3 }),
      value: fc.nat({ max: 4 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('run') }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('fail'),
      after: fc.nat({ max: 4 }),
      kind: fc.constantFrom('reset-before', 'reset-after'),
    }),
  },
);

const dayOf = (value: number): string => `2026-03-${24 + value}`;
const keyOf = (value: number): string => `${dayOf(value)}T09:00:00Z`;

async function take(both: InStep, at: number, one: Step): Promise<void> {
  const { linked, fake } = both;
  if (one.do === 'run') {
    await linked.run();
    return;
  }
  if (one.do === 'fail') {
    fake.faults.add({ after: one.after, fault: { kind: one.kind } });
    await linked.run();
    fake.faults.clear();
    linked.office.clock.advance(hourMs);
    return;
  }
  linked.office.clock.advance(1000);
  const key = `event-${one.event}`;
  if (one.side === 'here') await actHere(linked, key, at, one);
  else actThere(both, key, at, one);
}

/** The event is known by its category on both sides, since titles change and UIDs are the server's. */
async function actHere(
  linked: Linked,
  key: string,
  at: number,
  { do: what, event, value }: Act,
): Promise<void> {
  const found = (await linked.events()).find(({ content }) => content.categories.includes(key));
  if (what === 'make') {
    const content = { title: `made ${at}`, categories: [key] };
    const uid = `${key}-${at}`;
    if (!found) await linked.put(event % 2 === 0 ? daily(content, { uid }) : neutral(content, { uid }));
    return;
  }
  if (!found) return;
  if (what === 'delete') return await linked.delete(found.uid);
  const instance = keyOf(value);
  await linked.edit(found.uid, (one) => {
    if (what === 'rename') return titled(`title ${at}`)(one);
    if (what === 'place') return withContent({ location: `room ${at}` })(one);
    if (what === 'shift') {
      const hour = 11 + (value % 3);
      const time = (minutes: string): { local: string; zone: string } => ({
        local: `2026-03-23T${hour}:${minutes}:00`,
        zone: 'Europe/Stockholm',
      });
      return { ...withContent({ start: time('00'), end: time('30') })(one), excluded: [], overrides: {} };
    }
    if (!one.recurrence) return one;
    const { [instance]: _, ...others } = one.overrides;
    if (what === 'exclude') return { ...one, excluded: [...one.excluded, instance], overrides: others };
    const override = { ...instanceContent(one, instance), title: `instance ${at}` };
    return {
      ...one,
      excluded: one.excluded.filter((other) => other !== instance),
      overrides: { ...others, [instance]: override },
    };
  });
}

function actThere({ outlook }: InStep, key: string, at: number, { do: what, event, value }: Act): void {
  const found = outlook.all().find(({ categories }) => categories.includes(key));
  if (what === 'make') {
    if (found) return;
    const recurrence =
      event % 2 === 0
        ? ({ pattern: { kind: 'daily', interval: 1 }, start: 20_535, count: 10 } as const)
        : undefined;
    outlook.create({
      subject: `made ${at}`,
      start: '2026-03-23T10:00',
      end: '2026-03-23T11:00',
      zone: 'W. Europe Standard Time',
      categories: [key],
      reminder: null,
      ...(recurrence && { recurrence }),
    });
    return;
  }
  if (!found) return;
  if (what === 'delete') outlook.delete(found.id);
  else if (what === 'rename') outlook.edit(found.id, { subject: `title ${at}` });
  else if (what === 'place') outlook.edit(found.id, { location: `room ${at}` });
  else if (found.recurrence && !found.deleted.some((gone) => gone.startsWith(dayOf(value)))) {
    if (what === 'exclude') outlook.deleteInstance(found.id, dayOf(value));
    if (what === 'override') outlook.editInstance(found.id, dayOf(value), { subject: `instance ${at}` });
  }
}

describe('the engine and Exchange', () => {
  for (const profile of ['exchange2010', 'exchange2016', 'gromox'] as const) {
    it(`come to rest in step with ${profile}`, async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 16 }), async (steps) => {
          const both = await InStep.open({ profile });
          try {
            for (const [at, one] of steps.entries()) await take(both, at, one);
            await both.quiet();
            if (profile === 'gromox') {
              // Instances that were changed there come to light when everything is looked through.
              both.linked.office.clock.advance(24 * hourMs);
              await both.quiet();
            }
            await both.assertInStep();
          } finally {
            await both.close();
          }
        }),
        { numRuns: Number(process.env['FC_RUNS'] ?? 5) },
      );
    });
  }
});
