/** What a search in the page looks through: what is drawn of an instance, and the words beside it. */
import type { Component } from '../../icalendar/component.ts';
import { textOf } from '../../icalendar/event-facts.ts';
import { type DrawnFacts, drawnFacts, maxDrawnText } from './drawn.ts';

export interface SearchedFacts {
  readonly facts: DrawnFacts;
  /** Texts that are searched but not drawn. */
  readonly words: Words;
}

export function searchedFacts(component: Component): SearchedFacts {
  return { facts: drawnFacts(component), words: new Words(component) };
}

/** Texts that are searched but not drawn. They are decoded only when somebody searches, since they may be megabytes long. */
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
    // So that keeping the words does not keep the component's tree.
    this.component = undefined;
    return this.read;
  }
}

function isLong(component: Component, name: string): boolean {
  return (component.first(name)?.rawValue.length ?? 0) > maxDrawnText;
}

/** No words beside what is drawn. */
export const nothingElse: Words = new Words(undefined);

/** Whether one of the searched texts contains `wanted`, which is in lower case. */
export function says({ title, location }: DrawnFacts, words: Words, wanted: string): boolean {
  const isShown = [title, location].some((text) => text.toLowerCase().includes(wanted));
  return isShown || words.text().toLowerCase().includes(wanted);
}
