"""A clock that tests turn by hand."""

import threading

import pendulum

from source_usage_metrics.clock import Clock


class TurnedClock(Clock):
    """Stands still unless it is turned, or slept on: then it moves by just that, at once. `slept` lists the sleeps."""

    def __init__(self, instant: pendulum.DateTime) -> None:
        self.instant = instant
        self.slept: list[float] = []
        self._elapsed = 0.0
        self._lock = threading.Lock()

    def now(self) -> pendulum.DateTime:
        with self._lock:
            return self.instant.add(seconds=self._elapsed)

    def monotonic(self) -> float:
        with self._lock:
            return 1000.0 + self._elapsed

    def wait(self, stop: threading.Event, seconds: float) -> None:
        if not stop.is_set():
            self.sleep(seconds)

    def sleep(self, seconds: float) -> None:
        """Turn it by so much."""
        with self._lock:
            self.slept.append(seconds)
            self._elapsed += seconds

    def turn_to(self, instant: pendulum.DateTime) -> None:
        """Set the hour; time on `monotonic` goes on."""
        with self._lock:
            self._elapsed += (instant - self.instant.add(seconds=self._elapsed)).total_seconds()
