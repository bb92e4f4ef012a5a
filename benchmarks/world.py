"""The stand-in APIs as a bench sets them up, and what their log tells: calls, downloads, bytes, pace."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlencode

import pendulum

from integration_tests.standin import StandIn
from integration_tests.standin.account import days_before
from integration_tests.standin.organization import FIRST_DAY, Organization

# A year after GitHub's first report, so that the API's whole depth of 365 days holds rows.
TODAY = pendulum.datetime(2027, 1, 15, 6)
ROW_KB = 8.0
LATENCY = 0.2
NO_LIMIT = 10**9


class World:
    """The stand-ins at a given hour, with organizations that have a row for every day."""

    def __init__(self, apis: StandIn) -> None:
        self.apis = apis
        self._first = 0
        apis.github.rate_limit = NO_LIMIT

    @property
    def now(self) -> pendulum.DateTime:
        """What the contestants are told the hour is."""
        return self.apis.now

    def turn_to(self, instant: pendulum.DateTime) -> None:
        """From now on it is that hour, and time goes on."""
        began = time.monotonic()
        self.apis.now = lambda: instant.add(seconds=time.monotonic() - began)

    def add(self, count: int, *, older_endpoint: bool = False) -> list[str]:
        """The logins of so many more organizations."""
        before = len(self.apis.github.organizations)
        made = [self._organization(before + number) for number in range(count)]
        for organization in made:
            organization.metrics = "open" if older_endpoint else "closed"
        return [organization.login for organization in made]

    def _organization(self, number: int) -> Organization:
        return self.apis.github.add_organization(f"organization-{number + 1:03}", str(1001 + number), since=FIRST_DAY)

    def forget(self) -> None:
        """Only what comes after this is counted."""
        self._first = len(self.apis.log)

    def calls(self, path: str = "") -> int:
        """Requests to the API host since `forget`, of paths that hold this."""
        return sum(request.host == "github" and path in request.path for request in self.apis.log[self._first :])

    def downloads(self) -> int:
        return sum(request.host == "downloads" for request in self.apis.log[self._first :])

    def urls(self) -> list[tuple[str, bool]]:
        """What was asked since `forget`, and whether of the API host."""
        hosts = {"github": self.apis.github.url, "downloads": self.apis.downloads.url}
        return [
            (f"{hosts[request.host]}{request.path}?{urlencode(request.query)}", request.host == "github")
            for request in self.apis.log[self._first :]
        ]

    def first_request(self) -> float:
        """When it came, by time.monotonic()."""
        return self.apis.log[self._first].at

    def busiest_minute(self) -> int:
        """The most calls to the API host in any 60 seconds."""
        instants = sorted(request.at for request in self.apis.log[self._first :] if request.host == "github")
        begin, most = 0, 0
        for end, instant in enumerate(instants):
            while instant - instants[begin] >= 60:
                begin += 1
            most = max(most, end - begin + 1)
        return most


@contextmanager
def world(today: pendulum.DateTime = TODAY, row_kb: float = ROW_KB, latency: float = 0.0) -> Iterator[World]:
    """A new one, on ports of its own."""
    with StandIn(row_kb=row_kb) as apis:
        apis.latency = latency
        made = World(apis)
        made.turn_to(today)
        yield made


def day(today: pendulum.DateTime, back: int) -> str:
    """So many days before today."""
    return days_before(str(today.date()), back)
