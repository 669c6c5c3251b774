/** Does a component, as one member of its object, overlap a time range? Walks of series are shared between the questions. */

import type { Component } from '../component.ts';
import type { CalendarObject } from '../object.ts';
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

  /** RFC 4791 §9.9. */
  overlaps(component: Component, range: TimeRange): boolean {
    const { object, options } = this;
    if (component.name === 'VALARM') {
      return this.walk('alarms', range, () => {
        const cursor = ringingAlarms(object, range, options);
        return new Walk(
          stepsOf(cursor[Symbol.iterator](), ({ alarm }) => alarm),
          cursor,
        );
      }).meets(component);
    }
    if (component.name !== object.kind) return false;
    return this.walk('instances', range, () => {
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

/** The component of each thing met on the way; `undefined` at the end. */
type Steps = () => Component | undefined;

function stepsOf<T>(items: Iterator<T>, componentOf: (item: T) => Component): Steps {
  return () => {
    const next = items.next();
    return next.done ? undefined : componentOf(next.value);
  };
}

/** A walk through what lies in a range that goes no further than the questions need. */
class Walk {
  private readonly met = new Set<Component>();
  private readonly step: Steps;
  private readonly cursor: { readonly truncated: boolean };

  constructor(step: Steps, cursor: { readonly truncated: boolean }) {
    this.step = step;
    this.cursor = cursor;
  }

  meets(component: Component): boolean {
    while (!this.met.has(component)) {
      const next = this.step();
      // What could not be looked at may be a match.
      if (!next) return this.cursor.truncated;
      this.met.add(next);
    }
    return true;
  }
}
