"""What happens in a simulation, and when: drawn from its seed before anything runs."""

from collections.abc import Iterable
from dataclasses import dataclass
from random import Random
from typing import Literal

import pendulum
from pendulum import Date, DateTime

from integration_tests.standin.faults import Answer, BrokenChunk, Fault, Reset, Truncated

SYNCS = 60
LOGINS = ("acme", "beta", "gamma")
Kind = Literal["api down", "resets", "downloads down", "refused", "closed", "signed out", "day broken", "day swapped",
               "day odd", "all odd", "file broken", "file odd", "file without keys", "file without days",
               "file not renewed", "file with older values", "removed"]  # fmt: skip
# While they last, an organization fails; may fail; misses one day. Of all others nobody must notice anything, but that
# a 28-day report that says "unchanged" is believed, until a day that closes, or its own date, shows that it is wrong.
FAILS: tuple[Kind, ...] = ("api down", "resets", "refused", "closed", "signed out")
MAY_FAIL: tuple[Kind, ...] = (*FAILS, "downloads down", "all odd")
MISSES_A_DAY: tuple[Kind, ...] = ("day broken", "day swapped", "day odd")
# From some sync on, for long.
WRONG_FILES: tuple[Kind, ...] = (
    "file not renewed", "file with older values", "file without days", "file without keys",
)  # fmt: skip
# For a single sync each.
ODDITIES: tuple[Kind, ...] = ("day odd", "day odd", "day odd", "all odd", "file odd")
# What a proxy, an outage or a change of the API may put in place of an envelope: no report, nor "no report".
ODD: tuple[Fault, ...] = (
    Answer(400, "Request Header Or Cookie Too Large"),
    Answer(400, {"message": "Bad Request"}),
    Answer(200, '"Service temporarily unavailable"'),
    Answer(200, {"message": "Server Error"}),
    Answer(200, {"links": [], "report": "none"}),
    Answer(200, {"download_links": None, "message": "Try later"}),
    Answer(200, []),
    Answer(200, [{"day": "2026-01-01"}]),
    Answer(200, "7"),
    Answer(200, "null"),
    Answer(206),
    Answer(202),
    Answer(403, "<html>Request blocked</html>"),
    Answer(404, {"message": "Not Found"}),
    Answer(409),
    Answer(422, {"message": "Unprocessable"}),
)
OUTAGES: tuple[Kind, ...] = ("api down", "resets", "downloads down", "refused", "closed")
# Met once or twice, then over.
PASSING: tuple[tuple[str, str, Fault, int], ...] = (
    ("github", "", Answer(502, "<html>Bad Gateway</html>"), 2),
    ("github", "", Answer(200, "<html>Please sign in to the proxy</html>"), 1),
    ("github", "", Answer(429, {"message": "Slow down"}, {"retry-after": "30"}), 1),
    ("github", "", Answer(403, {"message": "You have exceeded a secondary rate limit."}), 1),
    ("github", "", Reset(), 1),
    ("github", "", BrokenChunk(), 1),
    ("downloads", "", Answer(403, "<Error><Code>AuthenticationFailed</Code></Error>"), 1),
    ("downloads", "1-day", Answer(404, "<Error><Code>BlobNotFound</Code></Error>"), 2),
    ("downloads", "", Answer(503), 2),
    ("downloads", "", Truncated(), 1),
)


@dataclass(frozen=True)
class Trouble:
    """What is wrong with an organization from one sync to another, both included; `day` is whose file is broken."""

    kind: Kind
    login: str
    first: int
    last: int
    day: str = ""


