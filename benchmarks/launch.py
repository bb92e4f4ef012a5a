"""The connector's console script, but at a given hour and a given pace: what only a bench against stand-ins may do.

python launch.py NOW CALLS_PER_MINUTE read --config … --catalog … [--state …]
"""

import functools
import sys
import time

import pendulum

from source_usage_metrics import __main__ as console
from source_usage_metrics.clock import Clock
from source_usage_metrics.source import SourceUsageMetrics


class ShiftedClock(Clock):
    """Says `begin` when it is made, and goes on from there."""

    def __init__(self, begin: pendulum.DateTime) -> None:
        self._begin, self._made = begin, time.monotonic()

    def now(self) -> pendulum.DateTime:
        return self._begin.add(seconds=time.monotonic() - self._made)


def run() -> None:
    now, calls_per_minute, *command = sys.argv[1:]
    begin = pendulum.parse(now)
    assert isinstance(begin, pendulum.DateTime)
    source = functools.partial(SourceUsageMetrics, ShiftedClock(begin), int(calls_per_minute))
    vars(console)["SourceUsageMetrics"] = source
    sys.argv[1:] = command
    console.run()


if __name__ == "__main__":
    run()
