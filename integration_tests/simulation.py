"""Sixty syncs of three organizations, day by day and with pauses, while everything goes wrong that ever did."""

import json
from collections import Counter
from collections.abc import Callable
from random import Random

from pendulum import Date, DateTime

from integration_tests.destination import Destination, Key, columns, content, days, is_settled, told
from integration_tests.harness import Connector, Json, Outcome
from integration_tests.script import FAILS, LOGINS, MAY_FAIL, MISSES_A_DAY, PASSING, SYNCS, Script, Trouble
from integration_tests.standin import Organization, StandIn
from integration_tests.standin.faults import Answer, Fault, Reset
from integration_tests.standin.organization import FIRST_DAY

SPELLINGS = ("204", "zero bytes", "empty string", "json string", "empty object", "no links", "404 text", "400")


class Simulation:
    """The organizations, the connector that reads them, and the destination that it fills."""

    def __init__(self, seed: int, apis: StandIn, connector: Connector) -> None:
        self.seed, self.script, self.random = seed, Script(seed), Random(f"days {seed}")
        self.apis, self.connector, self.destination = apis, connector, Destination()
        self.met: Counter[str] = Counter()
        self.since, self.logins = self.script.since, ["acme", "beta"]
        self._token = apis.github.token
        self._organizations = {login: self._organization(login) for login in LOGINS}

    def _organization(self, login: str) -> Organization:
        """Its days come one to four days late, in any order, or never; most are revised, up to 20 days back."""
        made = self.apis.github.add_organization(login, since=self.script.earlier)
        for midnight in self.script.history():
            day = midnight.date()
            if self._is_never(day):
                made.never(day)
            else:
                made.arrives(day, midnight.add(days=self.random.choice((1, 2, 2, 3, 3, 4, 5)), hours=3))
                for age in self.random.sample(range(2, 21), self.random.choice((0, 0, 1, 2))):
                    made.revise(day, midnight.add(days=age, hours=3))
        return made

    def _is_never(self, day: Date) -> bool:
        """A year of history has rows at both its ends only, for the sake of the test's speed."""
        return self.random.random() < 0.06 or 70 < self.script.start.toordinal() - day.toordinal() < 345

    def run(self) -> None:
        """All syncs, each held against the truth of its moment; then the table and the state at the end."""
        for sync, instant in enumerate(self.script.syncs):
            try:
                self._sync(sync, instant)
            except AssertionError as error:
                raise AssertionError(f"seed {self.seed}, sync {sync} at {instant}: {error}") from error
        self._end()

    def _sync(self, sync: int, instant: DateTime) -> None:
        self.connector.clock.turn_to(max(instant, self.connector.clock.now()))
        troubles = self.script.wrong(sync)
        self._set_up(sync, troubles)
        self._serve(troubles)
        self._news()
        killer = _Killer(self.script.kills.get(sync, 0))
        outcome = self.connector.sync(self._config(), until=killer)
        self._hold(outcome, [trouble for trouble in troubles if trouble.login in self.logins], killed=killer.struck)
        self.met.update(trouble.kind for trouble in troubles)
        self.met["kill"] += killer.struck

    def _set_up(self, sync: int, troubles: list[Trouble]) -> None:
        """The settings of this sync; a token that was swapped at GitHub reaches them one sync late."""
        script, removed = self.script, {trouble.login for trouble in troubles if trouble.kind == "removed"}
        joined = [login for login in LOGINS if login != "gamma" or sync >= script.gamma_joins]
        self.logins = [login for login in joined if login not in removed]
        self.since = script.earlier if sync >= script.since_moves else script.since
        self._token = self.apis.github.token
        if sync == script.swaps_token:
            self.apis.github.token = "ghp_standin-token-000002"

    def _config(self) -> Json:
        config, credentials = self.apis.config(), {"auth_type": "access_token", "access_token": self._token}
        logins = [self.random.choice((login, login.title())) for login in self.logins]
        config["github"] |= {"organizations": logins, "since": self.since, "credentials": credentials}
        return config

    def _serve(self, troubles: list[Trouble]) -> None:
        """How the APIs answer this time."""
        self.apis.clear_faults()
        for login, organization in self._organizations.items():
            organization.spells(self.random.choice(SPELLINGS))  # type: ignore[call-overload]
            organization.file_lag_days = self.random.randrange(1, 6)
            organization.file_shape = self.random.choice(("ndjson", "object", "array", "day_totals"))
            organization.file_shape_28_days = self.random.choice(("ndjson", "array", "day_totals"))
            organization.shards, organization.gzip = self.random.randrange(1, 4), self.random.random() < 0.3
            organization.reports, organization.file_keys_missing = "open", ()
            for trouble in (trouble for trouble in troubles if trouble.login == login):
                self._go_wrong(organization, trouble)
        if self.random.random() < 0.4:
            self.apis.fault(*self.random.choice(PASSING))

    def _go_wrong(self, organization: Organization, trouble: Trouble) -> None:
        files = f"/{organization.organization_id}/"
        many, one = f"28-day-report{files}", f"1-day-report{files}{trouble.day}"
        plans: dict[str, Callable[[], None]] = {
            "api down": lambda: self._fault("github", f"/orgs/{trouble.login}/", Answer(503)),
            "resets": lambda: self._fault("github", f"/orgs/{trouble.login}/", Reset()),
            "downloads down": lambda: self._fault("downloads", files, Answer(500)),
            "refused": lambda: setattr(organization, "reports", "policy off"),
            "closed": lambda: setattr(organization, "reports", "closed"),
            "file without keys": lambda: setattr(organization, "file_keys_missing", ("monthly_active_users",)),
            "file broken": lambda: self._fault("downloads", many, Answer(200, b'{"day_totals": [{"day": "2026-')),
            "day broken": lambda: self._fault("downloads", one, Answer(200, b'{"day": "')),
            "day swapped": lambda: self._fault("downloads", one, Answer(200, b'{"day": "2025-01-01"}')),
        }
        if trouble.kind in MISSES_A_DAY:
            plans["file broken"]()
        plans.get(trouble.kind, lambda: None)()

    def _fault(self, host: str, text: str, fault: Fault) -> None:
        self.apis.fault(host, "", fault, times=None, when=lambda request: text in request.path.lower())

    def _news(self) -> None:
        """GitHub adds fields, redefines others, or runs once more over a day without anything new to tell."""
        now = self.connector.clock.now()
        for login in self.logins:
            day, organization = now.date().subtract(days=self.random.randrange(2, 21)), self._organizations[login]
            row = organization.report_row(str(day), now.timestamp())
            if row is not None and self.random.random() < 0.2:
                strange = {
                    "new_counter": 10 * now.toordinal() + self.random.randrange(9),
                    "daily_active_users": "many",
                    "weekly_active_users": None,
                }
                rerun = {"etl_id": str(now), "totals_by_ide": json.loads(row)["totals_by_ide"][::-1]}
                organization.put(day, json.loads(row) | self.random.choice((strange, rerun)))

    def _truth(self) -> dict[Key, bytes]:
        """The row of each wanted day, for as far back as the API can be asked."""
        now = self.connector.clock.now()
        first = max(Date.fromisoformat(self.since), now.date().subtract(days=365))
        wanted = [Date.fromordinal(n).isoformat() for n in range(first.toordinal(), now.date().toordinal())]
        found = {
            (login, day): self._organizations[login].report_row(day, now.timestamp())
            for login in self.logins
            for day in wanted
        }
        return {key: row for key, row in found.items() if row is not None}

    def _hold(self, outcome: Outcome, troubles: list[Trouble], *, killed: bool) -> None:
        """No row is made up, altered or sent twice; where nothing kept it, none is missing or out of date."""
        truth, today = self._truth(), self.connector.clock.now().date()
        self.destination.take(outcome, truth, today, killed=killed)
        if killed:
            return
        said = "\n".join(error["message"] for error in outcome.errors)
        failing = {trouble.login for trouble in troubles if trouble.kind in FAILS}
        assert all(login in said.lower() for login in failing), f"{failing} failed and it was not said: {said}"
        assert not outcome.failed or any(trouble.kind in (*MAY_FAIL, *MISSES_A_DAY) for trouble in troubles), said
        ailing = {trouble.login for trouble in troubles if trouble.kind in MAY_FAIL}
        missed = {(trouble.login, trouble.day) for trouble in troubles if trouble.kind in MISSES_A_DAY}
        for key, row in truth.items():
            if key[0] not in ailing and key not in missed:
                assert key in self.destination.table, f"{key} is missing"
                assert self.destination.table[key] == (told(row), is_settled(key[1], today)), f"{key} is out of date"

    def _end(self) -> None:
        """After quiet syncs all is there and done. Rows of days that are by now beyond the horizon stay as they are."""
        self.script.troubles.clear()
        self.script.kills.clear()
        for days_later in (1, 2, 24):
            self._sync(SYNCS, self.script.syncs[-1].add(days=days_later))
        today = self.connector.clock.now().date()
        horizon = max(FIRST_DAY, str(today.subtract(days=365)))
        expected = {
            (login, day): (content(columns(row)), is_settled(day, today))
            for login, organization in self._organizations.items()
            for day, row in organization.truth().items()
            if day >= self.since
        }
        beyond = {key for key in self.destination.table if key[1] < horizon}
        assert self.script.is_deep or not beyond
        self.met["beyond the horizon"] = len(beyond)
        assert {key: row for key, row in self.destination.table.items() if key not in beyond} == expected
        assert self.destination.log.total() == len(self.destination.log) + self.destination.repeated
        for login, saved in self.connector.state[0]["stream"]["stream_state"]["organizations"].items():
            old = days([{"from": max(self.since, horizon), "through": str(today.subtract(days=21))}])
            assert old <= days(saved["done"]), f"{login}: {old - days(saved['done'])} are not done"
            assert not saved["failed"], f"{login}: {saved['failed']} are still failed"


class _Killer:
    """Ends a sync after so many messages; 0 lets it live."""

    def __init__(self, messages: int) -> None:
        self._left, self.struck = messages, False

    def __call__(self, message: Json) -> bool:
        self._left -= 1
        self.struck = self._left == 0
        return self.struck
