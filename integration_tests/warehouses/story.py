"""One warehouse from its first load to its last, on the machine's clock: the installed connector knows no other."""

import json
import shutil
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pendulum

from integration_tests.harness import ACCOUNTS
from integration_tests.standin import StandIn
from integration_tests.standin.usage import ENTERPRISE_ID
from integration_tests.warehouses.loader import CONNECTOR, ROOT, Loader, Row

NEW_COLUMN = "copilot_hologram_count"
ENTERPRISE = "globex"
LONG_AGO = pendulum.datetime(2026, 1, 1)


class Story:
    """What the warehouse held after each load, and what the APIs would have answered then.

    `acme` and `gamma` are served by the usage reports, `beta` by the older endpoint; `globex` is their enterprise, in a
    table of its own. Between `again` and `later` a new day and a late one of acme's and of globex's arrive and one is
    revised; for `upgraded` the connector has one column more. Days go by their organization, or enterprise, and date.
    """

    def __init__(self, loader: Loader, folder: Path) -> None:
        self.loader, self._folder = loader, folder
        self.records: dict[str, int] = {}
        self.days: dict[str, dict[tuple[str, str], Row]] = {}
        self.snapshots: dict[str, list[Row]] = {}
        self.truth: dict[str, dict[tuple[str, str], Row]] = {}
        self.metrics: dict[str, Row] = {}

    def told(self) -> "Story":
        """Loads four times."""
        await_a_quiet_hour()
        self.today = pendulum.now("UTC").date()
        self.new, self.late, self.revised, self.strange = (self.day(ago) for ago in (1, 8, 6, 4))
        with StandIn() as apis:
            self._tell(apis)
            assert not apis.unexpected
        return self

    def day(self, ago: int) -> str:
        return str(self.today.subtract(days=ago))

    def _tell(self, apis: StandIn) -> None:
        acme = apis.github.add_organization("acme", organization_id="1001", since=self.day(40))
        beta = apis.github.add_organization("beta", organization_id="1002", since=self.day(40))
        gamma = apis.github.add_organization("gamma", organization_id="1003", since=self.day(40))
        globex = apis.github.add_enterprise(ENTERPRISE, enterprise_id=ENTERPRISE_ID, since=self.day(40))
        for account in (acme, beta, gamma, globex):
            account.delay_hours = 24
        beta.reports, beta.metrics = "closed", "open"
        edge_impulse = apis.edge_impulse.add_organization(101)
        self.limits = edge_impulse.entitlement_limits
        for account in (acme, globex):
            for day in (self.new, self.late):
                account.never(day)
            account.put(self.strange, account.truth()[self.strange] | {NEW_COLUMN: 3_000_000_000})
        self._load("first", apis)
        self._load("again", apis)
        for account in (acme, globex):
            for day in (self.new, self.late):
                account.arrives(day, LONG_AGO)
            account.revise(self.revised, LONG_AGO)
        edge_impulse.metrics = edge_impulse.truth() | {"totalStorage": None, "jobsComputeTimeCurrentYear": 0.125}
        self._load("later", apis)
        self._load("upgraded", apis, upgraded(self._folder))

    def _load(self, step: str, apis: StandIn, connector: Path = CONNECTOR) -> None:
        config = apis.config()
        config["github"] |= {"since": self.day(40), "until": self.day(1)}
        github = apis.github
        accounts = (github.organizations["acme"], github.organizations["gamma"], github.enterprises[ENTERPRISE])
        self.truth[step] = {(account.name, day): row for account in accounts for day, row in account.truth().items()}
        older = github.organizations["beta"].truth_metrics()
        self.truth[step] |= {("beta", day): row for day, row in older.items()}
        self.metrics[step] = apis.edge_impulse.organizations[101].truth()
        self.records[step] = self.loader.sync(config, connector=connector)
        self.days[step] = {}
        for stream, (column, _) in ACCOUNTS.items():
            rows = self.loader.table(stream, f"{column}, date")
            days = {(row[column], row["date"]): row for row in rows}
            assert len(days) == len(rows), f"{step}: a day has two rows in {stream}"
            self.days[step] |= days
        self.snapshots[step] = self.loader.table("org_metrics", "observed_at")


def upgraded(folder: Path) -> Path:
    """A later version of the connector: a copy with one column more, run in the installed one's environment."""
    copy = folder / "upgraded"
    shutil.copytree(
        ROOT / "source_usage_metrics", copy / "source_usage_metrics", ignore=shutil.ignore_patterns("*.pyc")
    )
    shutil.copytree(ROOT / "schemas", copy / "schemas")
    for stream in ACCOUNTS:
        path = copy / "schemas" / f"{stream}.json"
        schema = json.loads(path.read_text(encoding="utf-8"))
        schema["properties"][NEW_COLUMN] = {"type": ["null", "integer"], "description": "Came with a later version."}
        path.write_text(json.dumps(schema), encoding="utf-8")
    executable = copy / "source-usage-metrics"
    start = f"import sys; sys.path.insert(0, {str(copy)!r}); from source_usage_metrics.__main__ import run; run()"
    executable.write_text(f"#!{CONNECTOR.parent / 'python'}\n{start}\n")
    executable.chmod(0o755)
    return executable


def await_a_quiet_hour() -> None:
    """Midnight UTC amid the loads would settle a day between two of them: the day's last minutes are waited for."""
    left = (pendulum.tomorrow("UTC") - pendulum.now("UTC")).total_seconds()
    if left < 240:
        time.sleep(left + 1)


def stream_of(name: str) -> str:
    """The stream that has the days of this organization, or enterprise."""
    return "copilot_enterprise_days" if name == ENTERPRISE else "copilot_days"


def of_stream(stream: str, days: Mapping[tuple[str, str], Row]) -> dict[tuple[str, str], Row]:
    """Those of the days that are in the stream's table."""
    return {key: row for key, row in days.items() if stream_of(key[0]) == stream}


def content(truth: Mapping[str, Any], row: Mapping[str, Any]) -> tuple[Row, Row]:
    """What the API said of a day, and what the table holds of it, under the provider's names; nulls left out."""
    said = {name: value for name, value in truth.items() if value is not None and name not in ("day", "date")}
    extra = row["additional_fields"] or {}
    held = {name: value for name, value in row.items() if name in said} | {n: v for n, v in extra.items() if n in said}
    return said, held
