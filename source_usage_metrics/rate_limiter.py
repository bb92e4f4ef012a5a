"""How fast the API host is called, and how long a limit that it announces is waited out."""

import math
import threading
from collections.abc import Callable
from dataclasses import dataclass

import pendulum
from pyrate_limiter import InMemoryBucket, Rate, RateItem

from source_usage_metrics.clock import Clock

# https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api: 900 points a minute, a GET is one.
# One second more than the minute, so that calls that travel at different speed don't arrive as 901 in 60 s.
CALLS, SECONDS = 900, 61
# The primary limit is renewed each hour; five minutes to spare.
MAX_WAIT = 65 * 60
NOTICE_EVERY = 60


@dataclass(frozen=True)
class Permit:
    """One request may go out. waited: seconds that it waited for limits. pauses: how many there had been by then."""

    waited: float
    pauses: int


class RateLimiter:
    """At most `calls` in any `seconds`, and none while a limit is in force: one for all threads of a sync.

    max_wait: seconds that one request may wait for limits in all.
    notice: called with the instant at which calling goes on, at least once a minute while it pauses.
    """

    def __init__(
        self,
        clock: Clock,
        notice: Callable[[pendulum.DateTime], None],
        calls: int = CALLS,
        seconds: float = SECONDS,
        max_wait: float = MAX_WAIT,
    ) -> None:
        self._clock, self._notice, self.max_wait = clock, notice, max_wait
        self._bucket = InMemoryBucket([Rate(calls, int(seconds * 1000))])
        self._queue, self._pausing = threading.Lock(), threading.Lock()
        self._pauses, self._paused_at, self._paused_until = 0, -math.inf, -math.inf

    def acquire(self, stop: threading.Event) -> Permit | None:
        """Waits until one more call may go out; None as soon as `stop` is set."""
        start = self._clock.monotonic()
        with self._queue:
            while not stop.is_set():
                with self._pausing:
                    now, until, pauses = self._clock.monotonic(), self._paused_until, self._pauses
                if now < until:
                    self._notice(self._clock.now().add(seconds=int(until - now)))
                    self._clock.wait(stop, min(until - now, NOTICE_EVERY))
                elif (seconds := self._take(now)) > 0:
                    self._clock.wait(stop, seconds)
                else:
                    return Permit(max(until - start, 0), pauses)
        return None

    def pause(self, seconds: float, permit: Permit) -> None:
        """No call for so long. Requests that were under way together are told of the same limit: it counts once."""
        with self._pausing:
            if permit.pauses == self._pauses:
                self._pauses, self._paused_at = self._pauses + 1, self._clock.monotonic()
            self._paused_until = max(self._paused_until, self._paused_at + seconds)

    def _take(self, now: float) -> float:
        """Seconds until a call may be taken from the bucket; 0 if it was."""
        item = RateItem("call", int(now * 1000))
        self._bucket.leak(item.timestamp)
        if self._bucket.put(item):
            return 0
        waiting = self._bucket.waiting(item)
        assert isinstance(waiting, int)
        return max(waiting, 1) / 1000
