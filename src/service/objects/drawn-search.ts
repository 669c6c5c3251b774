/** What a search in the page looks through: what is drawn of an instance, and the words beside it. */
import type { Component } from '../../icalendar/component.ts';
import { textOf } from '../../icalendar/event-facts.ts';
import { type DrawnFacts, drawnFacts, maxDrawnText } from './drawn.ts';

export interface SearchedFacts {
  readonly facts: DrawnFacts;
  /** Looked through, and not drawn. */
  readonly words: Words;
}

export function searchedFacts(component: Component): SearchedFacts {
  return { facts: drawnFacts(component), words: new Words(component) };
}

/** What is looked through and not drawn, read when somebody looks for something: it may be megabytes of escapes. */
export class Words {
  private component: Component | undefined;
  private read = '';

  constructor(component: Component | undefined) {
    this.component = component;
  }

  text(): string {
    const { component } = this;
    if (!component) return this.read;
    const cut = ['SUMMARY', 'LOCATION'].filter((name) => isLong(component, name));
    this.read = ['DESCRIPTION', ...cut].map((name) => textOf(component, name)).join('\n');
    // Whoever keeps the words does not keep the tree.
    this.component = undefined;
    return this.read;
  }
}

function isLong(component: Component, name: string): boolean {
  return (component.first(name)?.rawValue.length ?? 0) > maxDrawnText;
}

/** No words beside what is drawn. */
export const nothingElse: Words = new Words(undefined);

/** Whether one of the words that are searched has the wanted ones, which are in lower case. */
export function says({ title, location }: DrawnFacts, words: Words, wanted: string): boolean {
  const isShown = [title, location].some((text) => text.toLowerCase().includes(wanted));
  return isShown || words.text().toLowerCase().includes(wanted);
}
