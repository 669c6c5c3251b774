/** What was done, in the words of the audit's readers. The codes are those of `service/audit.ts`; one that is unknown here is shown as it is. */
import type { SpokenLanguage } from '../languages.ts';

type Words = readonly [en: string, ru: string, sv: string];

const actions: Readonly<Record<string, Words>> = {
  'app-password.create': ['App password made', 'Создан пароль приложения', 'Applösenord skapat'],
  'app-password.revoke': ['App password revoked', 'Отозван пароль приложения', 'Applösenord återkallat'],
  'calendar.delete': ['Calendar deleted', 'Удалён календарь', 'Kalender borttagen'],
  'calendar.download': ['Calendar downloaded', 'Скачан календарь', 'Kalender hämtad'],
  'calendar.export': ['Export switched', 'Изменён экспорт', 'Export ändrad'],
  'calendar.transfer': ['Calendar handed over', 'Передан календарь', 'Kalender överlämnad'],
  'device.connect': ['Device connected', 'Подключено устройство', 'Enhet ansluten'],
  'exchange.credentials': [
    'Exchange password changed',
    'Изменён пароль Exchange',
    'Exchange-lösenord ändrat',
  ],
  'exchange.guard': [
    'Exchange: many deletions approved',
    'Exchange: массовое удаление разрешено',
    'Exchange: många borttagningar godkända',
  ],
  'exchange.link': ['Connected with Exchange', 'Подключён Exchange', 'Ansluten till Exchange'],
  'exchange.mode': [
    'Exchange direction changed',
    'Изменено направление Exchange',
    'Exchange-riktning ändrad',
  ],
  'exchange.pause': ['Exchange paused', 'Exchange приостановлен', 'Exchange pausad'],
  'exchange.resume': ['Exchange resumed', 'Exchange возобновлён', 'Exchange återupptagen'],
  'exchange.setting': [
    'Exchange setting changed',
    'Изменена настройка Exchange',
    'Exchange-inställning ändrad',
  ],
  'exchange.sign-in': ['Signed in to Exchange', 'Вход в Exchange', 'Inloggad i Exchange'],
  'exchange.sign-out': ['Signed out of Exchange', 'Выход из Exchange', 'Utloggad från Exchange'],
  'exchange.unlink': ['Disconnected from Exchange', 'Отключён Exchange', 'Frånkopplad från Exchange'],
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

/** Every action by its code, in the order of the alphabet. */
export function auditActions(
  language: SpokenLanguage,
): readonly { readonly value: string; readonly label: string }[] {
  return Object.keys(actions)
    .map((value) => ({ value, label: auditAction(language, value) }))
    .sort((one, other) => one.label.localeCompare(other.label, language));
}

/** By which way somebody came. */
export function auditWay(language: SpokenLanguage, via: string): string {
  return ways[via]?.[columns[language]] ?? via;
}

const ways: Readonly<Record<string, Words>> = {
  password: ['account password', 'пароль учётной записи', 'kontots lösenord'],
  'app-password': ['app password', 'пароль приложения', 'applösenord'],
  proxy: ['proxy', 'прокси', 'proxy'],
  ldap: ['LDAP', 'LDAP', 'LDAP'],
  session: ['browser', 'браузер', 'webbläsare'],
  'command-line': ['command line', 'командная строка', 'kommandorad'],
  system: ['server', 'сервер', 'server'],
};

/** A piece of what something was done to, so that it can be said in any language. */
export interface AuditPart {
  readonly is:
    | 'calendar'
    | 'person'
    | 'group'
    | 'room'
    | 'resource'
    | 'company'
    | 'link'
    | 'app-password'
    | 'account'
    | 'exchange-link'
    /** One of the portal's rules. */
    | 'rule'
    /** A setting of Exchange, by its key. */
    | 'setting'
    /** What a browser or another program calls itself. */
    | 'program'
    /** A word of the server's own. */
    | 'word'
    /** What people and programs have written. */
    | 'text';
  readonly text: string;
}

/** What it was done to. Names, and words that are unknown here, are shown as they are. `spoken`: who has words for settings and programs. */
export function auditSubject(
  language: SpokenLanguage,
  about: readonly AuditPart[],
  spoken: { readonly setting: (key: string) => string; readonly program: (program: string) => string },
): string {
  const column = columns[language];
  return about
    .map(({ is, text }) => {
      if (is === 'text') return text;
      if (is === 'setting' || is === 'program') return spoken[is](text);
      if (is === 'word' || is === 'rule') return (is === 'word' ? words : rules)[text]?.[column] ?? text;
      return `${kinds[is][column]} ${is === 'calendar' ? quoted(language, text) : text}`;
    })
    .join(', ');
}

function quoted(language: SpokenLanguage, text: string): string {
  if (language === 'en') return `“${text}”`;
  return language === 'ru' ? `«${text}»` : `”${text}”`;
}

const kinds: Readonly<
  Record<Exclude<AuditPart['is'], 'rule' | 'setting' | 'program' | 'word' | 'text'>, Words>
> = {
  calendar: ['calendar', 'календарь', 'kalendern'],
  person: ['person', 'сотрудник', 'person'],
  group: ['group', 'группа', 'gruppen'],
  room: ['room', 'помещение', 'rummet'],
  resource: ['resource', 'ресурс', 'resursen'],
  company: ['company', 'компания', 'företaget'],
  link: ['link', 'ссылка', 'länk'],
  'app-password': ['app password', 'пароль приложения', 'applösenord'],
  account: ['account', 'учётная запись', 'konto'],
  'exchange-link': ['Exchange connection', 'подключение к Exchange', 'Exchange-anslutning'],
};

const words: Readonly<Record<string, Words>> = {
  everyone: ['everyone', 'все', 'alla'],
  busy: ['busy times', 'занятость', 'upptagna tider'],
  titles: ['busy times and titles', 'занятость и названия', 'upptagna tider och titlar'],
  read: ['can see all', 'видит всё', 'kan se allt'],
  edit: ['can edit', 'может изменять', 'kan ändra'],
  manage: ['can manage', 'управляет', 'kan hantera'],
  administrator: ['now an administrator', 'назначен администратором', 'nu administratör'],
  'no administrator': ['no longer an administrator', 'больше не администратор', 'inte längre administratör'],
  disabled: ['disabled', 'отключён', 'avstängd'],
  enabled: ['enabled', 'включён', 'påslagen'],
  addresses: ['addresses', 'адреса', 'adresser'],
  allowed: ['allowed', 'разрешён', 'tillåten'],
  'not allowed': ['not allowed', 'запрещён', 'inte tillåten'],
  favourites: ['favourites', 'избранные календари', 'favoriter'],
  both: ['both ways', 'в обе стороны', 'åt båda hållen'],
  from_remote: ['from Exchange only', 'только из Exchange', 'bara från Exchange'],
  to_remote: ['to Exchange only', 'только в Exchange', 'bara till Exchange'],
  forbidden: ['forbidden', 'запрещено', 'förbjudet'],
  owner: ['owners decide', 'решают владельцы', 'ägarna bestämmer'],
  full: ['all details', 'все сведения', 'alla uppgifter'],
  yes: ['yes', 'да', 'ja'],
  no: ['no', 'нет', 'nej'],
};

/** By the keys of the portal's rules. */
const rules: Readonly<Record<string, Words>> = {
  'export.user': ['export: people', 'экспорт: сотрудники', 'export: personer'],
  'export.group': ['export: groups', 'экспорт: группы', 'export: grupper'],
  'export.company': ['export: company', 'экспорт: компания', 'export: företaget'],
  'export.room': ['export: rooms', 'экспорт: помещения', 'export: rum'],
  'export.resource': ['export: resources', 'экспорт: ресурсы', 'export: resurser'],
  'links.detail': ['links show at most', 'ссылки показывают не больше', 'länkar visar högst'],
  'links.hashed': ['links are shown once', 'ссылки показываются один раз', 'länkar visas en gång'],
  'links.days': ['days until links end', 'срок ссылок в днях', 'dagar tills länkar går ut'],
  'app-passwords.required': ['app passwords required', 'обязательные пароли приложений', 'applösenord krävs'],
  'profile.password': [
    'password in the Apple profile',
    'пароль в профиле Apple',
    'lösenord i Apple-profilen',
  ],
  'portal.name': ['name of the portal', 'название портала', 'portalens namn'],
  'portal.color': ['colour', 'цвет', 'färg'],
  'portal.logo': ['logo', 'логотип', 'logotyp'],
  'portal.language': ['language', 'язык', 'språk'],
  'portal.address': ['public address', 'публичный адрес', 'publik adress'],
};
