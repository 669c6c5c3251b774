/**
 * What the server has found, said by the page: diagnostics of the installation, steps of the self-test, faults of imported
 * files. The server sends codes; these are their sentences, loaded with the dialogs that need them.
 *
 * A sentence that one language lacks does not compile.
 */
import type { SpokenLanguage } from '../languages.ts';
import type { PluralForms } from './en.ts';

type Sentence = string | PluralForms;
type Sentences<Key extends string> = Readonly<Record<Key, Sentence>>;

/** The page looks sentences up by the codes of the API: one that is missing here does not compile there. */
export interface FoundMessages {
  readonly diagnostics: Sentences<FoundKey>;
  readonly fixes: Sentences<FixKey>;
  /** What most likely stands in the way where a step of the self-test fails. */
  readonly causes: Sentences<StepKey>;
  /** By code of the fault; `other` for all that people need not tell apart. */
  readonly faults: Sentences<FaultKey>;
  readonly interrupted: Sentence;
}

export type FoundKey =
  | 'encrypted'
  | 'not-encrypted'
  | 'address-set'
  | 'address-unset'
  | 'well-known'
  | 'clock'
  | 'no-mail'
  | 'disk-free'
  | 'backups-off'
  | 'backups-none'
  | 'backups-age'
  | 'database-well'
  | 'database-broken'
  | 'versions';

export type FixKey =
  | 'encrypt'
  | 'set-address'
  | 'set-clock'
  | 'make-room'
  | 'make-backups'
  | 'read-log'
  | 'check-data';

export type StepKey =
  | 'public-address'
  | 'tls'
  | 'well-known'
  | 'challenge'
  | 'options'
  | 'principal'
  | 'home'
  | 'calendars';

export type FaultKey =
  | 'encoding'
  | 'malformed-line'
  | 'unbalanced'
  | 'outside-calendar'
  | 'object'
  | 'value'
  | 'recurrence'
  | 'required'
  | 'unsupported-component'
  | 'too-large'
  | 'too-many-attendees'
  | 'too-many-instances'
  | 'date-out-of-range'
  | 'need-privileges'
  | 'changed-meanwhile'
  | 'other';

const en: FoundMessages = {
  diagnostics: {
    encrypted: '{address} is encrypted.',
    'not-encrypted': '{address} is not encrypted: iPhone and Mac will not sign in.',
    'address-set': '{address}',
    'address-unset': 'Generated addresses begin with {address}, which nobody has set.',
    'well-known': '{from} leads to {to}',
    clock: '{time}',
    'no-mail': 'This server sends no mail.',
    'disk-free': '{size} free.',
    'backups-off': 'No backups are made.',
    'backups-none': 'There is none yet in {folder}.',
    'backups-age': { one: 'The newest is {n} hour old.', other: 'The newest is {n} hours old.' },
    'database-well': 'Reads and writes.',
    'database-broken': 'It cannot be written: {problem}',
    versions: 'portcal {portcal}, Node {node}, schema {schema}',
  },
  fixes: {
    encrypt: 'Put a proxy with a certificate in front, or set tlsCert and tlsKey.',
    'set-address': 'Set the address under which people reach the server.',
    'set-clock': 'Set the clock of the machine.',
    'make-room': 'Make room where the data lie.',
    'make-backups': 'Let the server make backups by itself.',
    'read-log': 'Read the log: backups fail.',
    'check-data': 'Check the data.',
  },
  causes: {
    'public-address': 'The public address does not lead to this server.',
    tls: 'The certificate has expired, is for another name, or its chain is incomplete: phones refuse that.',
    challenge: 'Something in front of the server answers requests that have not signed in.',
    'well-known': 'The proxy does not pass /.well-known/caldav on, or the public address is wrong.',
    options: 'The proxy answers or drops the OPTIONS method.',
    principal: 'The proxy drops the PROPFIND method or the Authorization header.',
    home: 'The proxy changes answers, or the account has no mail address.',
    calendars: 'The proxy drops the PROPFIND or REPORT method.',
  },
  faults: {
    encoding: 'Letters that could not be read were replaced.',
    'malformed-line': 'A line that could not be read was left out.',
    unbalanced: 'The file ends in the middle of an entry.',
    'outside-calendar': 'A line outside of the calendar was left out.',
    object: 'The entry stands in the file twice, or does not fit together.',
    value: 'A value could not be read: it was mended or left out.',
    recurrence: 'The repetition could not be read.',
    required: 'Something is missing that every entry must have, such as its start.',
    'unsupported-component': 'This calendar does not take entries of this kind.',
    'too-large': 'The entry is too large.',
    'too-many-attendees': 'The entry has too many participants.',
    'too-many-instances': 'The series has too many events.',
    'date-out-of-range': 'The date is too far away.',
    'need-privileges': 'You may not change this entry.',
    'changed-meanwhile': 'The entry was changed on another device at the same time.',
    other: 'The entry could not be taken.',
  },
  interrupted:
    'The server was restarted during the import: {done} of {total} events had been looked at. Import the file again; what is there already is not doubled.',
};

