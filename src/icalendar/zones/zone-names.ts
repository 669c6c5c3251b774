/**
 * The names that Windows gives to time zones, and the IANA zones they stand for.
 *
 * Outlook and Exchange write the Windows name as TZID, or the text their settings dialog shows. The mapping is that of
 * CLDR's windowsZones, with today's IANA names. This file is longer than others because it is one table.
 */

/**
 * One line each: Windows name | what the settings dialog shows | IANA zones, the one that stands for the name first |
 * what the dialog showed in older versions, if that differs in more than its offset, separated by semicolons.
 */
const table = `
Dateline Standard Time|International Date Line West|Etc/GMT+12|Eniwetok, Kwajalein
UTC-11|Coordinated Universal Time-11|Etc/GMT+11 Pacific/Pago_Pago Pacific/Niue Pacific/Midway|Midway Island
Aleutian Standard Time|Aleutian Islands|America/Adak
Hawaiian Standard Time|Hawaii|Pacific/Honolulu Pacific/Rarotonga Pacific/Tahiti Etc/GMT+10
Marquesas Standard Time|Marquesas Islands|Pacific/Marquesas
Alaskan Standard Time|Alaska|America/Anchorage America/Juneau America/Metlakatla America/Nome America/Sitka America/Yakutat
UTC-09|Coordinated Universal Time-09|Etc/GMT+9 Pacific/Gambier
Pacific Standard Time (Mexico)|Baja California|America/Tijuana|Tijuana, Baja California
UTC-08|Coordinated Universal Time-08|Etc/GMT+8 Pacific/Pitcairn
Pacific Standard Time|Pacific Time (US & Canada)|America/Los_Angeles America/Vancouver|Pacific Time (US and Canada);Pacific Time (US & Canada); Tijuana;Pacific Time (US and Canada); Tijuana
US Mountain Standard Time|Arizona|America/Phoenix America/Creston America/Dawson_Creek America/Fort_Nelson America/Hermosillo Etc/GMT+7
Mountain Standard Time (Mexico)|La Paz, Mazatlan|America/Mazatlan|Chihuahua, La Paz, Mazatlan;Chihuahua, La Paz, Mazatlan - New;Chihuahua, La Paz, Mazatlan - Old
Mountain Standard Time|Mountain Time (US & Canada)|America/Denver America/Edmonton America/Cambridge_Bay America/Inuvik America/Ciudad_Juarez America/Boise|Mountain Time (US and Canada)
Yukon Standard Time|Yukon|America/Whitehorse America/Dawson
Central America Standard Time|Central America|America/Guatemala America/Belize America/Costa_Rica Pacific/Galapagos America/Tegucigalpa America/Managua America/El_Salvador Etc/GMT+6
Central Standard Time|Central Time (US & Canada)|America/Chicago America/Winnipeg America/Rankin_Inlet America/Resolute America/Matamoros America/Ojinaga America/Indiana/Knox America/Indiana/Tell_City America/Menominee America/North_Dakota/Beulah America/North_Dakota/Center America/North_Dakota/New_Salem|Central Time (US and Canada)
Easter Island Standard Time|Easter Island|Pacific/Easter
Central Standard Time (Mexico)|Guadalajara, Mexico City, Monterrey|America/Mexico_City America/Bahia_Banderas America/Merida America/Monterrey America/Chihuahua|Guadalajara, Mexico City, Monterrey - New;Guadalajara, Mexico City, Monterrey - Old;Mexico City
Mexico Standard Time||America/Mexico_City
Mexico Standard Time 2||America/Mazatlan
Canada Central Standard Time|Saskatchewan|America/Regina America/Swift_Current
SA Pacific Standard Time|Bogota, Lima, Quito, Rio Branco|America/Bogota America/Rio_Branco America/Eirunepe America/Atikokan America/Guayaquil America/Jamaica America/Cayman America/Panama America/Lima Etc/GMT+5|Bogota, Lima, Quito
Eastern Standard Time (Mexico)|Chetumal|America/Cancun
Eastern Standard Time|Eastern Time (US & Canada)|America/New_York America/Nassau America/Toronto America/Iqaluit America/Detroit America/Indiana/Petersburg America/Indiana/Vincennes America/Indiana/Winamac America/Kentucky/Monticello America/Kentucky/Louisville|Eastern Time (US and Canada)
Haiti Standard Time|Haiti|America/Port-au-Prince
Cuba Standard Time|Havana|America/Havana
US Eastern Standard Time|Indiana (East)|America/Indiana/Indianapolis America/Indiana/Marengo America/Indiana/Vevay
Turks And Caicos Standard Time|Turks and Caicos|America/Grand_Turk
Paraguay Standard Time|Asuncion|America/Asuncion
Atlantic Standard Time|Atlantic Time (Canada)|America/Halifax Atlantic/Bermuda America/Glace_Bay America/Goose_Bay America/Moncton America/Thule
Venezuela Standard Time|Caracas|America/Caracas
Central Brazilian Standard Time|Cuiaba|America/Cuiaba America/Campo_Grande
SA Western Standard Time|Georgetown, La Paz, Manaus, San Juan|America/La_Paz America/Antigua America/Anguilla America/Aruba America/Barbados America/St_Barthelemy America/Kralendijk America/Manaus America/Boa_Vista America/Porto_Velho America/Blanc-Sablon America/Curacao America/Dominica America/Santo_Domingo America/Grenada America/Guadeloupe America/Guyana America/St_Kitts America/St_Lucia America/Marigot America/Martinique America/Montserrat America/Puerto_Rico America/Lower_Princes America/Port_of_Spain America/St_Vincent America/Tortola America/St_Thomas Etc/GMT+4|Georgetown, La Paz, San Juan;Caracas, La Paz;Manaus
Pacific SA Standard Time|Santiago|America/Santiago
Newfoundland Standard Time|Newfoundland|America/St_Johns
Tocantins Standard Time|Araguaina|America/Araguaina
E. South America Standard Time|Brasilia|America/Sao_Paulo
SA Eastern Standard Time|Cayenne, Fortaleza|America/Cayenne Antarctica/Rothera Antarctica/Palmer America/Fortaleza America/Belem America/Maceio America/Recife America/Santarem Atlantic/Stanley America/Paramaribo Etc/GMT+3|Georgetown
Argentina Standard Time|City of Buenos Aires|America/Argentina/Buenos_Aires America/Argentina/La_Rioja America/Argentina/Rio_Gallegos America/Argentina/Salta America/Argentina/San_Juan America/Argentina/San_Luis America/Argentina/Tucuman America/Argentina/Ushuaia America/Argentina/Catamarca America/Argentina/Cordoba America/Argentina/Jujuy America/Argentina/Mendoza|Buenos Aires;Buenos Aires, Georgetown
Greenland Standard Time|Greenland|America/Nuuk America/Godthab
Montevideo Standard Time|Montevideo|America/Montevideo
Magallanes Standard Time|Punta Arenas|America/Punta_Arenas America/Coyhaique
Saint Pierre Standard Time|Saint Pierre and Miquelon|America/Miquelon
Bahia Standard Time|Salvador|America/Bahia
UTC-02|Coordinated Universal Time-02|Etc/GMT+2 America/Noronha Atlantic/South_Georgia
Mid-Atlantic Standard Time|Mid-Atlantic - Old|Etc/GMT+2|Mid-Atlantic
Azores Standard Time|Azores|Atlantic/Azores America/Scoresbysund
Cape Verde Standard Time|Cabo Verde Is.|Atlantic/Cape_Verde Etc/GMT+1|Cape Verde Is.;Cape Verde Islands
UTC|Coordinated Universal Time|Etc/UTC Etc/GMT
GMT Standard Time|Dublin, Edinburgh, Lisbon, London|Europe/London Atlantic/Canary Atlantic/Faroe Europe/Guernsey Europe/Dublin Europe/Isle_of_Man Europe/Jersey Europe/Lisbon Atlantic/Madeira|Greenwich Mean Time: Dublin, Edinburgh, Lisbon, London;Greenwich Mean Time : Dublin, Edinburgh, Lisbon, London
Greenwich Standard Time|Monrovia, Reykjavik|Atlantic/Reykjavik Africa/Ouagadougou Africa/Abidjan Africa/Accra America/Danmarkshavn Africa/Banjul Africa/Conakry Africa/Bissau Africa/Monrovia Africa/Bamako Africa/Nouakchott Atlantic/St_Helena Africa/Freetown Africa/Dakar Africa/Lome|Casablanca, Monrovia;Casablanca, Monrovia, Reykjavik
Sao Tome Standard Time|Sao Tome|Africa/Sao_Tome
Morocco Standard Time|Casablanca|Africa/Casablanca Africa/El_Aaiun
W. Europe Standard Time|Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna|Europe/Berlin Europe/Andorra Europe/Vienna Europe/Zurich Europe/Busingen Europe/Gibraltar Europe/Rome Europe/Vaduz Europe/Luxembourg Europe/Monaco Europe/Malta Europe/Amsterdam Europe/Oslo Europe/Stockholm Arctic/Longyearbyen Europe/San_Marino Europe/Vatican
Central Europe Standard Time|Belgrade, Bratislava, Budapest, Ljubljana, Prague|Europe/Budapest Europe/Tirane Europe/Prague Europe/Podgorica Europe/Belgrade Europe/Ljubljana Europe/Bratislava|Prague, Central Europe
Romance Standard Time|Brussels, Copenhagen, Madrid, Paris|Europe/Paris Europe/Brussels Europe/Copenhagen Europe/Madrid Africa/Ceuta|Paris, Madrid
Central European Standard Time|Sarajevo, Skopje, Warsaw, Zagreb|Europe/Warsaw Europe/Sarajevo Europe/Zagreb Europe/Skopje
W. Central Africa Standard Time|West Central Africa|Africa/Lagos Africa/Luanda Africa/Porto-Novo Africa/Kinshasa Africa/Bangui Africa/Brazzaville Africa/Douala Africa/Algiers Africa/Libreville Africa/Malabo Africa/Niamey Africa/Ndjamena Africa/Tunis Etc/GMT-1
Jordan Standard Time|Amman|Asia/Amman
GTB Standard Time|Athens, Bucharest|Europe/Bucharest Asia/Nicosia Asia/Famagusta Europe/Athens|Athens, Bucharest, Istanbul;Athens, Istanbul, Minsk
Middle East Standard Time|Beirut|Asia/Beirut
Egypt Standard Time|Cairo|Africa/Cairo
E. Europe Standard Time|Chisinau|Europe/Chisinau|E. Europe;Eastern Europe;Bucharest
Syria Standard Time|Damascus|Asia/Damascus
West Bank Standard Time|Gaza, Hebron|Asia/Hebron Asia/Gaza
South Africa Standard Time|Harare, Pretoria|Africa/Johannesburg Africa/Bujumbura Africa/Gaborone Africa/Lubumbashi Africa/Maseru Africa/Blantyre Africa/Maputo Africa/Kigali Africa/Mbabane Africa/Lusaka Africa/Harare Etc/GMT-2
FLE Standard Time|Helsinki, Kyiv, Riga, Sofia, Tallinn, Vilnius|Europe/Kyiv Europe/Kiev Europe/Mariehamn Europe/Sofia Europe/Tallinn Europe/Helsinki Europe/Vilnius Europe/Riga|Helsinki, Kiev, Riga, Sofia, Tallinn, Vilnius;Helsinki, Riga, Tallinn
Israel Standard Time|Jerusalem|Asia/Jerusalem|Jerusalem, Tel Aviv
South Sudan Standard Time|Juba|Africa/Juba
Kaliningrad Standard Time|Kaliningrad|Europe/Kaliningrad|Kaliningrad (RTZ 1)
Sudan Standard Time|Khartoum|Africa/Khartoum
Libya Standard Time|Tripoli|Africa/Tripoli
Namibia Standard Time|Windhoek|Africa/Windhoek
Arabic Standard Time|Baghdad|Asia/Baghdad
Turkey Standard Time|Istanbul|Europe/Istanbul
Arab Standard Time|Kuwait, Riyadh|Asia/Riyadh Asia/Bahrain Asia/Kuwait Asia/Qatar Asia/Aden|Baghdad, Kuwait, Riyadh
Belarus Standard Time|Minsk|Europe/Minsk|Kaliningrad, Minsk
Russian Standard Time|Moscow, St. Petersburg|Europe/Moscow Europe/Kirov Europe/Simferopol|Moscow, St. Petersburg, Volgograd;Moscow, St. Petersburg, Volgograd (RTZ 2);Moscow, St. Petersburg (RTZ 2)
E. Africa Standard Time|Nairobi|Africa/Nairobi Antarctica/Syowa Africa/Djibouti Africa/Asmara Africa/Addis_Ababa Indian/Comoro Indian/Antananarivo Africa/Mogadishu Africa/Dar_es_Salaam Africa/Kampala Indian/Mayotte Etc/GMT-3
Iran Standard Time|Tehran|Asia/Tehran
Arabian Standard Time|Abu Dhabi, Muscat|Asia/Dubai Asia/Muscat Etc/GMT-4
Astrakhan Standard Time|Astrakhan, Ulyanovsk|Europe/Astrakhan Europe/Ulyanovsk
Azerbaijan Standard Time|Baku|Asia/Baku
Russia Time Zone 3|Izhevsk, Samara|Europe/Samara|Izhevsk, Samara (RTZ 3)
Mauritius Standard Time|Port Louis|Indian/Mauritius Indian/Reunion Indian/Mahe
Saratov Standard Time|Saratov|Europe/Saratov
Georgian Standard Time|Tbilisi|Asia/Tbilisi
Volgograd Standard Time|Volgograd|Europe/Volgograd
Caucasus Standard Time|Yerevan|Asia/Yerevan|Baku, Tbilisi, Yerevan
Armenian Standard Time||Asia/Yerevan
Afghanistan Standard Time|Kabul|Asia/Kabul
West Asia Standard Time|Ashgabat, Tashkent|Asia/Tashkent Antarctica/Mawson Asia/Oral Asia/Almaty Asia/Aqtau Asia/Aqtobe Asia/Atyrau Asia/Qostanay Indian/Maldives Indian/Kerguelen Asia/Dushanbe Asia/Ashgabat Asia/Samarkand Etc/GMT-5|Tashkent;Islamabad, Karachi, Tashkent
Ekaterinburg Standard Time|Ekaterinburg|Asia/Yekaterinburg|Ekaterinburg (RTZ 4)
Pakistan Standard Time|Islamabad, Karachi|Asia/Karachi
Qyzylorda Standard Time|Qyzylorda|Asia/Qyzylorda|Astana
India Standard Time|Chennai, Kolkata, Mumbai, New Delhi|Asia/Kolkata Asia/Calcutta|Bombay, Calcutta, Madras, New Delhi;Kolkata, Chennai, Mumbai, New Delhi
Sri Lanka Standard Time|Sri Jayawardenepura|Asia/Colombo
Nepal Standard Time|Kathmandu|Asia/Kathmandu
Central Asia Standard Time|Bishkek|Asia/Bishkek Antarctica/Vostok Asia/Urumqi Indian/Chagos Etc/GMT-6|Nur-Sultan;Astana, Dhaka;Almaty, Dhaka
Bangladesh Standard Time|Dhaka|Asia/Dhaka Asia/Thimphu
Omsk Standard Time|Omsk|Asia/Omsk
Myanmar Standard Time|Yangon (Rangoon)|Asia/Yangon Indian/Cocos|Rangoon
SE Asia Standard Time|Bangkok, Hanoi, Jakarta|Asia/Bangkok Antarctica/Davis Indian/Christmas Asia/Jakarta Asia/Pontianak Asia/Phnom_Penh Asia/Vientiane Asia/Ho_Chi_Minh Etc/GMT-7
Altai Standard Time|Barnaul, Gorno-Altaysk|Asia/Barnaul
W. Mongolia Standard Time|Hovd|Asia/Hovd
North Asia Standard Time|Krasnoyarsk|Asia/Krasnoyarsk Asia/Novokuznetsk|Krasnoyarsk (RTZ 6)
N. Central Asia Standard Time|Novosibirsk|Asia/Novosibirsk|Almaty, Novosibirsk;Novosibirsk (RTZ 5)
Tomsk Standard Time|Tomsk|Asia/Tomsk
China Standard Time|Beijing, Chongqing, Hong Kong, Urumqi|Asia/Shanghai Asia/Hong_Kong Asia/Macau|Beijing, Chongqing, Hong Kong SAR, Urumqi
North Asia East Standard Time|Irkutsk|Asia/Irkutsk|Irkutsk, Ulaanbaatar;Irkutsk, Ulaan Bataar;Irkutsk (RTZ 7)
Singapore Standard Time|Kuala Lumpur, Singapore|Asia/Singapore Asia/Brunei Asia/Makassar Asia/Kuala_Lumpur Asia/Kuching Asia/Manila Etc/GMT-8
Malay Peninsula Standard Time||Asia/Singapore
W. Australia Standard Time|Perth|Australia/Perth
Taipei Standard Time|Taipei|Asia/Taipei
Ulaanbaatar Standard Time|Ulaanbaatar|Asia/Ulaanbaatar Asia/Choibalsan
Aus Central W. Standard Time|Eucla|Australia/Eucla
Transbaikal Standard Time|Chita|Asia/Chita
Tokyo Standard Time|Osaka, Sapporo, Tokyo|Asia/Tokyo Asia/Jayapura Pacific/Palau Asia/Dili Etc/GMT-9
North Korea Standard Time|Pyongyang|Asia/Pyongyang
Korea Standard Time|Seoul|Asia/Seoul
Yakutsk Standard Time|Yakutsk|Asia/Yakutsk Asia/Khandyga|Yakutsk (RTZ 8)
Cen. Australia Standard Time|Adelaide|Australia/Adelaide Australia/Broken_Hill
AUS Central Standard Time|Darwin|Australia/Darwin
E. Australia Standard Time|Brisbane|Australia/Brisbane Australia/Lindeman
AUS Eastern Standard Time|Canberra, Melbourne, Sydney|Australia/Sydney Australia/Melbourne
West Pacific Standard Time|Guam, Port Moresby|Pacific/Port_Moresby Antarctica/DumontDUrville Pacific/Chuuk Pacific/Guam Pacific/Saipan Etc/GMT-10
Tasmania Standard Time|Hobart|Australia/Hobart Antarctica/Macquarie
Vladivostok Standard Time|Vladivostok|Asia/Vladivostok Asia/Ust-Nera|Vladivostok, Magadan (RTZ 9);Vladivostok (RTZ 9)
Lord Howe Standard Time|Lord Howe Island|Australia/Lord_Howe
Bougainville Standard Time|Bougainville Island|Pacific/Bougainville
Russia Time Zone 10|Chokurdakh|Asia/Srednekolymsk|Chokurdakh (RTZ 10)
Magadan Standard Time|Magadan|Asia/Magadan
Norfolk Standard Time|Norfolk Island|Pacific/Norfolk
Sakhalin Standard Time|Sakhalin|Asia/Sakhalin
Central Pacific Standard Time|Solomon Is., New Caledonia|Pacific/Guadalcanal Antarctica/Casey Pacific/Pohnpei Pacific/Kosrae Pacific/Noumea Pacific/Efate Etc/GMT-11|Magadan, Solomon Is., New Caledonia;Magadan, Solomon Islands, New Caledonia;Solomon Islands, New Caledonia
Russia Time Zone 11|Anadyr, Petropavlovsk-Kamchatsky|Asia/Kamchatka Asia/Anadyr|Anadyr, Petropavlovsk-Kamchatsky (RTZ 11)
Kamchatka Standard Time|Petropavlovsk-Kamchatsky - Old|Asia/Kamchatka|Petropavlovsk-Kamchatsky
New Zealand Standard Time|Auckland, Wellington|Pacific/Auckland Antarctica/McMurdo
UTC+12|Coordinated Universal Time+12|Etc/GMT-12 Pacific/Tarawa Pacific/Majuro Pacific/Kwajalein Pacific/Nauru Pacific/Funafuti Pacific/Wake Pacific/Wallis
Fiji Standard Time|Fiji|Pacific/Fiji|Fiji, Kamchatka, Marshall Is.;Fiji, Marshall Is.;Fiji Islands, Kamchatka, Marshall Islands
Chatham Islands Standard Time|Chatham Islands|Pacific/Chatham
UTC+13|Coordinated Universal Time+13|Etc/GMT-13 Pacific/Kanton Pacific/Enderbury Pacific/Fakaofo
Tonga Standard Time|Nuku'alofa|Pacific/Tongatapu
Samoa Standard Time|Samoa|Pacific/Apia|Midway Island, Samoa
Line Islands Standard Time|Kiritimati Island|Pacific/Kiritimati Etc/GMT-14
`;

