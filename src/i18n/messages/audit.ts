/** What was done, in the words of the audit's readers. The codes are those of `service/audit.ts`; one that is unknown here is shown as it is. */
import type { SpokenLanguage } from '../errors.ts';

type Words = readonly [en: string, ru: string, sv: string];

const actions: Readonly<Record<string, Words>> = {
  'app-password.create': ['App password made', 'Создан пароль приложения', 'Applösenord skapat'],
  'app-password.revoke': ['App password revoked', 'Отозван пароль приложения', 'Applösenord återkallat'],
  'calendar.delete': ['Calendar deleted', 'Удалён календарь', 'Kalender borttagen'],
  'calendar.download': ['Calendar downloaded', 'Скачан календарь', 'Kalender hämtad'],
  'calendar.export': ['Export switched', 'Изменён экспорт', 'Export ändrad'],
  'calendar.transfer': ['Calendar handed over', 'Передан календарь', 'Kalender överlämnad'],
  'device.connect': ['Device connected', 'Подключено устройство', 'Enhet ansluten'],
  'group.add': ['Member added', 'Добавлен участник', 'Medlem tillagd'],
  'group.remove': ['Member removed', 'Исключён участник', 'Medlem borttagen'],
  'link.create': ['Link made', 'Создана ссылка', 'Länk skapad'],
  'link.delete': ['Link deleted', 'Удалена ссылка', 'Länk borttagen'],
  'link.reset': ['Link reset', 'Сброшена ссылка', 'Länk återställd'],
  'password.set': ['Password set', 'Задан пароль', 'Lösenord satt'],
  'person.change': ['Person changed', 'Изменён сотрудник', 'Person ändrad'],
  'person.create': ['Person added', 'Добавлен сотрудник', 'Person tillagd'],
  'person.delete': ['Person deleted', 'Удалён сотрудник', 'Person borttagen'],
  'policy.set': ['Policy set', 'Изменено правило', 'Regel ändrad'],
  'share.remove': ['Access taken away', 'Закрыт доступ', 'Åtkomst borttagen'],
  'share.set': ['Access given', 'Открыт доступ', 'Åtkomst given'],
  'sign-in': ['Signed in', 'Вход', 'Inloggning'],
};

const columns: Readonly<Record<SpokenLanguage, 0 | 1 | 2>> = { en: 0, ru: 1, sv: 2 };

export function auditAction(language: SpokenLanguage, action: string): string {
  return actions[action]?.[columns[language]] ?? action;
}
