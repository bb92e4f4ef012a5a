"""Sixty syncs of two organizations, one a day and with pauses, while days come late, never, or are revised.

The same for each contestant: every arrival, revision, pause and outage is drawn before anything runs.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from random import Random
from typing import Any

import pendulum
from pendulum import Date, DateTime

from benchmarks.contestants import Contestant, Job, Key, Row
from benchmarks.world import World, world
from integration_tests.standin import Organization
from integration_tests.standin.faults import Answer

SEED = 7
SYNCS = 60
BEGIN = pendulum.datetime(2026, 7, 1, 6)
HISTORY_DAYS = 40
# After so many syncs, a pause of so many days: longer than the 28-day report, shorter, and about as long.
PAUSES = {15: 40, 31: 9, 45: 27}
# The sync at which the second organization is added to the settings.
JOINS = 24
API_DOWN, FILES_DOWN = (12, 40), (27,)
# Revisions come up to 20 days back; a report ends 1 to 5 days before it is asked for.
LATENESS = (1, 2, 2, 3, 3, 4, 5)
LAGS = (1, 2, 2, 2, 3, 5)


@dataclass(frozen=True)
class Verdict:
    """What the table held beside what the API said: at the end, in rows, and on each morning without an outage.

    mornings_right: with every row right. worst: most rows missing, out of date or made up on one of these mornings.
    failed: syncs. sent: records. calls: to the API host.
    """

    mornings: int
    mornings_right: int
    worst: int
    rows: int
    right: int
    missing: int
    outdated: int
    made_up: int
    failed: int
    sent: int
    calls: int
    first_right: int
    second_right: int

    @property
    def share(self) -> float:
        return self.right / self.rows

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


class Script:
    """When each sync is, and what is wrong with the APIs then."""

    def __init__(self) -> None:
        self.random = Random(SEED)
        self.instants = [BEGIN]
        for sync in range(1, SYNCS):
            self.instants.append(self.instants[-1].add(days=PAUSES.get(sync, 1)))
        self.first_day = BEGIN.date().subtract(days=HISTORY_DAYS)
        self.lags = [self.random.choice(LAGS) for _ in range(SYNCS)]

    def prepare(self, organization: Organization) -> None:
        """Its days come one to five days after they began to be due, in any order, or never; half are revised."""
        last = self.instants[-1].date()
        for number in range(self.first_day.toordinal(), last.toordinal() + 1):
            date = Date.fromordinal(number)
            midnight = pendulum.datetime(date.year, date.month, date.day)
            if self.random.random() < 0.06:
                organization.never(date)
                continue
            organization.arrives(date, midnight.add(days=1 + self.random.choice(LATENESS), hours=3))
            for age in self.random.sample(range(2, 21), self.random.choice((0, 0, 1, 2))):
                organization.revise(date, midnight.add(days=age, hours=3))

    def serve(self, apis: World, sync: int) -> None:
        """How the APIs answer this time."""
        apis.apis.clear_faults()
        if sync in API_DOWN:
            apis.apis.fault("github", "", Answer(503), times=None)
        if sync in FILES_DOWN:
            apis.apis.fault("downloads", "", Answer(503), times=None)
        for organization in apis.apis.github.organizations.values():
            organization.file_lag_days = self.lags[sync]


def simulate(contestant: Contestant) -> Verdict:
    """All syncs; the last ones meet no outage, so that none is held against anyone."""
    script, failed, wrong = Script(), 0, []
    with world(script.instants[0], row_kb=1.0) as apis:
        logins = apis.add(2)
        for organization in apis.apis.github.organizations.values():
            organization.since = str(script.first_day)
            script.prepare(organization)
        for sync, instant in enumerate(script.instants):
            apis.turn_to(instant)
            script.serve(apis, sync)
            job = Job(logins if sync >= JOINS else logins[:1], str(script.first_day))
            failed += contestant.sync(apis, job).code != 0
            contestant.take()
            balance = Balance(contestant.table, _truth(apis, job, instant))
            if sync not in (*API_DOWN, *FILES_DOWN):
                wrong.append(balance.wrong)
        return Verdict(
            mornings=len(wrong),
            mornings_right=wrong.count(0),
            worst=max(wrong),
            rows=len(balance.truth),
            right=len(balance.right),
            missing=len(balance.missing),
            outdated=len(balance.outdated),
            made_up=len(balance.made_up),
            failed=failed,
            sent=contestant.sent,
            calls=apis.calls(),
            first_right=sum(login == logins[0] for login, _ in balance.right),
            second_right=sum(login == logins[1] for login, _ in balance.right),
        )


def _truth(apis: World, job: Job, instant: DateTime) -> dict[Key, Row]:
    return {
        (login, day): row
        for login in job.organizations
        for day, row in apis.apis.github.organizations[login].truth(instant).items()
    }


class Balance:
    """The keys of the rows that a table has right, and of those that it hasn't."""

    def __init__(self, table: Mapping[Key, Row], truth: Mapping[Key, Row]) -> None:
        self.truth = truth
        self.right = {key for key, row in truth.items() if key in table and says(table[key], row)}
        self.missing = truth.keys() - table.keys()
        self.outdated = (truth.keys() & table.keys()) - self.right
        self.made_up = table.keys() - truth.keys()

    @property
    def wrong(self) -> int:
        return len(self.missing) + len(self.outdated) + len(self.made_up)


def says(record: Row, row: Row) -> bool:
    """Whether a record has every number and text of the provider's row; nested values, which each tool writes in its
    own way, change together with these."""
    kept = {**record.get("additional_fields", {}), **record} if "additional_fields" in record else record
    return all(
        kept.get(name) == value
        for name, value in row.items()
        if name != "day" and value is not None and not isinstance(value, dict | list)
    )
