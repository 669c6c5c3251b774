"""GNOME's evolution-data-server, the CalDAV client behind GNOME Calendar and Evolution, as one person uses it.

Reads from the environment: CALENDAR_URL (one writable calendar), ACCOUNT_NAME, ACCOUNT_PASSWORD; and, where there is one,
CONTRIBUTED_URL (a calendar of somebody else to contribute to) with OTHERS_UID (an event of theirs, "Shared 0").
Writes one JSON line for each claim: {"claim", "holds", "detail"}.
"""

import os
import time
import urllib.parse
import uuid

import gi
from beside import claim, http, members

gi.require_version("EDataServer", "1.2")
gi.require_version("ECal", "2.0")
from gi.repository import ECal, EDataServer, GLib, ICalGLib  # noqa: E402

CALENDAR = os.environ["CALENDAR_URL"].rstrip("/") + "/"
NAME = os.environ["ACCOUNT_NAME"]
PASSWORD = os.environ["ACCOUNT_PASSWORD"]
ADDRESS = urllib.parse.urlparse(CALENDAR)
CONTRIBUTED = os.environ.get("CONTRIBUTED_URL", "")
OTHERS_UID = os.environ.get("OTHERS_UID", "")
PATIENCE_SECONDS = 10


def attempt(text, action):
    """The claim holds if `action` ends without an exception and does not answer False."""
    try:
        return claim(text, action() is not False)
    except Exception as error:  # whatever the data server reports is the finding
        return claim(text, False, error)


def stored(uid, calendar=CALENDAR):
    """The unfolded bytes of the object with this UID, or None."""
    return next((text for text in members(calendar).values() if uid in text), None)


def pump(seconds):
    """Lets the data server's signals arrive."""
    end = time.time() + seconds
    while time.time() < end:
        while GLib.MainContext.default().iteration(False):
            pass
        time.sleep(0.05)


def eventually(condition):
    end = time.time() + PATIENCE_SECONDS
    while time.time() < end:
        if condition():
            return True
        pump(0.25)
    return condition()


def credentials():
    parameters = EDataServer.NamedParameters.new()
    parameters.set("username", NAME)
    parameters.set("password", PASSWORD)
    return parameters


def make_source(name="conformance", calendar=CALENDAR):
    """An account as the dialog for a new calendar makes it."""
    source = EDataServer.Source.new_with_uid(name, None)
    source.set_display_name(name)
    source.set_parent("caldav-stub")
    source.get_extension("Calendar").set_backend_name("caldav")
    authentication = source.get_extension("Authentication")
    authentication.set_host(ADDRESS.hostname)
    authentication.set_port(ADDRESS.port or (443 if ADDRESS.scheme == "https" else 80))
    authentication.set_user(NAME)
    authentication.set_method("plain/password")
    dav = source.get_extension("WebDAV Backend")
    uri = GLib.Uri.parse(calendar, GLib.UriFlags.NONE)
    (dav.set_uri if hasattr(dav, "set_uri") else dav.set_soup_uri)(uri)
    source.get_extension("Security").set_secure(ADDRESS.scheme == "https")
    source.get_extension("Offline").set_stay_synchronized(True)
    source.get_extension("Refresh").set_enabled(False)
    return source


def discover(source):
    """What the account dialog finds when only the host is typed."""
    host = f"{ADDRESS.scheme}://{ADDRESS.netloc}/"
    events_and_tasks = EDataServer.WebDAVDiscoverSupports(1 | 2)
    answer = EDataServer.webdav_discover_sources_sync(source, host, events_and_tasks, credentials(), None)
    return len(answer[3]) > 0


def connect(registry, name="conformance"):
    source = registry.ref_source(name)
    source.store_password_sync(PASSWORD, True, None)
    trouble = None
    for _ in range(5):
        try:
            client = ECal.Client.connect_sync(source, ECal.ClientSourceType.EVENTS, 3, None)
            source.invoke_authenticate_sync(credentials(), None)
            pump(2)
            return client
        except GLib.Error as error:
            trouble = error
            source.invoke_authenticate_sync(credentials(), None)
            time.sleep(2)
    raise trouble


def summary_of(client, uid):
    try:
        return client.get_object_sync(uid, None, None)[1].get_summary()
    except GLib.Error:
        return None


