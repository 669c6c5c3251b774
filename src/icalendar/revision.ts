/** Which of two descriptions of one thing is the newer (RFC 5546 §2.1.5). */
import type { Component } from './component.ts';

/**
 * Above 0 when `a` is the newer: by SEQUENCE, then DTSTAMP, then LAST-MODIFIED for those who raise neither; 0 when nothing
 * tells. What is no number counts as absent.
 */
export function compareRevisions(a: Component, b: Component): number {
  const sequence = sequenceOf(a) - sequenceOf(b);
  if (sequence !== 0) return sequence;
  for (const name of ['DTSTAMP', 'LAST-MODIFIED']) {
    const left = a.first(name)?.rawValue ?? '';
    const right = b.first(name)?.rawValue ?? '';
    if (left !== right) return left > right ? 1 : -1;
  }
  return 0;
}

/** 0 for what has none. */
export function sequenceOf(component: Component): number {
  const written = component.first('SEQUENCE')?.rawValue.trim() ?? '';
  return /^\d{1,9}$/.test(written) ? Number(written) : 0;
}
