"""exchangelib against the fake Exchange server: what it makes, and what it reads back."""

import datetime
import json
import os
import threading
import warnings

warnings.filterwarnings("ignore")

from exchangelib import (  # noqa: E402
    BASIC,
    DELEGATE,
    IMPERSONATION,
    NTLM,
    Account,
    CalendarItem,
    Configuration,
    Credentials,
    EWSDate,
    EWSDateTime,
    EWSTimeZone,
    ExtendedProperty,
    Mailbox,
)
from exchangelib.errors import ErrorImpersonateUserDenied, UnauthorizedError  # noqa: E402
from exchangelib.folders import Calendar, SingleFolderQuerySet  # noqa: E402
from exchangelib.properties import DistinguishedFolderId  # noqa: E402
from exchangelib.protocol import BaseProtocol, NoVerifyHTTPAdapter  # noqa: E402
from exchangelib.recurrence import (  # noqa: E402
    AbsoluteMonthlyPattern,
    AbsoluteYearlyPattern,
    DailyPattern,
    Recurrence,
    RelativeMonthlyPattern,
    RelativeYearlyPattern,
    WeeklyPattern,
)
from exchangelib.version import EXCHANGE_2016, Version  # noqa: E402

BaseProtocol.HTTP_ADAPTER_CLS = NoVerifyHTTPAdapter
URL = os.environ["EWS_URL"]
TLS_URL = os.environ["EWS_TLS_URL"]
BERLIN = EWSTimeZone("Europe/Berlin")


def say(claim, holds, detail=""):
    print(json.dumps({"claim": claim, "holds": bool(holds), "detail": str(detail)[:500]}), flush=True)


def attempt(claim, action):
    """Claims that `action` gives something true; what it raises is the detail."""
    try:
        result = action()
        say(claim, result is None or result, result)
        return result
    except Exception as error:  # noqa: BLE001
        say(claim, False, f"{type(error).__name__}: {error}")
        return None


def account(address, login=None, access=DELEGATE, auth=BASIC, url=URL, password="secret"):
    configuration = Configuration(
        service_endpoint=url,
        credentials=Credentials(login or address, password),
        auth_type=auth,
        version=Version(build=EXCHANGE_2016),
        max_connections=1,
    )
    return Account(
        address, config=configuration, autodiscover=False, access_type=access, default_timezone=BERLIN
    )


def at(month, day, hour=9, year=2026):
    return EWSDateTime(year, month, day, hour, tzinfo=BERLIN)


class Marker(ExtendedProperty):
    property_set_id = "8f6c1f0e-3c1a-4c43-9d2f-5f0a6f0d7b11"
    property_name = "PortalEventId"
    property_type = "String"


CalendarItem.register("marker", Marker)


def single_items(alice):
    alice.calendar.all().delete()
    event = CalendarItem(
        account=alice,
        folder=alice.calendar,
        subject="One & <two>",
        body="line one\nline two",
        location="Room 1",
        start=at(11, 23, 10),
        end=at(11, 23, 11),
        categories=["Blue", "Red"],
        marker="m-1",
        reminder_minutes_before_start=30,
        legacy_free_busy_status="Tentative",
    )
    event.save()
    read = alice.calendar.get(id=event.id)
    say("an item is read as it was written", (read.subject, read.location, read.start) == ("One & <two>", "Room 1", event.start), read)
    say("its categories, reminder, status and named property too", (sorted(read.categories), read.reminder_minutes_before_start, read.legacy_free_busy_status, read.marker) == (["Blue", "Red"], 30, "Tentative", "m-1"), read)
    say("it is found by its named property", [one.id for one in alice.calendar.filter(marker="m-1")] == [event.id])
    say("and not by another", list(alice.calendar.filter(marker="m-2")) == [])
    changes = list(alice.calendar.sync_items())
    say("the first synchronisation creates it", [kind for kind, _ in changes] == ["create"], changes)
    say("the next one is empty", list(alice.calendar.sync_items()) == [])
    before = read.changekey
    read.subject = "Changed"
    read.save(update_fields=["subject"])
    say("a change gives another change key", alice.calendar.get(id=event.id).changekey != before)
    say("and is synchronised as an update", [kind for kind, _ in alice.calendar.sync_items()] == ["update"])
    second = CalendarItem(account=alice, folder=alice.calendar, subject="Short life", start=at(11, 24), end=at(11, 24, 10)).save()
    second.delete()
    say("what came and went between two synchronisations is not told", list(alice.calendar.sync_items()) == [])
    read.move_to_trash()
    say("a deletion is synchronised", [kind for kind, _ in alice.calendar.sync_items()] == ["delete"])
    say("the deleted item lies in Deleted Items", [one.subject for one in alice.trash.all()][:1] == ["Changed"])