const ru: FoundMessages = {
  diagnostics: {
    encrypted: 'Адрес {address} защищён.',
    'not-encrypted': 'Адрес {address} не защищён: iPhone и Mac не смогут войти.',
    'address-set': '{address}',
    'address-unset': 'Адреса начинаются с {address}; адрес сервера не задан.',
    'well-known': '{from} ведёт на {to}',
    clock: '{time}',
    'no-mail': 'Сервер не отправляет почту.',
    'disk-free': 'Свободно {size}.',
    'backups-off': 'Резервные копии не создаются.',
    'backups-none': 'В папке {folder} копий пока нет.',
    'backups-age': {
      one: 'Последней копии {n} час.',
      few: 'Последней копии {n} часа.',
      many: 'Последней копии {n} часов.',
      other: 'Последней копии {n} часа.',
    },
    'database-well': 'Чтение и запись работают.',
    'database-broken': 'Запись невозможна: {problem}',
    versions: 'portcal {portcal}, Node {node}, схема {schema}',
  },
  fixes: {
    encrypt: 'Поставьте перед сервером прокси с сертификатом или задайте tlsCert и tlsKey.',
    'set-address': 'Задайте адрес, по которому сервер доступен людям.',
    'set-clock': 'Установите часы компьютера.',
    'make-room': 'Освободите место на диске с данными.',
    'make-backups': 'Поручите серверу создавать резервные копии.',
    'read-log': 'Прочитайте журнал: копии не создаются.',
    'check-data': 'Проверьте данные.',
  },
  causes: {
    'public-address': 'Внешний адрес не ведёт на этот сервер.',
    tls: 'Срок сертификата истёк, он выдан для другого имени или цепочка неполна: телефоны такой не примут.',
    challenge: 'На запросы без входа отвечает что-то перед сервером.',
    'well-known': 'Прокси не пропускает /.well-known/caldav, или внешний адрес неверен.',
    options: 'Прокси сам отвечает на метод OPTIONS или отбрасывает его.',
    principal: 'Прокси отбрасывает метод PROPFIND или заголовок Authorization.',
    home: 'Прокси изменяет ответы, или у учётной записи нет адреса почты.',
    calendars: 'Прокси отбрасывает метод PROPFIND или REPORT.',
  },
  faults: {
    encoding: 'Нечитаемые буквы заменены.',
    'malformed-line': 'Нечитаемая строка пропущена.',
    unbalanced: 'Файл обрывается посреди записи.',
    'outside-calendar': 'Строка вне календаря пропущена.',
    object: 'Запись встречается в файле дважды или противоречит себе.',
    value: 'Значение не удалось прочитать: оно исправлено или пропущено.',
    recurrence: 'Не удалось прочитать правило повторения.',
    required: 'Не хватает обязательного, например времени начала.',
    'unsupported-component': 'Этот календарь не принимает записи такого вида.',
    'too-large': 'Запись слишком велика.',
    'too-many-attendees': 'В записи слишком много участников.',
    'too-many-instances': 'В серии слишком много событий.',
    'date-out-of-range': 'Дата слишком далека.',
    'need-privileges': 'У вас нет права изменять эту запись.',
    'changed-meanwhile': 'Запись в то же время изменили на другом устройстве.',
    other: 'Запись не удалось принять.',
  },
  interrupted:
    'Во время импорта сервер перезапустили: просмотрено событий {done} из {total}. Импортируйте файл ещё раз; то, что уже есть, не удвоится.',
};

