/**
 * What time zones are called in German, Swedish, French and Russian, which CLDR's table of Windows names does not have.
 *
 * Windows translates its names of zones, and programs that ask it for the present one (Python's `time.tzname`, Java, Outlook)
 * write `Mitteleuropäische Sommerzeit` or `RTZ 2 (зима)` as a TZID. Its settings dialog translates cities as well.
 * A name that means one zone to Windows and another one to CLDR (`Europe de l'Ouest`) is left out.
 */

/** One line each: an IANA zone | names in lower case, without what `normalized` takes off. */
const names = `
Europe/Berlin|mitteleuropäische|mitteleuropaeische|västeuropa|centraleuropeisk|europe centrale|центральная европа
Europe/Helsinki|osteuropäische|osteuropaeische|fle|östeuropeisk|europe de l'est|восточная европа
Europe/Lisbon|westeuropäische|westeuropaeische|västeuropeisk
Europe/Moscow|moskauer|moskva|moscou|москва|московское
America/New_York|nordamerikanische ostküsten|östnordamerikansk|est nord-américain|est (é.-u. et canada)|восточная америка
Etc/UTC|koordinierte welt|koordinerad universell|temps universel coordonné|всемирное координированное
`;

/** One line each: an IANA zone | what its city is called in these languages, if that is not the English name. */
const cities = `
Europe/Athens|athen|aten|athènes|афины
Europe/Belgrade|belgrad|белград
Europe/Berlin|берлин
Europe/Brussels|brüssel|bryssel|bruxelles|брюссель
Europe/Bucharest|bukarest|bucarest|бухарест
Europe/Budapest|будапешт
Europe/Copenhagen|kopenhagen|köpenhamn|copenhague|копенгаген
Europe/Dublin|дублин
Europe/Helsinki|helsingfors|хельсинки
Europe/Istanbul|стамбул
Europe/Kaliningrad|калининград
Europe/Kyiv|kiew|киев
Europe/Lisbon|lissabon|lisbonne|лиссабон
Europe/London|londres|лондон
Europe/Madrid|мадрид
Europe/Minsk|минск
Europe/Moscow|moskau|moskva|moscou|москва
Europe/Paris|париж
Europe/Prague|prag|прага
Europe/Riga|рига
Europe/Rome|rom|рим
Europe/Samara|самара
Europe/Saratov|саратов
Europe/Sofia|софия
Europe/Stockholm|стокгольм
Europe/Tallinn|таллин
Europe/Vienna|wien|vienne|вена
Europe/Vilnius|wilna|вильнюс
Europe/Volgograd|wolgograd|волгоград
Europe/Warsaw|warschau|warszawa|varsovie|варшава
Europe/Amsterdam|амстердам
Africa/Cairo|kairo|le caire|каир
Asia/Almaty|алматы
Asia/Irkutsk|иркутск
Asia/Jerusalem|jérusalem|иерусалим
Asia/Krasnoyarsk|красноярск
Asia/Novosibirsk|новосибирск
Asia/Omsk|омск
Asia/Shanghai|peking|pékin|пекин
Asia/Tokyo|tokio|токио
Asia/Vladivostok|владивосток
Asia/Yakutsk|якутск
Asia/Yekaterinburg|екатеринбург
`;

/** Zones of Russia by their numbers in Windows since 2014: `RTZ 2 (зима)`, in English `Russia TZ 2 Standard Time`. */
const russian: readonly string[] = [
  'Europe/Kaliningrad',
  'Europe/Moscow',
  'Europe/Samara',
  'Asia/Yekaterinburg',
  'Asia/Novosibirsk',
  'Asia/Krasnoyarsk',
  'Asia/Irkutsk',
  'Asia/Yakutsk',
  'Asia/Vladivostok',
  'Asia/Srednekolymsk',
  'Asia/Kamchatka',
];

let zonesByName: ReadonlyMap<string, string> | undefined;

/** The IANA zone that a translated name means: `Mitteleuropäische Sommerzeit`, `Västeuropa, normaltid`, `RTZ 2 (зима)`. */
export function ianaNameOfWords(name: string): string | undefined {
  const number = /^(?:RTZ|Russia TZ) (\d{1,2})(?!\d)/i.exec(name)?.[1];
  if (number !== undefined) return russian[Number(number) - 1];
  zonesByName ??= new Map(entriesOf(names));
  return zonesByName.get(normalized(name));
}

/** City in lower case -> IANA zone. */
export function translatedCities(): readonly (readonly [city: string, iana: string])[] {
  return entriesOf(cities);
}

function entriesOf(table: string): readonly (readonly [string, string])[] {
  return table
    .trim()
    .split('\n')
    .flatMap((line) => {
      const [iana = '', ...words] = line.split('|');
      return words.map((word) => [word, iana] as const);
    });
}

/** In lower case, without the words for standard and summer time, which differ with the season and the program. */
function normalized(name: string): string {
  return name
    .toLowerCase()
    .replaceAll('’', "'")
    .replace(/^heure(?: normale| d'été)? (?:de l'(?=est nord)|de |d')?/, '')
    .replace(/(?: \((?:зима|лето|heure d'été)\))$/, '')
    .replace(/[, -]*(?:стандартное |летнее )?время$/, '')
    .replace(/[, -]*(?:normal|standard|sommer)?zeit$/, '')
    .replace(/[, -]*(?:normal|sommar)?tid$/, '');
}