def all_day(alice):
    day = EWSDate(2026, 12, 24)
    event = CalendarItem(account=alice, folder=alice.calendar, subject="Holiday", start=day, end=day, is_all_day=True).save()
    read = alice.calendar.get(id=event.id)
    say("an all-day event keeps its day", (read.start, read.end, read.is_all_day) == (day, day, True), read)


PATTERNS = [
    ("every third day", DailyPattern(interval=3), ["2026-12-01", "2026-12-04", "2026-12-07", "2026-12-10"]),
    ("Tuesday and Thursday of every second week", WeeklyPattern(interval=2, weekdays=["Tuesday", "Thursday"], first_day_of_week="Monday"), ["2026-12-01", "2026-12-03", "2026-12-15", "2026-12-17"]),
    ("day 31, which short months clamp", AbsoluteMonthlyPattern(interval=1, day_of_month=31), ["2026-12-31", "2027-01-31", "2027-02-28", "2027-03-31"]),
    ("the last Friday", RelativeMonthlyPattern(interval=1, weekday="Friday", week_number="Last"), ["2026-12-25", "2027-01-29", "2027-02-26", "2027-03-26"]),
    ("the second weekday", RelativeMonthlyPattern(interval=1, weekday="Weekday", week_number="Second"), ["2026-12-02", "2027-01-04", "2027-02-02", "2027-03-02"]),
    ("February 29, clamped", AbsoluteYearlyPattern(day_of_month=29, month="February"), ["2027-02-28", "2028-02-29"]),
    ("the first Sunday of October", RelativeYearlyPattern(weekday="Sunday", week_number="First", month="October"), ["2027-10-03", "2028-10-01"]),
]


def patterns(alice):
    for name, pattern, expected in PATTERNS:
        start = at(12, 1)

        def check(pattern=pattern, expected=expected, start=start):
            master = CalendarItem(
                account=alice,
                folder=alice.calendar,
                subject="Pattern",
                start=start,
                end=start + datetime.timedelta(hours=1),
                recurrence=Recurrence(pattern=pattern, start=start.date(), number=len(expected)),
            ).save()
            view = alice.calendar.view(start=at(12, 1, 0), end=at(11, 1, year=2028))
            days = [one.start.astimezone(BERLIN).date().isoformat() for one in view if one.subject == "Pattern"]
            read = alice.calendar.get(id=master.id)
            master.delete()
            assert days == expected, days
            assert type(read.recurrence.pattern) is type(pattern), read.recurrence
            assert read.first_occurrence.start.astimezone(BERLIN).date().isoformat() == expected[0]
            assert read.last_occurrence.start.astimezone(BERLIN).date().isoformat() == expected[-1]

        attempt(f"a series is expanded as its pattern says: {name}", check)


def occurrences(alice):
    start = at(10, 20)
    series = CalendarItem(
        account=alice,
        folder=alice.calendar,
        subject="Series",
        start=start,
        end=start + datetime.timedelta(hours=1),
        recurrence=Recurrence(pattern=WeeklyPattern(interval=1, weekdays=["Tuesday"], first_day_of_week="Monday"), start=start.date(), number=6),
    ).save()
    list(alice.calendar.sync_items())
    second = series.occurrence(index=2)
    second.refresh()
    say("after the change to winter time an occurrence keeps its wall clock", second.start.astimezone(BERLIN).hour == 9, second.start)
    second.subject = "Series, changed"
    second.start = second.start + datetime.timedelta(hours=2)
    second.end = second.end + datetime.timedelta(hours=2)
    second.save(update_fields=["subject", "start", "end"])
    say("a changed occurrence is an update of its series", [kind for kind, _ in alice.calendar.sync_items()] == ["update"])
    series.occurrence(index=3).delete()
    read = alice.calendar.get(id=series.id)
    modified = read.modified_occurrences or []
    say("the changed occurrence is listed with its original start", len(modified) == 1 and modified[0].original_start.astimezone(BERLIN).isoformat() == "2026-10-27T09:00:00+01:00", modified)
    deleted = read.deleted_occurrences or []
    say("the deleted occurrence is listed", len(deleted) == 1 and deleted[0].start.astimezone(BERLIN).date().isoformat() == "2026-11-03", deleted)
    fourth = series.occurrence(index=4)
    fourth.refresh()
    say("numbers count deleted occurrences", fourth.start.astimezone(BERLIN).date().isoformat() == "2026-11-10", fourth.start)
    found = fourth.recurring_master()
    found.refresh()
    say("the master is found from an occurrence", found.id == series.id, found)
    master = alice.calendar.get(id=series.id)
    master.recurrence.boundary.number = 7
    master.save(update_fields=["recurrence"])
    say("another pattern drops the overrides", not alice.calendar.get(id=series.id).modified_occurrences)
    series.delete()