const sv: FoundMessages = {
  diagnostics: {
    encrypted: '{address} är krypterad.',
    'not-encrypted': '{address} är inte krypterad: iPhone och Mac kan inte logga in.',
    'address-set': '{address}',
    'address-unset': 'Adresser börjar med {address}, som ingen har ställt in.',
    'well-known': '{from} leder till {to}',
    clock: '{time}',
    'no-mail': 'Servern skickar ingen e-post.',
    'disk-free': '{size} ledigt.',
    'backups-off': 'Inga säkerhetskopior görs.',
    'backups-none': 'Det finns ingen ännu i {folder}.',
    'backups-age': { one: 'Den senaste är {n} timme gammal.', other: 'Den senaste är {n} timmar gammal.' },
    'database-well': 'Läser och skriver.',
    'database-broken': 'Den kan inte skrivas: {problem}',
    versions: 'portcal {portcal}, Node {node}, schema {schema}',
  },
  fixes: {
    encrypt: 'Sätt en proxy med certifikat framför, eller ställ in tlsCert och tlsKey.',
    'set-address': 'Ställ in adressen som servern nås under.',
    'set-clock': 'Ställ maskinens klocka.',
    'make-room': 'Frigör utrymme där data ligger.',
    'make-backups': 'Låt servern göra säkerhetskopior själv.',
    'read-log': 'Läs loggen: säkerhetskopiorna misslyckas.',
    'check-data': 'Kontrollera data.',
  },
  causes: {
    'public-address': 'Den publika adressen leder inte till den här servern.',
    tls: 'Certifikatet har gått ut, gäller ett annat namn eller har en ofullständig kedja: telefoner godtar inte det.',
    challenge: 'Något framför servern svarar på förfrågningar utan inloggning.',
    'well-known': 'Proxyn släpper inte igenom /.well-known/caldav, eller så är den publika adressen fel.',
    options: 'Proxyn svarar själv på metoden OPTIONS eller kastar den.',
    principal: 'Proxyn kastar metoden PROPFIND eller huvudet Authorization.',
    home: 'Proxyn ändrar svaren, eller så saknar kontot e-postadress.',
    calendars: 'Proxyn kastar metoden PROPFIND eller REPORT.',
  },
  faults: {
    encoding: 'Bokstäver som inte kunde läsas ersattes.',
    'malformed-line': 'En rad som inte kunde läsas utelämnades.',
    unbalanced: 'Filen slutar mitt i en post.',
    'outside-calendar': 'En rad utanför kalendern utelämnades.',
    object: 'Posten står två gånger i filen eller hänger inte ihop.',
    value: 'Ett värde kunde inte läsas: det rättades eller utelämnades.',
    recurrence: 'Upprepningen kunde inte läsas.',
    required: 'Något saknas som varje post måste ha, till exempel starten.',
    'unsupported-component': 'Kalendern tar inte emot poster av det här slaget.',
    'too-large': 'Posten är för stor.',
    'too-many-attendees': 'Posten har för många deltagare.',
    'too-many-instances': 'Serien har för många händelser.',
    'date-out-of-range': 'Datumet ligger för långt bort.',
    'need-privileges': 'Du får inte ändra posten.',
    'changed-meanwhile': 'Posten ändrades samtidigt på en annan enhet.',
    other: 'Posten kunde inte tas emot.',
  },
  interrupted:
    'Servern startades om under importen: {done} av {total} händelser hade gåtts igenom. Importera filen igen; det som redan finns fördubblas inte.',
};

export const foundMessages: Readonly<Record<SpokenLanguage, FoundMessages>> = { en, ru, sv };

/** Codes of faults that have the sentence of another. */
const alike: Readonly<Record<string, FaultKey>> = {
  'byte-order-mark': 'encoding',
  nul: 'encoding',
  'control-character': 'encoding',
  'split-character': 'encoding',
  'too-deep': 'malformed-line',
  'too-long': 'too-large',
  nesting: 'object',
  uid: 'object',
  'uid-in-use': 'changed-meanwhile',
  component: 'unsupported-component',
  'max-attendees': 'too-many-attendees',
  'max-instances': 'too-many-instances',
  'min-date-time': 'date-out-of-range',
  'max-date-time': 'date-out-of-range',
  'before-min-date': 'date-out-of-range',
  'after-max-date': 'date-out-of-range',
  'invalid-calendar-object': 'object',
  stale: 'changed-meanwhile',
};

export function faultKey(code: string): FaultKey {
  const known = Object.keys(en.faults).find((key): key is FaultKey => key === code);
  return known ?? alike[code] ?? 'other';
}
