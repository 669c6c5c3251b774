<?php
/*
 * The HTTP client of sabre/dav, and the CalDAV client of DAViCal that portals in PHP were made with.
 *
 * Reads from the environment: SERVER_URL, HOME_PATH, CALENDAR_PATH, ACCOUNT_NAME, ACCOUNT_PASSWORD, DAVICAL (a folder of
 * DAViCal's files, or empty). Writes one JSON line for each claim: {"claim", "holds", "detail"} or {"claim", "skip"}.
 */
error_reporting(E_ERROR);
require 'Sabre/autoload.php';

function told($line) {
    echo json_encode($line, JSON_UNESCAPED_UNICODE | JSON_INVALID_UTF8_SUBSTITUTE), "\n";
}

function claim($claim, $check) {
    try {
        $seen = $check();
        told(['claim' => $claim, 'holds' => $seen === true, 'detail' => substr(json_encode($seen), 0, 300)]);
    } catch (Throwable $problem) {
        told(['claim' => $claim, 'holds' => false, 'detail' => get_class($problem) . ' ' . $problem->getMessage()]);
    }
}

function event($uid, $summary) {
    $lines = ['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//php//EN', 'BEGIN:VEVENT', "UID:$uid", 'DTSTAMP:20260101T000000Z',
        'DTSTART;TZID=Europe/Vienna:20260310T090000', 'DTEND;TZID=Europe/Vienna:20260310T100000',
        'RRULE:FREQ=DAILY;COUNT=3', "SUMMARY:$summary", 'END:VEVENT', 'END:VCALENDAR', ''];
    return implode("\r\n", $lines);
}

const CAL = '{urn:ietf:params:xml:ns:caldav}';
$server = rtrim(getenv('SERVER_URL'), '/');
$account = ['userName' => getenv('ACCOUNT_NAME'), 'password' => getenv('ACCOUNT_PASSWORD')];
$home = getenv('HOME_PATH');
$calendar = getenv('CALENDAR_PATH');

$sabre = new Sabre\DAV\Client(['baseUri' => $server . $home] + $account);
claim('sabre: OPTIONS tells of calendar-access', fn () => in_array('calendar-access', $sabre->options()) ?: $sabre->options());
claim('sabre: the current principal is found', function () use ($sabre, &$principal) {
    $principal = $sabre->propFind('', ['{DAV:}current-user-principal'])['{DAV:}current-user-principal'];
    return is_string($principal) && $principal[0] === '/' ?: $principal;
});
claim('sabre: what is not there is left out of a PROPFIND', function () use ($sabre, &$principal) {
    $found = $sabre->propFind($principal, ['{DAV:}displayname', '{urn:x}none']);
    return array_keys($found) === ['{DAV:}displayname'] ?: $found;
});
claim('sabre: calendars are listed with their type and ctag', function () use ($sabre, $calendar) {
    $found = $sabre->propFind('', ['{DAV:}resourcetype', '{http://calendarserver.org/ns/}getctag'], 1);
    $type = $found[$calendar]['{DAV:}resourcetype'] ?? null;
    return $type?->is(CAL . 'calendar') && isset($found[$calendar]['{http://calendarserver.org/ns/}getctag']) ?: array_keys($found);
});
claim('sabre: a name with markup is set and read', function () use ($sabre, $calendar) {
    $sabre->propPatch($calendar, ['{DAV:}displayname' => 'Bürö & <x> ]]>']);
    $found = $sabre->propFind($calendar, ['{DAV:}displayname']);
    return $found['{DAV:}displayname'] === 'Bürö & <x> ]]>' ?: $found;
});
claim('sabre: a property is removed by null', function () use ($sabre, $calendar) {
    $sabre->propPatch($calendar, ['{urn:x}own' => 'a']);
    $sabre->propPatch($calendar, ['{urn:x}own' => null]);
    return $sabre->propFind($calendar, ['{urn:x}own']) === [] ?: 'it is still there';
});
claim('sabre: an event is written, read by VObject, changed and deleted', function () use ($sabre, $calendar) {
    $made = $sabre->request('PUT', "{$calendar}php.ics", event('php-1', 'Grüße'), ['Content-Type' => 'text/calendar', 'If-None-Match' => '*']);
    $got = $sabre->request('GET', "{$calendar}php.ics");
    $object = Sabre\VObject\Reader::read($got['body']);
    if ($made['statusCode'] !== 201 || (string) $object->VEVENT->SUMMARY !== 'Grüße') return [$made, $got];
    $object->VEVENT->SUMMARY = 'Geändert';
    $tag = ['Content-Type' => 'text/calendar', 'If-Match' => $got['headers']['etag']];
    $changed = $sabre->request('PUT', "{$calendar}php.ics", $object->serialize(), $tag);
    try {
        $sabre->request('PUT', "{$calendar}php.ics", $object->serialize(), $tag);
        return 'an old ETag was taken';
    } catch (Sabre\DAV\Exception\PreconditionFailed $expected) {
        return $sabre->request('DELETE', "{$calendar}php.ics")['statusCode'] === 204 ?: $changed;
    }
});
claim('sabre: VObject expands the file of the calendar as it was meant', function () use ($sabre, $calendar) {
    $sabre->request('PUT', "{$calendar}series.ics", event('php-2', 'Reihe'), ['Content-Type' => 'text/calendar']);
    $all = Sabre\VObject\Reader::read($sabre->request('GET', $calendar)['body']);
    $problems = array_map(fn ($one) => $one['message'], $all->validate());
    $all->expand(new DateTime('2026-03-01'), new DateTime('2026-04-01'));
    $starts = array_values(array_map(fn ($one) => (string) $one->DTSTART, $all->select('VEVENT')));
    return $problems === [] && $starts === ['20260310T080000Z', '20260311T080000Z', '20260312T080000Z'] ?: [$problems, $starts];
});