def meetings(alice, bob):
    meeting = CalendarItem(account=alice, folder=alice.calendar, subject="Meeting", start=at(12, 10), end=at(12, 10, 10), required_attendees=["bob@lab.test"])
    meeting.save(send_meeting_invitations="SendToAllAndSaveCopy")
    requests = [one for one in bob.inbox.all() if one.subject == "Meeting"]
    say("an invitation arrives as a meeting request", [type(one).__name__ for one in requests] == ["MeetingRequest"], requests)
    copies = [one for one in bob.calendar.all() if one.subject == "Meeting"]
    say("and stands tentatively in the calendar", [(one.my_response_type, one.legacy_free_busy_status) for one in copies] == [("NoResponseReceived", "Tentative")], copies)
    requests[0].accept()
    copy = next(one for one in bob.calendar.all() if one.subject == "Meeting")
    say("accepting makes it busy", (copy.my_response_type, copy.legacy_free_busy_status) == ("Accept", "Busy"), copy)
    mine = alice.calendar.get(id=meeting.id)
    say("the organizer sees the answer", mine.required_attendees[0].response_type == "Accept", mine.required_attendees)
    say("and gets a message of it", "MeetingResponse" in [type(one).__name__ for one in alice.inbox.all()])
    mine.cancel()
    copy = next(one for one in bob.calendar.all() if "Meeting" in one.subject)
    say("a cancelled meeting stays visible and is marked", copy.is_cancelled, copy)


def others(alice):
    service = account("alice@lab.test", login="svc@lab.test", access=IMPERSONATION)
    attempt("a service account reads by impersonation", lambda: service.calendar.total_count >= 0)

    def denied():
        try:
            account("alice@lab.test", login="bob@lab.test", access=IMPERSONATION).calendar.refresh()
        except (ErrorImpersonateUserDenied, Exception) as error:  # noqa: B014
            return "Impersonate" in type(error).__name__ or "imperson" in str(error)
        return False

    attempt("others may not impersonate", denied)
    attempt("a delegate reads and writes the calendar", lambda: delegated())


def delegated():
    bob = account("bob@lab.test")
    owner = Mailbox(email_address="alice@lab.test")
    calendar = SingleFolderQuerySet(account=bob, folder=DistinguishedFolderId(id=Calendar.DISTINGUISHED_FOLDER_ID, mailbox=owner)).resolve()
    CalendarItem(account=bob, folder=calendar, subject="By the delegate", start=at(12, 11), end=at(12, 11, 10)).save()
    return [one.subject for one in calendar.filter(subject="By the delegate")] == ["By the delegate"]


def logins():
    attempt("NTLM opens the calendar", lambda: account("alice@lab.test", login="LAB\\alice@lab.test", auth=NTLM).calendar.total_count >= 0)
    attempt("https with a certificate that nobody has signed", lambda: account("alice@lab.test", url=TLS_URL).calendar.total_count >= 0)
    attempt("NTLM over https with the channel binding that this server demands", lambda: account("alice@lab.test", login="LAB\\alice@lab.test", auth=NTLM, url=TLS_URL).calendar.total_count >= 0)

    def refused():
        try:
            account("alice@lab.test", password="wrong").calendar.refresh()
        except UnauthorizedError:
            return True
        return False

    attempt("a wrong password is refused", refused)


def notifications(alice):
    subscription, watermark = alice.calendar.subscribe_to_pull(timeout=10)
    CalendarItem(account=alice, folder=alice.calendar, subject="Pulled", start=at(12, 12), end=at(12, 12, 10)).save()
    seen = [type(event).__name__ for one in alice.calendar.get_events(subscription, watermark) for event in one.events]
    say("a pull subscription tells of a new item", "CreatedEvent" in seen, seen)
    alice.calendar.unsubscribe(subscription)
    streaming = alice.calendar.subscribe_to_streaming()
    other = account("alice@lab.test", login="svc@lab.test", access=IMPERSONATION)
    timer = threading.Timer(0.7, lambda: CalendarItem(account=other, folder=other.calendar, subject="Streamed", start=at(12, 13), end=at(12, 13, 10)).save())
    timer.start()
    seen = []
    for notification in alice.calendar.get_streaming_events(streaming, connection_timeout=1, max_notifications_returned=1):
        seen += [type(event).__name__ for event in notification.events]
    timer.join()
    say("a streaming subscription tells of a new item", "CreatedEvent" in seen, seen)
    alice.calendar.unsubscribe(streaming)


def main():
    alice = account("alice@lab.test")
    bob = account("bob@lab.test")
    for part in (single_items, all_day, patterns, occurrences):
        attempt(f"{part.__name__} runs to its end", lambda part=part: part(alice))
    attempt("meetings runs to its end", lambda: meetings(alice, bob))
    attempt("others runs to its end", lambda: others(alice))
    attempt("logins runs to its end", logins)
    attempt("notifications runs to its end", lambda: notifications(alice))


main()
