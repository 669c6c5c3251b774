"""Akonadi's DAV resource, by which KOrganizer, Kontact and Merkuro keep calendars, with KDE's calendar on the command line.

Runs in a D-Bus session of its own. Reads from the environment: SERVER_URL, CALENDAR_URL (one writable calendar, called
CALENDAR_LABEL), ACCOUNT_NAME, ACCOUNT_PASSWORD, and the XDG folders, which are empty.
Writes one JSON line for each claim: {"claim", "holds", "detail"}.
"""

import os
import re
import subprocess
import sys
import time

import dbus
import dbus.service
from beside import claim, http, members
from dbus.mainloop.glib import DBusGMainLoop
from gi.repository import GLib

SERVER = os.environ["SERVER_URL"]
CALENDAR = os.environ["CALENDAR_URL"]
LABEL = os.environ["CALENDAR_LABEL"]
NAME = os.environ["ACCOUNT_NAME"]
PASSWORD = os.environ["ACCOUNT_PASSWORD"]
RESOURCE = "akonadi_davgroupware_resource"
INSTANCE = f"{RESOURCE}_0"
PATIENCE_SECONDS = 30


def until(look, seconds=PATIENCE_SECONDS):
    """What `look` answers as soon as that is something, or what it answered last."""
    end = time.time() + seconds
    while True:
        found = look()
        if found or time.time() > end:
            return found
        time.sleep(0.3)


class Wallet(dbus.service.Object):
    """As much of KDE's wallet as it takes to hand out one password."""

    face = "org.kde.KWallet"

    @dbus.service.method(face, in_signature="", out_signature="b")
    def isEnabled(self):
        return True

    @dbus.service.method(face, in_signature="", out_signature="s")
    def networkWallet(self):
        return "kdewallet"

    @dbus.service.method(face, in_signature="sxs", out_signature="i")
    def open(self, _wallet, _window, _program):
        return 1

    @dbus.service.method(face, in_signature="sxsb", out_signature="i")
    def openAsync(self, _wallet, _window, _program, _session):
        GLib.idle_add(lambda: self.walletAsyncOpened(7, 1))
        return 7

    @dbus.service.signal(face, signature="ii")
    def walletAsyncOpened(self, transaction, handle):
        pass

    @dbus.service.method(face, in_signature="i", out_signature="b")
    def isOpen(self, _handle):
        return True

    @dbus.service.method(face, in_signature="iss", out_signature="b")
    def hasFolder(self, _handle, _folder, _program):
        return True

    @dbus.service.method(face, in_signature="isss", out_signature="b")
    def hasEntry(self, _handle, _folder, _key, _program):
        return True

    @dbus.service.method(face, in_signature="isss", out_signature="i")
    def entryType(self, _handle, _folder, _key, _program):
        return 1

    @dbus.service.method(face, in_signature="isss", out_signature="s")
    def readPassword(self, _handle, _folder, _key, _program):
        return PASSWORD

    @dbus.service.method(face, in_signature="ibs", out_signature="i")
    def close(self, _handle, _force, _program):
        return 0


def keep_wallet():
    DBusGMainLoop(set_as_default=True)
    bus = dbus.SessionBus()
    name = dbus.service.BusName("org.kde.kwalletd5", bus)
    wallet = Wallet(bus, "/modules/kwalletd5")
    print("ready", flush=True)
    GLib.MainLoop().run()
    return name, wallet


def configure():
    config = os.environ["XDG_CONFIG_HOME"]
    os.makedirs(f"{config}/akonadi", exist_ok=True)
    files = {
        "akonadi/akonadiserverrc": "[%General]\nDriver=QSQLITE\n",
        "kwalletrc": "[Wallet]\nEnabled=true\nFirst Use=false\nPrompt on Open=false\n",
        f"{INSTANCE}rc": "[General]\n"
        f"defaultUsername={NAME}\ndisplayName=server\nremoteUrls=$default$|CalDav|{SERVER}\nsettingsVersion=3\n",
    }
    for name, text in files.items():
        with open(f"{config}/{name}", "w", encoding="utf-8") as file:
            file.write(text)


def kde(*arguments):
    """KDE's calendar on the command line; answers what it says."""
    done = subprocess.run(
        ["konsolekalendar", *arguments], capture_output=True, text=True, timeout=60, check=False
    )
    return done.stdout


