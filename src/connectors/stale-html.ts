/**
 * Programs that know no HTML change DESCRIPTION and keep the alternative beside it as they found it. Such an alternative still
 * says what was said before: taken as it is, it would hide the edit from a provider that shows HTML (exchange.md 11.1).
 */
import type { EventContent, NeutralEvent } from './event.ts';

/** The event without HTML where only the plain text is another one than in `before`. */
export function withoutStaleHtml(event: NeutralEvent, before: NeutralEvent): NeutralEvent {
  const overrides = Object.entries(event.overrides).map(
    ([key, content]) => [key, fresh(content, before.overrides[key] ?? before.content)] as const,
  );
  return {
    ...event,
    content: fresh(event.content, before.content),
    overrides: Object.fromEntries(overrides),
  };
}

function fresh(content: EventContent, before: EventContent): EventContent {
  const { html, description } = content;
  const isStale = html !== null && html === before.html && words(description) !== words(before.description);
  return isStale ? { ...content, html: null } : content;
}

/** Programs that store a text again also mend its blanks and lines: that alone says nothing new. */
function words(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
