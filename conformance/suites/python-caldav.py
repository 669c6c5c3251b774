"""python-caldav, the library behind Home Assistant, calendar-cli and many scripts, used as its users use it.

Reads from the environment: SERVER_URL, ACCOUNT_NAME, ACCOUNT_PASSWORD.
Writes one JSON line for each claim: {"claim", "holds", "detail"} or {"claim", "skip"}.
"""

import json
import os
import re
import uuid
from datetime import date, datetime, timezone

import caldav
from caldav.elements import dav, ical
from caldav.lib import error

RUN = uuid.uuid4().hex[:8]
UTC = timezone.utc


def say(**claim):
    print(json.dumps(claim), flush=True)


def attempt(text, action):
    """The claim holds if `action` ends without an exception; answers what it gave."""
    try:
        value = action()
        say(claim=text, holds=True)
        return value
    except Exception as problem:  # whatever the library raises is the finding
        say(claim=text, holds=False, detail=f"{type(problem).__name__}: {problem}"[:400])
        return None


def equal(seen, wanted):
    if seen != wanted:
        raise AssertionError(f"{seen!r} instead of {wanted!r}")


def true(holds, detail):
    if not holds:
        raise AssertionError(detail)


def refused(kind, action):
    try:
        action()
    except kind:
        return
    raise AssertionError(f"no {kind.__name__}")


def uid(name):
    return f"{name}-{RUN}"


def summaries(objects):
    found = []
    for one in objects:
        for component in one.icalendar_instance.walk():
            if component.name in ("VEVENT", "VTODO", "VJOURNAL"):
                found.append(str(component["SUMMARY"]))
    return sorted(found)


def calendar_object(kind, name, *lines):
    inner = "".join(f"{line}\r\n" for line in (f"UID:{uid(name)}", "DTSTAMP:20300101T000000Z", *lines))
    return (
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//portcal//conformance//EN\r\n"
        f"BEGIN:{kind}\r\n{inner}END:{kind}\r\nEND:VCALENDAR\r\n"
    )


def discovery():
    client = caldav.DAVClient(
        url=os.environ["SERVER_URL"],
        username=os.environ["ACCOUNT_NAME"],
        password=os.environ["ACCOUNT_PASSWORD"],
    )
    principal = attempt("the principal is found from the server's address", client.principal)
    attempt("the server says that it supports CalDAV (OPTIONS)", lambda: true(client.check_cdav_support(), "it does not"))
    attempt("the home set is found", lambda: true(principal.calendar_home_set.url, "no URL"))
    addresses = "the person's addresses begin with a mailto (calendar-user-address-set)"
    attempt(addresses, lambda: true(str(principal.get_vcal_address()).startswith("mailto:"), principal.get_vcal_address()))
    attempt("the calendars of the home are listed", principal.calendars)
    attempt("a wrong password is refused as such", lambda: refused(error.AuthorizationError, wrong_password))
    return principal


def wrong_password():
    url, name = os.environ["SERVER_URL"], os.environ["ACCOUNT_NAME"]
    caldav.DAVClient(url=url, username=name, password="not the password").principal()


def calendars(principal):
    calendar = attempt(
        "a calendar is made under a name of our choice",
        lambda: principal.make_calendar(name="Python höhö", cal_id=uid("python")),
    )
    listed = lambda: true(calendar.url in [one.url for one in principal.calendars()], "it is not listed")  # noqa: E731
    attempt("the new calendar is listed", listed)
    attempt("its name comes back", lambda: equal(calendar.get_property(dav.DisplayName()), "Python höhö"))

    def rename():
        calendar.set_properties([dav.DisplayName("Renamed"), ical.CalendarColor("#11aa22ff")])
        equal(calendar.get_property(dav.DisplayName()), "Renamed")
        equal(calendar.get_property(ical.CalendarColor()).lower()[:7], "#11aa22")

    attempt("name and colour can be changed", rename)
    supported = lambda: true("VEVENT" in calendar.get_supported_components(), calendar.get_supported_components())  # noqa: E731
    attempt("it takes events (supported-calendar-component-set)", supported)

    def tasks_only():
        tasks = principal.make_calendar(
            name="Tasks", cal_id=uid("tasks"), supported_calendar_component_set=["VTODO"]
        )
        try:
            equal(tasks.get_supported_components(), ["VTODO"])
            text = calendar_object("VEVENT", "refused", "DTSTART:20300101T100000Z", "SUMMARY:No")
            refused(error.DAVError, lambda: tasks.save_event(text))
            tasks.save_todo(calendar_object("VTODO", "accepted", "SUMMARY:Yes"))
        finally:
            tasks.delete()

    attempt("a calendar for tasks only refuses events and takes tasks", tasks_only)
    return calendar


