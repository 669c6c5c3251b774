/**
 * Whether a component, as one member of its object, overlaps a time range. Walks of series are shared between the
 * questions.
 */

import type { Component } from '../component.ts';
import type { CalendarObject } from '../object.ts';
import type { Steps } from '../steps.ts';
import type { TimeRange } from '../time.ts';
import { ringingAlarms } from './alarm-times.ts';
import { type InstanceOptions, instances } from './instances.ts';

export class OverlapFinder {
  private readonly object: CalendarObject;
  private readonly options: InstanceOptions;
  private readonly walks = new Map<string, Walk>();

  constructor(object: CalendarObject, options: InstanceOptions) {
    this.object = object;
    this.options = options;
  }

  /** RFC 4791 §9.9. In steps, of which a series with few instances takes one. */
  *overlaps(component: Component, range: TimeRange): Steps<boolean> {
    const { object, options } = this;
    if (component.name === 'VALARM') {
      return yield* this.walk('alarms', range, () => {
        const cursor = ringingAlarms(object, range, options);
        return new Walk(
          stepsOf(cursor[Symbol.iterator](), ({ alarm }) => alarm),
          cursor,
        );
      }).meets(component);
    }
    if (component.name !== object.kind) return false;
    return yield* this.walk('instances', range, () => {
      const cursor = instances(object, range, options);
      return new Walk(
        stepsOf(cursor, (instance) => instance.component),
        cursor,
      );
    }).meets(component);
  }

  private walk(what: string, range: TimeRange, begin: () => Walk): Walk {
    const key = `${what} ${range.start} ${range.end}`;
    let walk = this.walks.get(key);
    if (!walk) this.walks.set(key, (walk = begin()));
    return walk;
  }
}

/** Instances, or alarms, of one step: some milliseconds. */
const stepInstances = 500;

/** The component of the next instance or alarm; `undefined` at the end. */
type Ahead = () => Component | undefined;

function stepsOf<T>(items: Iterator<T>, componentOf: (item: T) => Component): Ahead {
  return () => {
    const next = items.next();
    return next.done ? undefined : componentOf(next.value);
  };
}

/** A walk through the instances or alarms in a range, only as far as the questions need. */
class Walk {
  private readonly met = new Set<Component>();
  private readonly step: Ahead;
  private readonly cursor: { readonly truncated: boolean };

  constructor(step: Ahead, cursor: { readonly truncated: boolean }) {
    this.step = step;
    this.cursor = cursor;
  }

  *meets(component: Component): Steps<boolean> {
    for (let passed = 1; !this.met.has(component); passed++) {
      if (passed % stepInstances === 0) yield;
      const next = this.step();
      // If a bound ended the walk, the rest may match.
      if (!next) return this.cursor.truncated;
      this.met.add(next);
    }
    return true;
  }
}