interface Names {
  /** IANA name by Windows name, in lower case. */
  readonly ianaByWindows: ReadonlyMap<string, string>;
  /** IANA name by what the dialog shows, in lower case, without its offset. */
  readonly ianaByDisplay: ReadonlyMap<string, string>;
  /** Windows name by IANA name in lower case. */
  readonly windowsByIana: ReadonlyMap<string, string>;
}

let names: Names | undefined;

function readTable(): Names {
  const ianaByWindows = new Map<string, string>();
  const ianaByDisplay = new Map<string, string>();
  const windowsByIana = new Map<string, string>();
  for (const line of table.trim().split('\n')) {
    const [windows = '', display = '', zoneList = '', older = ''] = line.split('|');
    const zones = zoneList.split(' ');
    const main = zones[0] ?? '';
    add(ianaByWindows, windows, main);
    add(ianaByDisplay, display, main);
    for (const text of older.split(/;(?! Tijuana)/)) add(ianaByDisplay, text, main);
    for (const zone of zones) add(windowsByIana, zone, windows);
  }
  return { ianaByWindows, ianaByDisplay, windowsByIana };
}

function add(map: Map<string, string>, key: string, value: string): void {
  const folded = key.toLowerCase();
  if (folded !== '' && !map.has(folded)) map.set(folded, value);
}

