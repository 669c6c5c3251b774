"""Answers recurrence rules with python-dateutil.

Each line of input is a start, a tab and a rule; each line of output is the local times it generates, at most as many as
the first argument says and none after the second, or a word that begins with "!".
"""

import signal
import sys
import warnings
from datetime import datetime
from itertools import islice, takewhile

from dateutil.rrule import rrulestr

FORM = "%Y%m%dT%H%M%S"


class TooLong(Exception):
    pass


def stop(_signal, _frame):
    raise TooLong


def main():
    warnings.simplefilter("ignore")
    most, last = int(sys.argv[1]), datetime.strptime(sys.argv[2], FORM)
    signal.signal(signal.SIGALRM, stop)
    for line in sys.stdin:
        start, rule = line.rstrip("\n").split("\t")
        signal.setitimer(signal.ITIMER_REAL, 1.0)
        try:
            times = rrulestr(f"DTSTART:{start}\nRRULE:{rule};UNTIL={sys.argv[2]}")
            found = [time.strftime(FORM) for time in islice(takewhile(lambda t: t <= last, times), most)]
            answer = ",".join(found)
        except TooLong:
            answer = "!too-long"
        except Exception as problem:
            answer = "!" + " ".join(str(problem).split())
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
        print(answer, flush=True)


main()