def contribute(registry):
    """A calendar in which one's own events may be changed, and those of others may not."""
    registry.commit_source_sync(make_source("contributed", CONTRIBUTED), None)
    time.sleep(1)
    client = connect(registry, "contributed")
    uid = f"own-{uuid.uuid4().hex[:8]}"
    text = (
        f"BEGIN:VEVENT\r\nUID:{uid}\r\nDTSTAMP:20300101T000000Z\r\nDTSTART:20320105T100000Z\r\n"
        "DTEND:20320105T110000Z\r\nSUMMARY:Own\r\nEND:VEVENT\r\n"
    )

    def renamed(of, title):
        component = client.get_object_sync(of, None, None)[1]
        component.set_summary(title)
        client.modify_object_sync(component, ECal.ObjModType.ALL, ECal.OperationFlags.NONE, None)

    def own():
        if not eventually(lambda: not client.is_readonly()):
            raise RuntimeError("it is read-only")
        client.create_object_sync(ICalGLib.Component.new_from_string(text), ECal.OperationFlags.NONE, None)
        renamed(uid, "Changed")
        if "SUMMARY:Changed" not in (stored(uid, CONTRIBUTED) or ""):
            raise RuntimeError("the change is not on the server")
        client.remove_object_sync(uid, None, ECal.ObjModType.ALL, ECal.OperationFlags.NONE, None)
        return stored(uid, CONTRIBUTED) is None

    def others():
        eventually(lambda: summary_of(client, OTHERS_UID) == "Shared 0")
        try:
            renamed(OTHERS_UID, "Not theirs")
        except GLib.Error:
            pass
        if "SUMMARY:Shared 0" not in (stored(OTHERS_UID, CONTRIBUTED) or ""):
            raise RuntimeError("it is not on the server as it was")
        pump(1.1)
        client.refresh_sync(None)
        return eventually(lambda: summary_of(client, OTHERS_UID) == "Shared 0")

    attempt("in a calendar to contribute to an event is added, changed and removed", own)
    attempt("in a calendar to contribute to what others have added stays, here too", others)


def edit_here(client):
    uid = f"eds-{uuid.uuid4().hex[:8]}"
    text = (
        f"BEGIN:VEVENT\r\nUID:{uid}\r\nDTSTAMP:20300101T000000Z\r\nDTSTART:20320105T100000Z\r\n"
        "DTEND:20320105T110000Z\r\nSUMMARY:Zebra höhö\r\nRRULE:FREQ=WEEKLY;COUNT=4\r\nEND:VEVENT\r\n"
    )

    def create():
        client.create_object_sync(ICalGLib.Component.new_from_string(text), ECal.OperationFlags.NONE, None)
        return "Zebra höhö" in (stored(uid) or "")

    def modify():
        component = client.get_object_sync(uid, None, None)[1]
        component.set_summary("Yak")
        client.modify_object_sync(component, ECal.ObjModType.ALL, ECal.OperationFlags.NONE, None)
        return "SUMMARY:Yak" in (stored(uid) or "")

    attempt("a created event is on the server", create)
    attempt("a modified event is on the server", modify)
    return uid


def edit_elsewhere(client):
    uid = f"elsewhere-{uuid.uuid4().hex[:8]}"
    url = f"{CALENDAR}{uid}.ics"
    text = (
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//portcal//conformance//EN\r\nBEGIN:VEVENT\r\n"
        f"UID:{uid}\r\nDTSTAMP:20300101T000000Z\r\nDTSTART:20320105T120000Z\r\nDTEND:20320105T130000Z\r\n"
        "SUMMARY:Elsewhere\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )

    def arrives():
        http("PUT", url, text, {"Content-Type": "text/calendar; charset=utf-8"})
        client.refresh_sync(None)
        return eventually(lambda: summary_of(client, uid) == "Elsewhere")

    def disappears():
        http("DELETE", url)
        pump(1.1)  # the data server ignores a refresh that follows another within a second
        client.refresh_sync(None)
        return eventually(lambda: summary_of(client, uid) is None)

    attempt("an event made elsewhere arrives after a refresh", arrives)
    attempt("an event deleted elsewhere disappears", disappears)


def remove_here(client, uid):
    client.remove_object_sync(uid, None, ECal.ObjModType.ALL, ECal.OperationFlags.NONE, None)
    return stored(uid) is None


def main():
    registry = EDataServer.SourceRegistry.new_sync(None)
    source = make_source()
    attempt("discovery from the bare host finds calendars", lambda: discover(source))
    registry.commit_source_sync(source, None)
    time.sleep(1)  # the registry announces the new source by a signal of its own
    client = None

    def opens():
        nonlocal client
        client = connect(registry)

    if not attempt("the calendar opens in the data server", opens):
        return
    claim("the calendar is writable", eventually(lambda: not client.is_readonly()))
    uid = edit_here(client)
    edit_elsewhere(client)
    attempt("a removed event is gone from the server", lambda: remove_here(client, uid))
    if CONTRIBUTED:
        contribute(registry)


main()
