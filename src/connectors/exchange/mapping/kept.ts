/** Fields that some servers take and do not keep, and what an event says that has none of them. */
import type { ContentField, EventContent } from '../../event.ts';

export type KeptField = Extract<
  ContentField,
  'description' | 'location' | 'importance' | 'categories' | 'privacy' | 'busy' | 'reminder'
>;

const empty: Readonly<Record<KeptField, Partial<EventContent>>> = {
  description: { description: '', html: null },
  location: { location: '' },
  importance: { importance: 'normal' },
  categories: { categories: [] },
  privacy: { privacy: 'public' },
  busy: { busy: 'busy' },
  reminder: { reminder: null },
};

/** As a server tells it that keeps none of these. */
export function withoutUnkept(content: EventContent, unkept: readonly KeptField[]): EventContent {
  return unkept.reduce((rest, name) => ({ ...rest, ...empty[name] }), content);
}
