"""One person's Exchange calendar by exchangelib: makes, changes and lists events; commands are lines of JSON on stdin."""

import datetime
import json
import os
import sys
import warnings

warnings.filterwarnings("ignore")

from exchangelib import (  # noqa: E402
    BASIC,
    DELEGATE,
    Account,
    CalendarItem,
    Configuration,
    Credentials,
    EWSDateTime,
    EWSTimeZone,
)
from exchangelib.recurrence import DailyPattern, Recurrence  # noqa: E402
from exchangelib.version import EXCHANGE_2016, Version  # noqa: E402

ZONE = EWSTimeZone("Europe/Stockholm")
accounts = {}


def account(address):
    if address not in accounts:
        configuration = Configuration(
            service_endpoint=os.environ["EWS_URL"],
            credentials=Credentials(address, "secret"),
            auth_type=BASIC,
            version=Version(build=EXCHANGE_2016),
        )
        accounts[address] = Account(
            address, config=configuration, autodiscover=False, access_type=DELEGATE, default_timezone=ZONE
        )
    return accounts[address]


def moment(text):
    return EWSDateTime.from_datetime(datetime.datetime.fromisoformat(text).replace(tzinfo=ZONE))


def find(calendar, subject):
    return next((one for one in calendar.all() if one.subject == subject), None)


def create(who, subject, start, end, attendees=None, days=None):
    calendar = account(who).calendar
    item = CalendarItem(account=account(who), folder=calendar, subject=subject, start=moment(start), end=moment(end), location="Room 1")
    if attendees:
        item.required_attendees = attendees
    if days:
        item.recurrence = Recurrence(pattern=DailyPattern(interval=1), start=item.start.date(), number=days)
    item.save(send_meeting_invitations="SendToAllAndSaveCopy" if attendees else "SendToNone")


def rename(who, subject, to):
    item = find(account(who).calendar, subject)
    item.subject = to
    item.save(update_fields=["subject"])


def rename_second(who, subject, to):
    master = find(account(who).calendar, subject)
    second = master.occurrence(index=2)
    second.subject = to
    second.save(update_fields=["subject"])


def delete(who, subject):
    find(account(who).calendar, subject).move_to_trash()


def listing(who):
    return [
        {
            "subject": one.subject,
            "start": str(one.start),
            "type": one.type,
            "response": one.my_response_type,
            "attendees": [[a.mailbox.email_address, a.response_type] for a in one.required_attendees or []],
        }
        for one in account(who).calendar.all()
    ]


COMMANDS = {"create": create, "rename": rename, "rename_second": rename_second, "delete": delete, "listing": listing}

for line in sys.stdin:
    command = json.loads(line)
    try:
        result = COMMANDS[command.pop("do")](**command)
        print(json.dumps({"result": result}), flush=True)
    except Exception as error:  # noqa: BLE001
        print(json.dumps({"error": f"{type(error).__name__}: {error}"}), flush=True)
