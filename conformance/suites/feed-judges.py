"""What readers that others wrote say about calendars that a server gave as files.

Reads from the environment: GIVEN, a folder of .ics files.
Writes one JSON line for each claim: {"claim", "holds", "detail"}.
"""

import json
import os
import re
import warnings

import gi

gi.require_version("ICalGLib", "3.0")
import icalendar
import vobject
from gi.repository import ICalGLib

warnings.simplefilter("ignore")


def libical(text):
    """Complaints about properties that a component cannot have, has too often, or with a value of no meaning.

    Without METHOD, as feeds are no invitations: PUBLISH wants an ORGANIZER (RFC 5546 section 3.2.1). An empty text is a text
    (RFC 5545 section 3.3.11), a name may begin with a digit (section 3.1), and a VJOURNAL has as many descriptions as it wants
    (section 3.6.3): there libical is stricter than the RFC.
    """
    calendar = ICalGLib.Component.new_from_string(re.sub(r"METHOD:\w+\r?\n", "", text))
    calendar.check_restrictions()
    allowed = r"No value for|Parse error in property name: \d[A-Z0-9-]*$|DESCRIPTION property. Expected zero or one"
    return [complaint for complaint in complaints_in(calendar) if not re.search(allowed, complaint)]


def complaints_in(component):
    found = []
    kind = ICalGLib.PropertyKind.XLICERROR_PROPERTY
    complaint = component.get_first_property(kind)
    while complaint is not None:
        found.append(re.sub(r"\r\n ?", "", complaint.as_ical_string()))
        complaint = component.get_next_property(kind)
    inner = component.get_first_component(ICalGLib.ComponentKind.ANY_COMPONENT)
    while inner is not None:
        found += complaints_in(inner)
        inner = component.get_next_component(ICalGLib.ComponentKind.ANY_COMPONENT)
    return found


def by_vobject(text):
    found = []
    for calendar in vobject.readComponents(text):
        try:
            calendar.validate(raiseException=True)
        except vobject.base.ValidateError as problem:
            found.append(str(problem))
    return [one for one in found if "VJOURNAL" not in one]


def by_icalendar(text):
    """Each period in a line of its own: of several in one (RFC 5545 section 3.8.2.6) the versions before 5 make an error."""
    text = re.sub(r"(FREEBUSY[^:\r\n]*:)([^\r\n]*,[^\r\n]*)", lambda m: "\r\n".join(m[1] + p for p in m[2].split(",")), text)
    calendar = icalendar.Calendar.from_ical(text)
    return [str(error) for component in calendar.walk() for error in getattr(component, "errors", [])]


texts = {}
for name in sorted(os.listdir(os.environ["GIVEN"])):
    with open(os.path.join(os.environ["GIVEN"], name), encoding="utf-8", newline="") as file:
        texts[name] = file.read()

print(json.dumps({"claim": "most awkward files are stored", "holds": len(texts) > 50, "detail": str(len(texts))}))
for judge, judged in (("libical", libical), ("vobject", by_vobject), ("icalendar", by_icalendar)):
    wrong = []
    for name, text in texts.items():
        try:
            wrong += [f"{name}: {complaint}" for complaint in judged(text)]
        except Exception as problem:  # whatever a reader breaks at is the finding
            wrong.append(f"{name}: {type(problem).__name__} {problem}")
    claim = f"{judge} finds nothing amiss in them as files of a calendar"
    print(json.dumps({"claim": claim, "holds": wrong == [], "detail": " | ".join(wrong)[:2000]}))
