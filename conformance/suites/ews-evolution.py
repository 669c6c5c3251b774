"""GNOME's evolution-ews against the fake Exchange server, through the data server of the desktop."""

import json
import os
import sys

import gi

gi.require_version("EDataServer", "1.2")
gi.require_version("ECal", "2.0")
gi.require_version("ICalGLib", "3.0")
from gi.repository import ECal, EDataServer, GLib, ICalGLib  # noqa: E402


def say(claim, holds, detail=""):
    print(json.dumps({"claim": claim, "holds": bool(holds), "detail": str(detail)[:500]}), flush=True)


def give_password(source, *_):
    credentials = EDataServer.NamedParameters.new()
    credentials.set("username", "alice@lab.test")
    credentials.set("password", "secret")
    source.invoke_authenticate(credentials, None, lambda one, result: one.invoke_authenticate_finish(result))


def listed(client):
    client.refresh_sync(None)
    _, objects = client.get_object_list_as_comps_sync("#t", None)
    return objects


def titles(client):
    return sorted(one.get_summary().get_value() for one in listed(client) if one.get_summary())


def component(uid, summary, lines=""):
    text = (
        "BEGIN:VEVENT\r\nUID:%s\r\nDTSTAMP:20261120T000000Z\r\nDTSTART:20261203T090000Z\r\nDTEND:20261203T100000Z\r\n"
        "SUMMARY:%s\r\n%sEND:VEVENT\r\n" % (uid, summary, lines)
    )
    return ICalGLib.Component.new_from_string(text)


def work(client, loop):
    try:
        say("items of the mailbox are listed, the changed occurrence of a series among them", titles(client) == ["Another day", "Made in Outlook", "Series of Outlook"], titles(client))
        client.create_object_sync(component("evo-1", "From Evolution"), ECal.OperationFlags.NONE, None)
        _, uid = client.create_object_sync(component("evo-2", "Daily", "RRULE:FREQ=DAILY;COUNT=3\r\n"), ECal.OperationFlags.NONE, None)
        say("events made here are listed after the next refresh", "From Evolution" in titles(client) and "Daily" in titles(client), titles(client))
        _, changed = client.get_object_sync(uid, None, None)
        changed.set_summary("Daily, renamed")
        client.modify_object_sync(changed, ECal.ObjModType.ALL, ECal.OperationFlags.NONE, None)
        say("a series is renamed", "Daily, renamed" in titles(client), titles(client))
        gone = [one for one in listed(client) if one.get_summary().get_value() == "Made in Outlook"][0]
        client.remove_object_sync(gone.get_uid(), None, ECal.ObjModType.ALL, ECal.OperationFlags.NONE, None)
        say("a removed event is gone", "Made in Outlook" not in titles(client), titles(client))
    except Exception as error:  # noqa: BLE001
        say("the session runs to its end", False, f"{type(error).__name__}: {error}")
    loop.quit()
    return False


def main():
    registry = EDataServer.SourceRegistry.new_sync(None)
    for source in registry.list_sources(None):
        if "ews" in source.get_uid():
            source.connect("credentials-required", give_password)
    loop = GLib.MainLoop()

    def connected(_, result, *__):
        try:
            client = ECal.Client.connect_finish(result)
        except Exception as error:  # noqa: BLE001
            say("the calendar opens", False, error)
            loop.quit()
            return
        say("the calendar opens", True)
        # The view of the calendar is filled in the background after it has been opened.
        GLib.timeout_add(1500, work, client, loop)

    ECal.Client.connect(registry.ref_source(os.environ["SOURCE"]), ECal.ClientSourceType.EVENTS, 20, None, connected)
    GLib.timeout_add_seconds(60, loop.quit)
    loop.run()
    sys.stdout.flush()


main()
