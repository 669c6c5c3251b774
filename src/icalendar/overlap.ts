/** Does a component, as one member of its object, overlap a time range? Walks of series are shared between the questions. */
import { alarmInRange } from './alarms.ts';
import type { Component } from './component.ts';
import { type InstanceCursor, type InstanceOptions, instances } from './instances.ts';
import type { CalendarObject } from './object.ts';
import type { TimeRange } from './time.ts';

export class OverlapFinder {
  private readonly object: CalendarObject;
  private readonly options: InstanceOptions;
  private readonly walks = new Map<string, Walk>();

  constructor(object: CalendarObject, options: InstanceOptions) {
    this.object = object;
    this.options = options;
  }

  /** RFC 4791 §9.9. `parent` is the component around an alarm. */
  overlaps(component: Component, range: TimeRange, parent: Component | undefined): boolean {
    if (component.name === 'VALARM') return parent !== undefined && this.alarm(component, range, parent);
    return component.name === this.object.kind && this.walk(range).meets(component);
  }

  private alarm(alarm: Component, range: TimeRange, parent: Component): boolean {
    return alarmInRange(this.object, parent, alarm, range, this.options);
  }

  private walk(range: TimeRange): Walk {
    const key = `${range.start}/${range.end}`;
    let walk = this.walks.get(key);
    if (!walk) {
      walk = new Walk(instances(this.object, range, this.options));
      this.walks.set(key, walk);
    }
    return walk;
  }
}

/** A walk through the instances in a range that goes no further than the questions need. */
class Walk {
  private readonly met = new Set<Component>();
  private readonly cursor: InstanceCursor;

  constructor(cursor: InstanceCursor) {
    this.cursor = cursor;
  }

  meets(component: Component): boolean {
    while (!this.met.has(component)) {
      const next = this.cursor.next();
      // What could not be looked at may be a match.
      if (next.done) return this.cursor.truncated;
      this.met.add(next.value.component);
    }
    return true;
  }
}
