"""Sixty syncs of three organizations or enterprises, with pauses, while everything goes wrong that ever did."""

import json
from collections import Counter
from collections.abc import Callable
from random import Random

from pendulum import Date, DateTime

from integration_tests.destination import Destination, Key, columns, content, days, is_settled, told
from integration_tests.harness import ACCOUNTS, Connector, Json, Outcome
from integration_tests.simulation.script import (
    FAILS,
    LOGINS,
    MAY_FAIL,
    MISSES_A_DAY,
    ODD,
    PASSING,
    SYNCS,
    Script,
    Trouble,
)
from integration_tests.standin import StandIn
from integration_tests.standin.account import Account
from integration_tests.standin.faults import Answer, Fault, Reset
from integration_tests.standin.reports import paths

PLAIN = ("204", "zero bytes", "empty string", "json string", "404 text")
SPELLINGS = (*PLAIN, "empty object", "no links")
NEVER = "void"
FOLDERS = {"copilot_days": "orgs", "copilot_enterprise_days": "enterprises"}


class Simulation:
    """The accounts whose days the stream has, the connector that reads them, and the destination that it fills."""

    def __init__(self, seed: int, apis: StandIn, connector: Connector, stream: str = "copilot_days") -> None:
        self.seed, self.script, self.random = seed, Script(seed), Random(f"days {seed}")
        self.apis, self.connector, self.destination = apis, connector, Destination(stream)
        self.stream, self.folder = stream, FOLDERS[stream]
        self.met: Counter[str] = Counter()
        self.since, self.logins = self.script.since, ["acme", "beta"]
        self._token = apis.github.token
        self._accounts = {login: self._account(login) for login in LOGINS}
        self._add(NEVER, "2029-01-01")
        self._kept: dict[Key, tuple[bytes, bool]] = {}
        self._is_over = False

    def _add(self, login: str, since: str) -> Account:
        github = self.apis.github
        return (github.add_organization if self.folder == "orgs" else github.add_enterprise)(login, since=since)

    def _account(self, login: str) -> Account:
        """Its days come one to four days late, in any order, or never; most are revised, up to 20 days back."""
        made = self._add(login, self.script.earlier)
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
        before = self._saved()
        outcome = self.connector.sync(self._config(), streams=[self.stream], until=killer)
        of_these = [trouble for trouble in troubles if trouble.login in self.logins]
        self._hold(outcome, of_these, self._believed(of_these, before), killed=killer.struck)
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
        now, joins = self.connector.clock.now(), script.syncs[script.gamma_joins]
        is_filled = script.fills_after is None or now >= joins.add(days=script.fills_after)
        self._accounts["gamma"].since = script.earlier if is_filled else str(joins.date().subtract(days=6))
        if sync == script.adds_field:
            for account in self._accounts.values():
                account.one_day_fields = {"only_in_the_day_s_own": 5}
                account.one_day_fields_from = str(now.date().subtract(days=15))
        for account in self._accounts.values():
            account.file_lacks_fields = sync < script.adds_field + 6

    def _config(self) -> Json:
        config, credentials = self.apis.config(), {"auth_type": "access_token", "access_token": self._token}
        logins = [self.random.choice((login, login.title())) for login in self.logins]
        never = [NEVER] if self.random.random() < 0.2 else []
        if self.stream != "copilot_days":
            config["github"]["organizations"] = ["elsewhere"]
        accounts = {ACCOUNTS[self.stream].settings: [*logins, *never]}
        config["github"] |= {**accounts, "since": self.since, "credentials": credentials}
        return config

    def _serve(self, troubles: list[Trouble]) -> None:
        """How the APIs answer this time."""
        self.apis.clear_faults()
        for login, account in self._accounts.items():
            account.spells(self.random.choice(PLAIN if self._is_over else SPELLINGS))  # type: ignore[call-overload]
            account.file_lag_days = self.random.randrange(1, 6)
            account.file_shape = self.random.choice(("ndjson", "object", "array", "day_totals"))
            account.file_shape_28_days = self.random.choice(("ndjson", "array", "day_totals"))
            account.shards, account.gzip = self.random.randrange(1, 4), self.random.random() < 0.3
            account.reports, account.file_keys_missing = "open", ()
            account.file_days_missing, account.file_made, account.file_values_of = (
                frozenset(),
                None,
                None,
            )
            for trouble in (trouble for trouble in troubles if trouble.login == login):
                self._go_wrong(account, trouble)
        if self.random.random() < 0.4:
            self.apis.fault(*self.random.choice(PASSING))

    def _go_wrong(self, account: Account, trouble: Trouble) -> None:
        files, path = f"/{account.id}/", f"/{self.folder}/{trouble.login}/"
        many, one = f"28-day-report{files}", f"1-day-report{files}{trouble.day}"
        envelope_of_many = path + paths(account.kind)[1]
        plans: dict[str, Callable[[], None]] = {
            "api down": lambda: self._fault("github", path, Answer(503)),
            "resets": lambda: self._fault("github", path, Reset()),
            "downloads down": lambda: self._fault("downloads", files, Answer(500)),
            "refused": lambda: setattr(account, "reports", "policy off"),
            "closed": lambda: setattr(account, "reports", "closed"),
            "day odd": lambda: self._odd(path, trouble.day),
            "all odd": lambda: self._odd(path, ""),
            "file odd": lambda: self._fault("github", envelope_of_many, self.random.choice(ODD)),
            "file without days": lambda: setattr(account, "file_days_missing", frozenset(trouble.day.split(","))),
            "file not renewed": lambda: setattr(account, "file_made", self.script.syncs[trouble.first]),
            "file with older values": lambda: setattr(
                account, "file_values_of", self.script.syncs[trouble.first].subtract(days=1)
            ),
            "file without keys": lambda: setattr(account, "file_keys_missing", ("monthly_active_users",)),
            "file broken": lambda: self._fault("downloads", many, Answer(200, b'{"day_totals": [{"day": "2026-')),
            "day broken": lambda: self._fault("downloads", one, Answer(200, b'{"day": "')),
            "day swapped": lambda: self._fault("downloads", one, Answer(200, b'{"day": "2025-01-01"}')),
        }
        if trouble.kind in MISSES_A_DAY and self.random.random() < 0.5:
            plans["file broken"]()
        plans.get(trouble.kind, lambda: None)()

    def _fault(self, host: str, text: str, fault: Fault) -> None:
        self.apis.fault(host, "", fault, times=None, when=lambda request: text in request.path.lower())

    def _odd(self, path: str, day: str) -> None:
        """The same odd answer to what is asked of one day, or to everything."""
        self.apis.fault(
            "github",
            "",
            self.random.choice(ODD),
            times=None,
            when=lambda request: path in request.path.lower() and (not day or request.query.get("day") == day),
        )

    def _vanish(self, login: str, today: Date) -> None:
        """GitHub loses a day that was sent as settled, for good."""
        old_enough = [
            key
            for key, (_, settled) in self.destination.table.items()
            if key[0] == login and settled and 6 <= today.toordinal() - Date.fromisoformat(key[1]).toordinal() <= 20
        ]
        if old_enough and self.random.random() < 0.03:
            key = self.random.choice(sorted(old_enough))
            self._accounts[login].vanishes(key[1])
            self._kept[key] = self.destination.table[key]
            self.met["vanished"] += 1

    def _news(self) -> None:
        """GitHub adds fields, redefines others, or runs once more over a day without anything new to tell."""
        now = self.connector.clock.now()
        for login in self.logins:
            self._vanish(login, now.date())
            day, account = now.date().subtract(days=self.random.randrange(2, 21)), self._accounts[login]
            row = account.report_row(str(day), now.timestamp())
            if row is not None and self.random.random() < 0.2:
                strange = {
                    "new_counter": 10 * now.toordinal() + self.random.randrange(9),
                    "daily_active_users": "many",
                    "weekly_active_users": None,
                }
                rerun = {"etl_id": str(now), "totals_by_ide": json.loads(row)["totals_by_ide"][::-1]}
                account.put(day, json.loads(row) | self.random.choice((strange, rerun)))

    def _truth(self) -> dict[Key, bytes]:
        """The row of each wanted day, for as far back as the API can be asked."""
        now = self.connector.clock.now()
        first = max(Date.fromisoformat(self.since), now.date().subtract(days=365))
        wanted = [Date.fromordinal(n).isoformat() for n in range(first.toordinal(), now.date().toordinal())]
        found = {
            (login, day): self._accounts[login].report_row(day, now.timestamp())
            for login in self.logins
            for day in wanted
        }
        return {key: row for key, row in found.items() if row is not None}

    def _told(self, row: bytes) -> bytes:
        return told(row, self.stream)

    def _saved(self) -> Json:
        """The state before a sync, by account."""
        if not self.connector.state:
            return {}
        saved: Json = self.connector.state[0]["stream"]["stream_state"][ACCOUNTS[self.stream].settings]
        return saved

    def _believed(self, troubles: list[Trouble], before: Json) -> dict[Key, bytes]:
        """Rows of 28-day reports that nothing in this sync shows to be wrong, or that are the only ones to be had."""
        now, believed = self.connector.clock.now(), dict[Key, bytes]()
        for login in self.logins:
            rows = self._file_rows(login, now)
            odd_days = {trouble.day for trouble in troubles if trouble.login == login and trouble.kind in MISSES_A_DAY}
            if self._is_shown_to_be_wrong(login, rows, before.get(login, {})):
                rows = {day: row for day, row in rows.items() if day in odd_days}
            believed |= {(login, day): row for day, row in rows.items()}
        return believed

    def _file_rows(self, login: str, now: DateTime) -> dict[str, bytes]:
        account = self._accounts[login]
        made = account.file_instant(now)
        end = made.date().subtract(days=account.file_lag_days)
        span = [end.subtract(days=back).isoformat() for back in range(28)]
        rows = {day: account.file_row(day, made.timestamp()) for day in span if day >= self.since}
        return {day: row for day, row in rows.items() if row is not None}

    def _all_file_rows(self) -> set[Key]:
        now = self.connector.clock.now()
        return {(login, day) for login in self.logins for day in self._file_rows(login, now)}

    def _is_shown_to_be_wrong(self, login: str, rows: dict[str, bytes], before: Json) -> bool:
        """By its date, by a day that closes in this sync or, at the first sync, by its newest day."""
        account, now = self._accounts[login], self.connector.clock.now()
        has_date = account.file_shape_28_days == "day_totals"
        if has_date and (now.date() - account.file_instant(now).date()).days > 3:
            return True
        final, closed = now.date().subtract(days=21).isoformat(), days(before.get("closed", []))
        compared = [day for day in rows if day <= final and day not in closed]
        if rows and not before.get("endpoint"):
            compared.append(max(rows))
        truths = {day: account.report_row(day, now.timestamp()) for day in compared}
        return any(truth and self._told(truth) != self._told(rows[day]) for day, truth in truths.items())

    def _hold(self, outcome: Outcome, troubles: list[Trouble], believed: dict[Key, bytes], *, killed: bool) -> None:
        """No row is made up, altered or sent twice; where nothing kept it, none is missing or out of date."""
        truth, today = self._truth(), self.connector.clock.now().date()
        self.destination.take(outcome, truth, today, killed=killed, from_file=believed)
        for key, kept in self._kept.items():
            assert self.destination.table[key] == kept, f"{key} vanished at GitHub and is altered"
        if killed:
            return
        said = "\n".join(error["message"] for error in outcome.errors)
        failing = {trouble.login for trouble in troubles if trouble.kind in FAILS}
        assert all(login in said.lower() for login in failing), f"{failing} failed and it was not said: {said}"
        assert not outcome.failed or any(trouble.kind in (*MAY_FAIL, *MISSES_A_DAY) for trouble in troubles), said
        ailing = {trouble.login for trouble in troubles if trouble.kind in MAY_FAIL} | self._given_up(troubles)
        missed = {(trouble.login, trouble.day) for trouble in troubles if trouble.kind in MISSES_A_DAY}
        # Its few days may lie between those that are tried, as long as the 28-day report has none of them either.
        ailing |= {login for login in self.logins if not self._saved().get(login, {}).get("endpoint")} - {
            login for login, _ in self._all_file_rows()
        }
        waiting = {(login, day) for login, saved in self._saved().items() for day in saved.get("no_report_since", ())}
        for key, row in truth.items():
            is_filled_in = (
                key in waiting and key[1] <= str(today.subtract(days=21)) and key not in self.destination.table
            )
            if key[0] not in ailing and key not in missed and not is_filled_in:
                assert key in self.destination.table, f"{key} is missing"
                right = [(self._told(known), is_settled(key[1], today)) for known in (row, believed.get(key)) if known]
                is_told_unchanged = key in believed and self.destination.has_unsaved(key)
                assert is_told_unchanged or self.destination.table[key] in right, f"{key} is out of date"

    def _given_up(self, troubles: list[Trouble]) -> set[str]:
        """Where neither the 28-day report nor the one day that is tried then can be had, no other day is asked."""
        no_file = {trouble.login for trouble in troubles if trouble.kind == "file odd"}
        return no_file & {trouble.login for trouble in troubles if trouble.kind in MISSES_A_DAY}

    def _end(self) -> None:
        """After quiet syncs all is there and done. Rows of days that are by now beyond the horizon stay as they are."""
        self.script.troubles.clear()
        self.script.kills.clear()
        self._is_over = True
        for days_later in (1, 2, 24, 31, 38):
            self._sync(SYNCS, self.script.syncs[-1].add(days=days_later))
        today = self.connector.clock.now().date()
        horizon = max(self._accounts["acme"].first_day, str(today.subtract(days=365)))
        expected = {
            (login, day): (content(columns(row, self.stream), self.stream), is_settled(day, today))
            for login, account in self._accounts.items()
            for day, row in account.truth().items()
            if day >= self.since
        } | self._kept
        beyond = {key for key in self.destination.table if key[1] < horizon}
        assert self.script.is_deep or not beyond
        self.met["beyond the horizon"] = len(beyond)
        assert {key: row for key, row in self.destination.table.items() if key not in beyond} == expected
        assert self.destination.log.total() == len(self.destination.log) + self.destination.repeated
        for login, saved in self._saved().items():
            holes_too = days([{"from": max(self.since, horizon), "through": str(today.subtract(days=35))}])
            rows = {day for name, day in expected.keys() - self._kept.keys() if name == login and day >= horizon}
            old = (
                {*holes_too, *(day for day in rows if day <= str(today.subtract(days=21)))} if login != NEVER else set()
            )
            assert old <= days(saved["closed"]), f"{login}: {old - days(saved['closed'])} are not closed"
            assert not saved["failed"], f"{login}: {saved['failed']} are still failed"


class _Killer:
    """Ends a sync after so many messages; 0 lets it live."""

    def __init__(self, messages: int) -> None:
        self._left, self.struck = messages, False

    def __call__(self, message: Json) -> bool:
        self._left -= 1
        self.struck = self._left == 0
        return self.struck
