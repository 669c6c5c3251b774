/** Properties that every item has, in the order of Microsoft's schema (t:ItemType). */
import {
  effectiveRights,
  type Field,
  field,
  itemIdMarkup,
  moment,
  names,
  type Reader,
  shown,
  simple,
  type Value,
} from './fields.ts';
import { changeKey, folderId } from './ids.ts';
import { type Markup, nothing, tag, text } from './markup.ts';
import { mimeOf } from './mime.ts';
import type { View } from './views.ts';

export const itemFields: readonly Field[] = [
  field('item:MimeContent', (view) => text('t:MimeContent', mimeOf(view), { CharacterSet: 'UTF-8' }), {
    fetchOnly: true,
  }),
  field('item:ItemId', itemIdMarkup, shown),
  field('item:ParentFolderId', ({ item }) =>
    tag('t:ParentFolderId', [], { Id: folderId(item.folder), ChangeKey: changeKey(item.folder) }),
  ),
  simple('item:ItemClass', ({ item, kind }) =>
    kind === 'Exception' || kind === 'Occurrence' ? occurrenceClass : item.itemClass,
  ),
  simple('item:Subject', ({ content }) => content.subject, shown),
  simple('item:Sensitivity', ({ content }) => content.sensitivity ?? 'Normal'),
  field('item:Body', (view, reader) => bodyMarkup('t:Body', toldBody(view, reader)), {
    fetchOnly: true,
    byDefault: true,
  }),
  simple('item:DateTimeReceived', ({ item }, { context }) => moment(item.created, context)),
  simple(
    'item:Size',
    ({ content }) => 1_000 + (content.subject?.length ?? 0) + (content.body?.text.length ?? 0),
  ),
  field('item:Categories', ({ content }) =>
    content.categories?.length
      ? tag(
          't:Categories',
          content.categories.map((one) => text('t:String', one)),
        )
      : nothing,
  ),
  simple('item:Importance', ({ content }) => content.importance ?? 'Normal'),
  simple('item:IsSubmitted', () => false),
  simple('item:IsDraft', () => false),
  simple('item:IsFromMe', () => false),
  simple('item:IsResend', () => false),
  simple('item:IsUnmodified', ({ item }) => item.created === item.modified),
  simple('item:DateTimeSent', ({ item }, { context }) => moment(item.created, context)),
  simple('item:DateTimeCreated', ({ item }, { context }) => moment(item.created, context)),
  field('item:ResponseObjects', responseObjects, { fetchOnly: true, byDefault: true }),
  simple(
    'item:ReminderDueBy',
    calendarOnly(({ content }, { context }) =>
      content.reminderSet ? moment(content.start, context) : undefined,
    ),
  ),
  simple('item:ReminderIsSet', ({ content }) => content.reminderSet ?? false),
  simple('item:ReminderMinutesBeforeStart', ({ content }) => content.reminderMinutes ?? 15),
  simple('item:DisplayCc', ({ content }) => names(content.optional)),
  simple('item:DisplayTo', ({ content, item }) =>
    item.message ? names(item.message.to) : names(content.required),
  ),
  simple('item:HasAttachments', ({ item }) => item.attachments ?? false, shown),
  simple('item:Culture', () => 'en-US'),
  field('item:EffectiveRights', () => effectiveRights('t:EffectiveRights', true)),
  simple('item:LastModifiedName', ({ item }) => item.folder.mailbox.name),
  simple('item:LastModifiedTime', ({ item }, { context }) => moment(item.modified, context)),
  simple('item:IsAssociated', () => false, { since: 'Exchange2010' }),
  field('item:UniqueBody', (view) => bodyMarkup('t:UniqueBody', body(view, 'Best')), {
    since: 'Exchange2010',
    fetchOnly: true,
  }),
  field('item:TextBody', (view) => bodyMarkup('t:TextBody', body(view, 'Text')), {
    since: 'Exchange2013',
    fetchOnly: true,
  }),
];

const occurrenceClass = 'IPM.OLE.CLASS.{00061055-0000-0000-C000-000000000046}';

const isMessage = ({ item }: View): boolean => item.message !== undefined;
function calendarOnly(value: (view: View, reader: Reader) => Value): (view: View, reader: Reader) => Value {
  return (view, reader) => (isMessage(view) ? undefined : value(view, reader));
}

/** Lines end in CRLF, and a fragment of HTML comes back as a whole document, as Exchange has it. */
function body(view: View, type: string): { readonly html: boolean; readonly text: string } {
  const given = view.content.body ?? { html: false, text: '' };
  const plain = given.html ? plainOf(given.text) : given.text.replace(/\r?\n/g, '\r\n');
  if (type === 'Text' || (type === 'Best' && !given.html)) return { html: false, text: plain };
  return { html: true, text: given.html ? documentOf(given.text) : htmlOf(plain) };
}

function toldBody(view: View, { bodyType, context }: Reader): ReturnType<typeof body> {
  const { body: given } = view.content;
  const isMade = context.backend.profile.prefersHtml && given?.html === false && given.text !== '';
  return isMade ? { html: true, text: preformatted(given.text) } : body(view, bodyType);
}

/** As Gromox makes HTML of a text. */
function preformatted(plain: string): string {
  return `<html><head><meta name="Generator" content="gromox-texttohtml">\r\n</head>\r\n<body>\r\n<pre>${escaped(plain)}</pre>\r\n</body>\r\n</html>`;
}

function documentOf(html: string): string {
  return /<html\b/i.test(html) ? html : `${head}<body>\r\n${html}\r\n</body>\r\n</html>\r\n`;
}

const head =
  '<html>\r\n<head>\r\n<meta http-equiv="Content-Type" content="text/html; charset=utf-8">\r\n</head>\r\n';

function bodyMarkup(name: string, { html, text: content }: { html: boolean; text: string }): Markup {
  return text(name, content, { BodyType: html ? 'HTML' : 'Text' });
}

function htmlOf(plain: string): string {
  return documentOf(`<div class="PlainText">${escaped(plain).replace(/\r?\n/g, '<br>\r\n')}</div>`);
}

function escaped(plain: string): string {
  return plain.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function plainOf(html: string): string {
  return html
    .replace(/<(?:style|script|head)\b[\s\S]*?<\/(?:style|script|head)>/gi, '')
    .replace(/\r?\n/g, ' ')
    .replace(/<br\s*\/?>|<\/p>|<\/div>/gi, '\r\n')
    .replace(/<[^>]*>/g, '')
    .replace(/&nbsp;/g, ' ')
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&quot;/g, '"')
    .replace(/&amp;/g, '&')
    .trim();
}

function responseObjects({ item, content }: View): Markup {
  const meeting = item.meeting;
  const names: string[] = [];
  if (meeting?.own && meeting.sent && !item.message) names.push('t:CancelCalendarItem');
  if (meeting && !meeting.own && !content.cancelled && (!item.message || item.itemClass.endsWith('Request')))
    names.push('t:AcceptItem', 't:TentativelyAcceptItem', 't:DeclineItem');
  if (meeting && content.cancelled && !meeting.own) names.push('t:RemoveItem');
  if (names.length === 0) return nothing;
  return tag(
    't:ResponseObjects',
    names.map((name) => tag(name)),
  );
}
