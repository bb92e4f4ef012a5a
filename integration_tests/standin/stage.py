"""What the stand-in hosts share: the clock, the latency, the log of requests and the faults."""

import threading
from collections.abc import Callable

import pendulum

from integration_tests.standin.exchange import Request
from integration_tests.standin.faults import Fault

Now = pendulum.DateTime | Callable[[], pendulum.DateTime] | None
When = Callable[[Request], bool]


class Planned:
    """A fault waiting for its request; `left` None means that it is never used up."""

    def __init__(self, host: str, text: str, fault: Fault, times: int | None, when: When | None) -> None:
        self.host, self.text, self.fault, self.left, self._when = host, text, fault, times, when

    def fits(self, request: Request) -> bool:
        if self.left == 0 or request.host != self.host or self.text not in request.path:
            return False
        return self._when is None or self._when(request)

    def __repr__(self) -> str:
        return f"{self.fault!r} on {self.host} {self.text!r}, {self.left} left"


class Stage:
    """The clock, the latency (seconds before each answer), the log and the faults of one set of stand-ins."""

    def __init__(self) -> None:
        self.latency = 0.0
        self.log: list[Request] = []
        self.unexpected: list[Request] = []
        self._now: Now = None
        self._planned: list[Planned] = []
        self._lock = threading.Lock()

    @property
    def now(self) -> pendulum.DateTime:
        """The instant that every host believes in, in UTC; set a DateTime, a callable, or None for the real clock."""
        if self._now is None:
            return pendulum.now("UTC")
        return self._now() if callable(self._now) else self._now

    @now.setter
    def now(self, now: Now) -> None:
        self._now = now

    @property
    def today(self) -> pendulum.Date:
        return self.now.date()

    def calls(self, host: str, text: str = "") -> list[Request]:
        """The logged requests of a host whose path contains the text."""
        return [request for request in list(self.log) if request.host == host and text in request.path]

    def fault(self, host: str, text: str, fault: Fault, times: int | None = 1, when: When | None = None) -> None:
        """From now on, `fault` answers `times` requests (None: all) to `host` whose path contains `text` and which fit
        `when`; of several faults that fit a request the first one planned answers."""
        self._planned.append(Planned(host, text, fault, times, when))

    def unused(self) -> list[Planned]:
        """The faults with a number of times that were not used up."""
        return [planned for planned in self._planned if planned.left]

    def clear_faults(self) -> None:
        self._planned.clear()

    def receive(self, request: Request) -> Fault | None:
        """Logs a request and gives the fault that answers it, if any."""
        with self._lock:
            self.log.append(request)
            planned = next((planned for planned in self._planned if planned.fits(request)), None)
            if planned is not None and planned.left is not None:
                planned.left -= 1
        return planned.fault if planned else None
