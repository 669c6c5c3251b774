/** `CALDAV:calendar-data` of a report -> `DataSelection` (RFC 4791 §9.6). */
import { Refusal } from '../../core/refusal.ts';
import type { CompSelection, DataSelection, PropSelection } from '../../icalendar/query/select.ts';
import { caldav, localNameOf, namespaceOf, namespaces } from '../../xml/name.ts';
import { childOf, childrenOf, type XmlElement } from '../../xml/reader.ts';
import { closedRange } from './time-range.ts';

/** iCalendar itself nests less deep. */
const maxSelectionDepth = 16;

/** Refuses `unsupported-calendar-data` for other formats than iCalendar 2.0, `malformed-request` for contradictions. */
export function dataSelection(element: XmlElement): DataSelection {
  requireCalendarType(element);
  const comp = onlyChild(element, 'comp');
  const expand = onlyChild(element, 'expand');
  const limit = onlyChild(element, 'limit-recurrence-set');
  const freeBusy = onlyChild(element, 'limit-freebusy-set');
  if (expand && limit) throw malformed('expand and limit-recurrence-set exclude each other');
  const recurrence = expand ?? limit;
  return {
    ...(comp && { comp: topSelection(comp) }),
    ...(recurrence && {
      recurrence: { form: expand ? 'expand' : 'limit', range: closedRange(recurrence) },
    }),
    ...(freeBusy && { freeBusy: closedRange(freeBusy) }),
  };
}

function requireCalendarType({ attributes }: XmlElement): void {
  const type = attributes.get('{}content-type')?.trim().toLowerCase() ?? 'text/calendar';
  const version = attributes.get('{}version')?.trim() ?? '2.0';
  if (type === 'text/calendar' && version === '2.0') return;
  throw new Refusal('unsupported-calendar-data', 'calendar-data is text/calendar of version 2.0');
}

function topSelection(element: XmlElement): CompSelection {
  const selection = compSelection(element, 1);
  if (selection.name !== 'VCALENDAR') throw malformed('the outermost comp is VCALENDAR');
  return selection;
}

/**
 * RFC 4791 §9.6.1. A comp that says nothing of what it wants is wanted whole, as the time zones of the example in §7.8.1
 * are: clients copy that query, and a time zone without its rules would be of no use to them.
 */
function compSelection(element: XmlElement, depth: number): CompSelection {
  if (depth > maxSelectionDepth) throw malformed(`comp elements are nested deeper than ${maxSelectionDepth}`);
  const comps = childrenOf(element, caldav('comp'));
  const allComps = onlyChild(element, 'allcomp');
  if (allComps && comps.length > 0) throw malformed('allcomp and comp exclude each other');
  const isBare = !element.children.some(({ name }) => namespaceOf(name) === namespaces.caldav);
  if (isBare) return { name: nameOf(element), props: 'all', comps: 'all' };
  return {
    name: nameOf(element),
    props: propSelection(element),
    comps: allComps ? 'all' : comps.map((comp) => compSelection(comp, depth + 1)),
  };
}

/** RFC 4791 §9.6.3, §9.6.4. */
function propSelection(element: XmlElement): PropSelection {
  const props = childrenOf(element, caldav('prop'));
  if (onlyChild(element, 'allprop')) {
    if (props.length > 0) throw malformed('allprop and prop exclude each other');
    return 'all';
  }
  const selection = new Map<string, { readonly noValue: boolean }>();
  for (const prop of props) {
    const noValue = prop.attributes.get('{}novalue') ?? 'no';
    if (noValue !== 'yes' && noValue !== 'no') throw malformed('novalue is yes or no');
    selection.set(nameOf(prop), { noValue: noValue === 'yes' });
  }
  return selection;
}

function nameOf(element: XmlElement): string {
  const name = element.attributes.get('{}name')?.trim() ?? '';
  if (name !== '') return name.toUpperCase();
  throw malformed(`${localNameOf(element.name)} has no name`);
}

function onlyChild(element: XmlElement, local: string): XmlElement | undefined {
  if (childrenOf(element, caldav(local)).length > 1) throw malformed(`there is more than one ${local}`);
  return childOf(element, caldav(local));
}

function malformed(message: string): Refusal {
  return new Refusal('malformed-request', message);
}
