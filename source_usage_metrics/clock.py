"""Time, as a parameter: everything that asks the hour or waits does it through a `Clock`."""

import threading
import time

import pendulum


class Clock:
    """The machine's clock. Tests hand in one that they turn by hand."""

    def now(self) -> pendulum.DateTime:
        """The current instant, in UTC."""
        return pendulum.now("UTC")

    def monotonic(self) -> float:
        """Seconds since some fixed point, never set back."""
        return time.monotonic()

    def wait(self, stop: threading.Event, seconds: float) -> None:
        """Wait so many seconds, or until `stop` is set."""
        stop.wait(seconds)