class Script:
    """The instants of the syncs, the settings that change, the syncs that are killed, and the troubles.

    since, earlier: the first day wanted, until the sync `since_moves` and from then on. kills: messages until the end.
    fills_after: days after which the history of `gamma` appears, when it has rows of its last days only at first.
    adds_field: the sync from which on the days' own reports have a field that the 28-day report lacks for six syncs.
    """

    def __init__(self, seed: int) -> None:
        self.random = random = Random(seed)
        self.is_deep = seed % 6 == 5
        begin = (2026, 12, 14) if self.is_deep else random.choice(((2026, 1, 8), (2026, 7, 1), (2026, 11, 30)))
        self.syncs = self._instants(pendulum.datetime(*begin, 6))
        self.start = self.syncs[0].date()
        spans = ((380, 400), (400, 410)) if self.is_deep else ((2, 40), (40, 70))
        self.since, self.earlier = (str(self.start.subtract(days=random.randrange(*span))) for span in spans)
        self.since_moves, self.gamma_joins = random.randrange(20, 45), random.randrange(10, 35)
        self.swaps_token = random.randrange(3, SYNCS)
        self.fills_after = random.choice((None, random.randrange(6)))
        self.adds_field = random.randrange(8, SYNCS)
        self.kills = {sync: random.randrange(1, 25) for sync in range(1, SYNCS) if random.random() < 0.2}
        self.kills[0] = random.randrange(1, 120)
        self.troubles = [*self._troubles(), *self._planned()]

    def _instants(self, instant: DateTime) -> list[DateTime]:
        """A sync a day, now and then two, twice or so a pause of up to 45 days."""
        instants: list[DateTime] = []
        while len(instants) < SYNCS:
            at = instant.add(minutes=self.random.randrange(600))
            instants += [at, at.add(hours=2)] if self.random.random() < 0.05 else [at]
            instant = instant.add(days=self.random.choices((1, self.random.randrange(2, 46)), (97, 3))[0])
        return instants[:SYNCS]

    def _planned(self) -> Iterable[Trouble]:
        """A new organization's files lack keys or are broken; a token was swapped; an organization is left out."""
        for login, joins in (("acme", 0), ("beta", 0), ("gamma", self.gamma_joins)):
            yield Trouble("file without keys", login, joins, joins + self.random.randrange(-1, 5))
            yield Trouble("file broken", login, joins, joins + self.random.randrange(-3, 2))
            old = self.syncs[joins].date().subtract(days=self.random.randrange(22, 40))
            yield Trouble(self.random.choice(MISSES_A_DAY), login, joins, joins + self.random.randrange(4), str(old))
            yield Trouble("signed out", login, self.swaps_token, self.swaps_token)
        for login, kind in zip(LOGINS, self.random.sample(WRONG_FILES, 3), strict=True):
            first = self.random.randrange(SYNCS)
            days = [self.syncs[first].date().subtract(days=self.random.randrange(2, 20)) for _ in range(3)]
            yield Trouble(kind, login, first, first + self.random.choice((5, 12, 20)), ",".join(map(str, days)))
            for odd in ODDITIES:
                at = self.random.randrange(SYNCS)
                day = self.syncs[at].date().subtract(days=self.random.choice((*range(1, 6), *range(19, 45))))
                yield Trouble(odd, login, at, at, str(day))
        gone = self.random.randrange(25, 50)
        yield Trouble("removed", "beta", gone, gone + 4)

    def _troubles(self) -> Iterable[Trouble]:
        for login in LOGINS:
            for kind in (*self.random.sample(OUTAGES, 2), self.random.choice(MISSES_A_DAY), "file broken"):
                first = self.random.randrange(SYNCS)
                day = self.syncs[first].date().subtract(days=self.random.randrange(2, 45))
                yield Trouble(kind, login, first, first + self.random.randrange(4), str(day))

    def wrong(self, sync: int) -> list[Trouble]:
        """The troubles of one sync."""
        return [trouble for trouble in self.troubles if trouble.first <= sync <= trouble.last]

    def history(self) -> Iterable[DateTime]:
        """The midnights with which the days begin that GitHub may have a report of."""
        first, last = Date.fromisoformat(self.earlier), self.syncs[-1].date().add(days=40)
        for number in range(first.toordinal(), last.toordinal()):
            yield pendulum.from_timestamp((number - Date(1970, 1, 1).toordinal()) * 86400)