/** The IANA zone of a Windows name: `Europe/Moscow` for `Russian Standard Time`. Case does not matter. */
export function ianaNameOfWindows(name: string): string | undefined {
  names ??= readTable();
  return names.ianaByWindows.get(name.toLowerCase());
}

/** The Windows name of an IANA zone, for protocols that know no other names. */
export function windowsNameOf(ianaName: string): string | undefined {
  names ??= readTable();
  return names.windowsByIana.get(ianaName.toLowerCase());
}

/** The IANA zone of a display name: `(UTC+03:00) Moscow, St. Petersburg, Volgograd`, with or without its offset. */
export function ianaNameOfDisplay(text: string): string | undefined {
  names ??= readTable();
  return names.ianaByDisplay.get(text.replace(leadingOffset, '').trim().toLowerCase());
}

/** What the dialog shows before a name. */
export const leadingOffset: RegExp = /^\((?:UTC|GMT)[^)]*\)/i;

/** The minutes east of UTC that a name says it means: `(GMT+03:00) anything`, `UTC-5`, `GMT+0530`, `+03:00`. */
export function offsetMinutesOf(text: string): number | undefined {
  const match = /^(?:\((?:UTC|GMT)([^)]*)\).*|(?:UTC|GMT)?(.*))$/i.exec(text.trim());
  const offset = (match?.[1] ?? match?.[2] ?? '').trim();
  if (offset === '') return match?.[1] !== undefined || /^(?:UTC|GMT)$/i.test(text.trim()) ? 0 : undefined;
  // U+2212 is the minus that some programs print.
  const parts = /^([+\-\u2212])(\d{1,2})(?::?([0-5]\d))?$/.exec(offset);
  const minutes = Number(parts?.[2]) * 60 + Number(parts?.[3] ?? 0);
  if (!parts || minutes > 15 * 60) return undefined;
  return parts[1] === '+' ? minutes : -minutes;
}