if (!getenv('DAVICAL')) {
    told(['claim' => "DAViCal's client", 'skip' => 'its package cannot be fetched']);
    exit;
}
function dbg_error_log() {
}
$folder = getenv('DAVICAL');
set_include_path("$folder/usr/share/awl/inc" . PATH_SEPARATOR . "$folder/usr/share/davical/inc");
require 'caldav-client-v2.php';
$client = new CalDAVClient("$server$home", $account['userName'], $account['password']);
claim("DAViCal's client: principal, home and calendars are found", function () use ($client, $home, $calendar) {
    $client->FindPrincipal();
    $homes = $client->FindCalendarHome();
    $urls = array_map(fn ($one) => $one->url, $client->FindCalendars());
    return in_array($home, $homes) && in_array($calendar, $urls) ?: [$homes, $urls];
});
claim("DAViCal's client: a calendar has a name and a ctag", function () use ($client, $calendar) {
    $client->SetCalendar($calendar);
    $found = $client->GetCalendarDetails();
    return $found->displayname !== null && $found->getctag !== null ?: (string) $found;
});
claim("DAViCal's client: an event is written and found by time, UID, multiget and ETag", function () use ($client, $calendar) {
    $tag = $client->DoPUTRequest("{$calendar}davical.ics", event('davical-1', 'Besuch'), '*');
    $byTime = $client->GetEvents('20260310T000000Z', '20260310T235959Z');
    $byUid = $client->GetEntryByUid('davical-1');
    $tags = $client->GetCollectionETags();
    $texts = $client->CalendarMultiget(["{$calendar}davical.ics"]);
    $all = [$tag, count($byTime), $byUid[0]['etag'] ?? null, $tags["{$calendar}davical.ics"] ?? null, array_keys($texts)];
    $wanted = [$tag, 2, $tag, "\"$tag\"", ["{$calendar}davical.ics"]];
    return $tag && $all === $wanted && strpos(reset($texts), 'Besuch') !== false ?: $all;
});
claim("DAViCal's client: tasks that are not there are an empty list", fn () => $client->GetTodos('20260301T000000Z', '20260401T000000Z') === [] ?: 'there are some');
claim("DAViCal's client: the event is deleted", fn () => $client->DoDELETERequest("{$calendar}davical.ics") === 204 ?: 'it is not');
