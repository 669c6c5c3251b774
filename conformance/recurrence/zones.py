"""Prints the changes of offset of every zone that Python's zoneinfo knows.

The first line is the version of the data, if it is known. Then one line a zone: its name, the offset at the first second and then pairs of instant and offset, all in seconds, separated by
blanks. The arguments are the first and the last second.
"""

import sys
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo, available_timezones

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
# No zone has changed its clock twice within less than three days since 1970.
STEP = 3 * 86400


def offset(zone, second):
    return int((EPOCH + timedelta(seconds=second)).astimezone(zone).utcoffset().total_seconds())


def changes(zone, first, last):
    now = offset(zone, first)
    yield now
    for start in range(first, last, STEP):
        end = min(start + STEP, last)
        after = offset(zone, end)
        if after == now:
            continue
        low, high = start, end
        while high - low > 1:
            middle = (low + high) // 2
            if offset(zone, middle) == now:
                low = middle
            else:
                high = middle
        yield high
        yield after
        now = after


def version():
    try:
        with open("/usr/share/zoneinfo/tzdata.zi", encoding="ascii") as data:
            return data.readline().split()[-1]
    except OSError:
        return "unknown"


print("tzdata", version())
first, last = int(sys.argv[1]), int(sys.argv[2])
for name in sorted(available_timezones()):
    print(name, *changes(ZoneInfo(name), first, last), flush=True)