class Agents:
    """The manager of Akonadi's agents."""

    def __init__(self):
        self.bus = dbus.SessionBus()

    def call(self, method, *arguments):
        manager = self.bus.get_object("org.freedesktop.Akonadi.Control", "/AgentManager")
        return getattr(dbus.Interface(manager, "org.freedesktop.Akonadi.AgentManager"), method)(*arguments)

    def know_resource(self):
        try:
            return RESOURCE in self.call("agentTypes")
        except dbus.DBusException:
            return False

    def stop(self):
        """Ends Akonadi, and waits for it: what outlives its session stays for ever."""
        subprocess.run(["akonadictl", "stop"], capture_output=True, timeout=60, check=False)
        names = ["org.freedesktop.Akonadi", "org.freedesktop.Akonadi.Control", f"org.freedesktop.Akonadi.Agent.{INSTANCE}"]
        until(lambda: not any(self.bus.name_has_owner(name) for name in names))
        if self.bus.name_has_owner("org.kde.kiod5"):
            helper = self.bus.get_object("org.kde.kiod5", "/MainApplication")
            dbus.Interface(helper, "org.qtproject.Qt.QCoreApplication").quit()

    def synchronise(self):
        self.call("agentInstanceSynchronize", INSTANCE)


def shown():
    return kde("--view", "--all")


def event(uid, summary):
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//server side//EN", "BEGIN:VEVENT", f"UID:{uid}"]
    lines += ["DTSTAMP:20300101T000000Z", "DTSTART:20310310T100000Z", "DTEND:20310310T110000Z"]
    lines += [f"SUMMARY:{summary}", "END:VEVENT", "END:VCALENDAR", ""]
    return "\r\n".join(lines)


def put(uid, summary):
    return http("PUT", f"{CALENDAR}{uid}.ics", event(uid, summary), {"Content-Type": "text/calendar; charset=utf-8"})


def number_of(label):
    """The number that Akonadi has given to a calendar of that name."""
    found = re.search(rf"^(\d+)\s+-\s+{re.escape(label)}$", kde("--list-calendars"), re.MULTILINE)
    return found and found.group(1)


def session(agents):
    put("akonadi-server", "Från servern")
    agents.call("createAgentInstance", RESOURCE)
    number = until(lambda: number_of(LABEL))
    if not claim("the calendars are found by the address of the server alone", number, kde("--list-calendars")):
        return
    claim("an event of the server is shown", until(lambda: "Från servern" in shown()), shown())

    put("akonadi-server", "Ändrad på servern")

    def changed():
        agents.synchronise()
        time.sleep(1)
        return "Ändrad på servern" in shown()

    claim("a change on the server is taken over", until(changed), shown())
    kde(
        *("--add", "--calendar", number, "--date", "2031-03-11", "--time", "10:00:00"),
        *("--end-date", "2031-03-11", "--end-time", "11:00:00", "--summary", "Här gjord", "--location", "Köket"),
    )

    def made():
        return next((url for url, text in members(CALENDAR).items() if "SUMMARY:Här gjord" in text), None)

    url = until(made)
    claim("an event that is made here comes to the server", url, members(CALENDAR))
    if url:
        uid = re.search(r"^UID:(.*?)\r?$", members(CALENDAR)[url], re.MULTILINE).group(1)
        kde("--change", "--uid", uid, "--summary", "Här ändrad")
        claim("it is changed here", until(lambda: "SUMMARY:Här ändrad" in members(CALENDAR).get(url, "")), members(CALENDAR))
        kde("--delete", "--uid", uid)
        claim("it is deleted here", until(lambda: url not in members(CALENDAR)), members(CALENDAR))
    http("DELETE", f"{CALENDAR}akonadi-server.ics")

    def gone():
        agents.synchronise()
        time.sleep(1)
        return "Ändrad på servern" not in shown()

    claim("a deletion on the server is taken over", until(gone), shown())
    text = agents.call("agentInstanceStatusMessage", INSTANCE)
    claim("the resource is content at the end", text == "Ready", text)


def main():
    configure()
    wallet = subprocess.Popen([sys.executable, __file__, "wallet"], stdout=subprocess.PIPE, text=True)
    wallet.stdout.readline()
    with open("akonadi.log", "w", encoding="utf-8") as log:
        subprocess.run(["akonadictl", "start"], stdout=log, stderr=log, timeout=60, check=False)
    agents = Agents()
    try:
        if claim("Akonadi starts", until(agents.know_resource)):
            session(agents)
    finally:
        agents.stop()
        wallet.terminate()
        wallet.wait()


if len(sys.argv) > 1:
    keep_wallet()
else:
    main()
