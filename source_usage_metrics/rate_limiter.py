"""How fast the API host is called, and how long a limit that it announces is waited out."""

import math
import threading
from collections.abc import Callable

import pendulum
from pyrate_limiter import InMemoryBucket, Rate, RateItem

from source_usage_metrics.clock import Clock

# https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api: 900 points a minute, a GET is one.
# One second more than the minute, so that calls that travel at different speed don't arrive as 901 in 60 s.
CALLS, SECONDS = 900, 61
# The primary limit is renewed each hour; five minutes to spare.
MAX_WAIT = 65 * 60
NOTICE_EVERY = 60


class RateLimiter:
    """At most `calls` in any `seconds`, and none while a limit is in force: one for all threads of a sync.

    max_wait: seconds that one request may wait for limits in all.
    notice: called with the instant at which calling goes on, at least once a minute while it rests.
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
        self._lock = threading.Lock()
        self._resting = threading.Lock()
        self._rest_until = -math.inf

    def acquire(self) -> None:
        """Waits until one more call may go out."""
        while True:
            with self._lock:
                now = self._clock.monotonic()
                rest = self._rest_until - now
                if rest <= 0:
                    rest = self._take(now)
                    if rest <= 0:
                        return
                    self._clock.sleep(rest)
                else:
                    self._rest(rest)

    def pause(self, seconds: float) -> None:
        """No call for so long."""
        with self._resting:
            self._rest_until = max(self._rest_until, self._clock.monotonic() + seconds)

    def _take(self, now: float) -> float:
        item = RateItem("call", int(now * 1000))
        self._bucket.leak(item.timestamp)
        if self._bucket.put(item):
            return 0
        waiting = self._bucket.waiting(item)
        assert isinstance(waiting, int)
        return max(waiting, 1) / 1000

    def _rest(self, seconds: float) -> None:
        self._notice(self._clock.now().add(seconds=int(seconds)))
        self._clock.sleep(min(seconds, NOTICE_EVERY))
