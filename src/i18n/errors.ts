/** What went wrong, for people (portal.md §7). A missing translation does not compile. */
import type { SpokenLanguage } from './languages.ts';

const english = {
  E01: 'Wrong user name or password.',
  E02: 'Too many attempts. Try again in {n} min.',
  E03: 'Your session ended. Sign in again; nothing was lost.',
  E04: 'Export is turned off for this calendar.',
  E05: 'Export is turned off by the administrator.',
  E06: 'You may view but not change this calendar.',
  E07: 'Changed on another device at {t}.',
  E08: 'The end is before the start.',
  E10: 'This code has expired. Make a new one.',
  E11: 'This link was reset. Ask the owner for a new one.',
  E12: 'iPhone needs a secure address (https). Contact your administrator.',
  E13: 'Exchange: sign-in failed.',
  E14: 'Exchange: server not reachable.',
  E15: 'Exchange is switched on but not set up. Contact your administrator.',
  E18: 'This is not a calendar file.',
  E20: 'Something went wrong. Number {id} helps your administrator.',
  /** What has no number of its own. */
  'not-found': 'This is not there (any more).',
  'already-exists': 'This name is taken.',
  'name-in-use': 'Another event with this identifier is in the calendar.',
  'too-large': 'This is larger than the server takes.',
  'quota-exceeded': 'The space is used up.',
  'disk-full': 'The server’s disk is full: nothing was saved. Tell your administrator.',
  malformed: 'Something in the form cannot be understood.',
  busy: 'Others are changing this. Try again.',
  'not-organizer':
    'Only the organizer may change this. You can answer, and set reminder, busy status, categories and privacy.',
  'not-allowed': 'You may not do this.',
  unavailable: 'Sign-in does not work at the moment. Try again.',
} as const;

export type ErrorText = keyof typeof english;

type Texts = Readonly<Record<ErrorText, string>>;

const russian: Texts = {
  E01: 'Неверное имя пользователя или пароль.',
  E02: 'Слишком много попыток. Повторите через {n} мин.',
  E03: 'Сеанс завершён. Войдите снова, данные сохранены.',
  E04: 'Экспорт этого календаря запрещён.',
  E05: 'Экспорт отключён администратором.',
  E06: 'Календарь доступен только для просмотра.',
  E07: 'Изменено на другом устройстве в {t}.',
  E08: 'Окончание раньше начала.',
  E10: 'Срок действия кода истёк. Создайте новый.',
  E11: 'Ссылка сброшена. Запросите новую у владельца.',
  E12: 'Для iPhone нужен защищённый адрес (https). Обратитесь к администратору.',
  E13: 'Exchange: не удалось войти.',
  E14: 'Exchange: сервер недоступен.',
  E15: 'Соединение с Exchange включено, но не настроено. Обратитесь к администратору портала.',
  E18: 'Это не файл календаря.',
  E20: 'Произошла ошибка. Сообщите администратору номер {id}.',
  'not-found': 'Этого здесь (больше) нет.',
  'already-exists': 'Это имя уже занято.',
  'name-in-use': 'В календаре уже есть событие с этим идентификатором.',
  'too-large': 'Это больше, чем принимает сервер.',
  'quota-exceeded': 'Место закончилось.',
  'disk-full': 'Диск сервера заполнен: ничего не сохранено. Сообщите администратору.',
  malformed: 'Что-то в форме заполнено непонятно.',
  busy: 'Это сейчас изменяют другие. Повторите попытку.',
  'not-organizer':
    'Это может изменить только организатор. Вам доступны ответ, напоминание, занятость, категории и приватность.',
  'not-allowed': 'У вас нет на это прав.',
  unavailable: 'Вход сейчас не работает. Повторите попытку.',
};

const swedish: Texts = {
  E01: 'Fel användarnamn eller lösenord.',
  E02: 'För många försök. Försök igen om {n} min.',
  E03: 'Sessionen har gått ut. Logga in igen, inget gick förlorat.',
  E04: 'Export är avstängd för kalendern.',
  E05: 'Export är avstängd av administratören.',
  E06: 'Du kan se men inte ändra kalendern.',
  E07: 'Ändrad på en annan enhet kl. {t}.',
  E08: 'Slutet ligger före starten.',
  E10: 'Koden har gått ut. Skapa en ny.',
  E11: 'Länken har återställts. Be ägaren om en ny.',
  E12: 'iPhone kräver en säker adress (https). Kontakta administratören.',
  E13: 'Exchange: inloggningen misslyckades.',
  E14: 'Exchange: servern kan inte nås.',
  E15: 'Exchange är påslaget men inte konfigurerat. Kontakta administratören.',
  E18: 'Det här är ingen kalenderfil.',
  E20: 'Något gick fel. Ange nummer {id} till administratören.',
  'not-found': 'Det finns inte (längre).',
  'already-exists': 'Namnet är upptaget.',
  'name-in-use': 'En annan händelse med samma identifierare finns i kalendern.',
  'too-large': 'Det är större än vad servern tar emot.',
  'quota-exceeded': 'Utrymmet är slut.',
  'disk-full': 'Serverns disk är full: inget har sparats. Meddela administratören.',
  malformed: 'Något i formuläret går inte att förstå.',
  busy: 'Andra ändrar det just nu. Försök igen.',
  'not-organizer':
    'Detta får bara organisatören ändra. Du kan svara och ställa in påminnelse, upptagen-status, kategorier och sekretess.',
  'not-allowed': 'Du får inte göra detta.',
  unavailable: 'Inloggningen fungerar inte just nu. Försök igen.',
};

const texts: Readonly<Record<SpokenLanguage, Texts>> = { en: english, ru: russian, sv: swedish };

/** A sentence with its values put in. */
export function errorText(
  language: SpokenLanguage,
  key: ErrorText,
  values: Readonly<Record<string, string>> = {},
): string {
  return texts[language][key].replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
}