def events(calendar):
    start = "DTSTART:20300304T100000Z"
    text = calendar_object("VEVENT", "one", start, "DTEND:20300304T110000Z", "SUMMARY:One höhö", "CATEGORIES:blue,green")
    one = attempt("an event is stored", lambda: calendar.save_event(text))
    attempt("it is found by its UID", lambda: equal(calendar.event_by_uid(uid("one")).url, one.url))
    attempt("it is found by its URL", lambda: equal(summaries([calendar.event_by_url(one.url)]), ["One höhö"]))
    attempt("an unknown UID is not found", lambda: refused(error.NotFoundError, lambda: calendar.event_by_uid("no-such-uid")))

    def change():
        one.vobject_instance.vevent.summary.value = "One changed"
        one.save()
        equal(summaries([calendar.event_by_uid(uid("one"))]), ["One changed"])

    attempt("a changed event is stored", change)
    made = lambda: calendar.save_event(  # noqa: E731
        dtstart=datetime(2030, 3, 5, 9, 0, tzinfo=UTC), dtend=datetime(2030, 3, 5, 10, 0, tzinfo=UTC), summary="By fields"
    )
    attempt("an event made of fields is stored", made)
    all_day = lambda: calendar.save_event(dtstart=date(2030, 3, 6), dtend=date(2030, 3, 7), summary="All day")  # noqa: E731
    attempt("an all-day event is stored", all_day)
    attempt("all events are listed", lambda: equal(summaries(calendar.events()), ["All day", "By fields", "One changed"]))

    def multiget():
        calendar.multiget = list(calendar.calendar_multiget([event.url for event in calendar.events()]))
        equal(summaries(calendar.multiget), ["All day", "By fields", "One changed"])

    attempt("events are fetched by multiget", multiget)

    def copied():
        twin = one.copy(keep_uid=False)
        twin.save()
        true(twin.url != one.url, "same URL")
        twin.delete()

    attempt("a copy with a UID of its own is stored and deleted", copied)


def search(calendar):
    def named(**arguments):
        return summaries(calendar.search(event=True, **arguments))

    day = {"start": datetime(2030, 3, 6, tzinfo=UTC), "end": datetime(2030, 3, 7, tzinfo=UTC)}
    attempt("a search by day finds the all-day event", lambda: equal(named(**day), ["All day"]))
    open_start = {"start": datetime(2030, 3, 5, tzinfo=UTC)}
    attempt("a search with a start only finds what is later", lambda: equal(named(**open_start), ["All day", "By fields"]))
    attempt("a search by a part of the summary", lambda: equal(named(summary="By fiel"), ["By fields"]))
    attempt("a search by category", lambda: equal(named(category="green"), ["One changed"]))
    attempt("a search that finds nothing", lambda: equal(named(summary="nothing of the kind"), []))
    ordered = lambda: [str(one.icalendar_component["SUMMARY"]) for one in calendar.search(event=True, sort_keys=["dtstart"])]  # noqa: E731
    attempt("results sorted by start", lambda: equal(ordered(), ["One changed", "By fields", "All day"]))


def series(calendar):
    lines = ("DTSTART:20300401T080000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY;COUNT=10", "EXDATE:20300403T080000Z", "SUMMARY:Daily")
    attempt("a series with an exception date is stored", lambda: calendar.save_event(calendar_object("VEVENT", "series", *lines)))
    week = {"start": datetime(2030, 4, 2, tzinfo=UTC), "end": datetime(2030, 4, 6, tzinfo=UTC)}

    def expanded():
        found = calendar.date_search(**week, compfilter="VEVENT", expand=True, verify_expand=True)
        starts = sorted(
            component["DTSTART"].dt.day
            for one in found
            for component in one.icalendar_instance.walk("VEVENT")
        )
        equal(starts, [2, 4, 5])

    attempt("a series is expanded into the instances of the range", expanded)
    searched = lambda: equal(len(calendar.search(event=True, expand=True, **week)), 3)  # noqa: E731
    attempt("an expanding search gives one result for each instance", searched)
    late = {"start": datetime(2030, 4, 10, tzinfo=UTC), "end": datetime(2030, 4, 11, tzinfo=UTC)}
    attempt("a series is found by its last instance", lambda: equal(len(calendar.search(event=True, **late)), 1))
    after = {"start": datetime(2030, 4, 11, tzinfo=UTC), "end": datetime(2030, 4, 30, tzinfo=UTC)}
    attempt("a series is not found after its end", lambda: equal(calendar.search(event=True, **after), []))


