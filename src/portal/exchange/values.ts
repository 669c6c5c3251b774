/** What the engine has written down of events as JSON, read as far as people are shown it; what is not there is empty. */

export function at(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
}

export function wordOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Of a whole event, or of an instance. */
export function titleOf(value: unknown): string {
  return wordOf(at(at(value, 'content') ?? value, 'title'));
}

/** Title and, of an event of whole days, first day of what both sides last agreed on, as it was here. */
export function agreedFacts(agreed: string | null): {
  readonly title: string;
  readonly start: string | null;
} {
  const faces: unknown = JSON.parse(agreed ?? 'null');
  const event = at(faces, 'both') ?? at(faces, 'local');
  return { title: titleOf(event), start: wordOf(at(at(at(event, 'content'), 'start'), 'date')) || null };
}
