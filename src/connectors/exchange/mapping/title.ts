/** Titles: the longest that Exchange keeps, and what other programs put before them. */

/** UTF-16 code units of a Subject. */
const maxTitleLength = 255;

/** The title as Exchange keeps it: one line, cut without splitting a character. */
export function wireTitle(title: string): string {
  const line = title.normalize('NFC').replace(/[\r\n]+/g, ' ');
  if (line.length <= maxTitleLength) return line;
  const cut = line.slice(0, maxTitleLength);
  return /[\ud800-\udbff]$/.test(cut) ? cut.slice(0, -1) : cut;
}

/** What Outlook writes before the title of a meeting that was called off, by its languages. */
const cancelledPrefixes: readonly string[] = [
  'Canceled',
  'Cancelled',
  'Abgesagt',
  'Annulé',
  'Annulée',
  'Cancelado',
  'Cancelada',
  'Annullato',
  'Annullata',
  'Geannuleerd',
  'Отменено',
  'Отменена',
  'Скасовано',
  'Inställt',
  'Avlyst',
  'Aflyst',
  'Peruutettu',
  'Anulowano',
  'Odwołane',
  'Zrušeno',
  'Zrušené',
  'Lemondva',
  'Törölve',
  'Anulat',
  'Отменено е',
  'Ακυρώθηκε',
  'İptal edildi',
  'キャンセル済み',
  '取り消し済み',
  '已取消',
  '취소됨',
  'Otkazano',
  'Odpovedano',
  'Tühistatud',
  'Atcelts',
  'Atšaukta',
];

/**
 * The title without the prefix of a cancellation: it is presentation, and never stored (exchange.md 11.5). Only for items
 * that are cancelled: a title may begin with such a word for other reasons.
 */
export function withoutCancelledPrefix(title: string): string {
  const match = /^([^:：]{2,20})\s?[:：]\s*/.exec(title);
  const word = match?.[1]?.trim().toLowerCase();
  const isPrefix = cancelledPrefixes.some((prefix) => prefix.toLowerCase() === word);
  return match && isPrefix ? title.slice(match[0].length) : title;
}