def tasks(calendar):
    def add(name, *lines):
        return calendar.save_todo(calendar_object("VTODO", name, *lines))

    first = attempt("a task is stored", lambda: add("task-a", "SUMMARY:Pay", "DUE:20300501T120000Z", "PRIORITY:1"))
    attempt("a task without any date is stored", lambda: add("task-b", "SUMMARY:Some day", "STATUS:NEEDS-ACTION"))
    attempt("pending tasks are listed", lambda: equal(summaries(calendar.todos()), ["Pay", "Some day"]))
    attempt("a task is found by its UID", lambda: equal(calendar.todo_by_uid(uid("task-a")).url, first.url))
    attempt("a task is completed", lambda: first.complete())
    attempt("a completed task is no longer pending", lambda: equal(summaries(calendar.todos()), ["Some day"]))
    everything = lambda: equal(summaries(calendar.todos(include_completed=True)), ["Pay", "Some day"])  # noqa: E731
    attempt("completed tasks are listed on demand", everything)
    attempt("events are not among the tasks", lambda: true("One changed" not in summaries(calendar.todos()), "they are"))
    due = {"start": datetime(2030, 5, 1, tzinfo=UTC), "end": datetime(2030, 5, 2, tzinfo=UTC)}
    found = lambda: summaries(calendar.search(todo=True, include_completed=True, **due))  # noqa: E731
    attempt("a task is found by its due date", lambda: true("Pay" in found(), found()))


def journals(calendar):
    if "VJOURNAL" not in calendar.get_supported_components():
        say(claim="journal entries", skip="the calendar does not take VJOURNAL")
        return
    text = calendar_object("VJOURNAL", "journal", "DTSTART;VALUE=DATE:20300601", "SUMMARY:Minutes")
    attempt("a journal entry is stored", lambda: calendar.save_journal(text))
    attempt("journal entries are listed", lambda: equal(summaries(calendar.journals()), ["Minutes"]))


def synchronise(calendar):
    attempt("all objects come with a sync token", lambda: true(calendar.objects_by_sync_token().sync_token, "no token"))
    mirror = calendar.objects_by_sync_token(load_objects=True)
    attempt("a sync without changes gives none", lambda: equal([len(part) for part in mirror.sync()], [0, 0]))
    lines = ("DTSTART:20300701T080000Z", "SUMMARY:Synced")
    extra = calendar.save_event(calendar_object("VEVENT", "synced", *lines))
    attempt("a sync sees what was added", lambda: equal([len(part) for part in mirror.sync()], [1, 0]))

    def changed():
        extra.vobject_instance.vevent.summary.value = "Synced again"
        extra.save()
        updated, deleted = mirror.sync()
        equal((summaries(updated), len(deleted)), (["Synced again"], 0))

    attempt("a sync sees what was changed", changed)

    def gone():
        extra.delete()
        updated, deleted = mirror.sync()
        equal((len(updated), len(deleted)), (0, 1))

    attempt("a sync sees what was deleted", gone)


def free_busy(calendar):
    start, end = datetime(2030, 3, 4, tzinfo=UTC), datetime(2030, 3, 6, tzinfo=UTC)

    def periods():
        # The text itself: Debian's icalendar library cannot read more than one period on a line (RFC 5545 §3.8.2.6).
        text = re.sub(r"\r?\n[ \t]", "", calendar.freebusy_request(start, end).data)
        found = re.findall(r"(?:^FREEBUSY[^:\n]*:|,)(\d{8}T\d{6}Z)/(\d{8}T\d{6}Z|PT1H)", text, re.MULTILINE)
        hour = {"20300304T100000Z": "20300304T110000Z", "20300305T090000Z": "20300305T100000Z"}
        equal({begin: hour.get(begin) if until == "PT1H" else until for begin, until in found}, hour)

    attempt("the busy periods of two days", periods)


def clean_up(calendar):
    def delete_event():
        calendar.event_by_uid(uid("one")).delete()
        refused(error.NotFoundError, lambda: calendar.event_by_uid(uid("one")))

    attempt("an event is deleted", delete_event)
    attempt("the calendar is deleted", calendar.delete)
    attempt("a deleted calendar is not found", lambda: refused(error.NotFoundError, calendar.events))


def main():
    principal = discovery()
    if principal is None:
        return
    calendar = calendars(principal)
    if calendar is None:
        return
    for part in (events, search, series, tasks, journals, synchronise, free_busy, clean_up):
        try:
            part(calendar)
        except Exception as problem:  # a step between two claims failed; the other parts still say something
            say(claim=f"the part about {part.__name__} runs", holds=False, detail=f"{type(problem).__name__}: {problem}")


main()
