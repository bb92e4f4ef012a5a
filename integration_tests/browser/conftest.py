"""One real sync into DuckDB, report pages made of it by the command, and a browser to open them."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pendulum
import pytest

from integration_tests.browser.chromium import Chromium
from integration_tests.browser.tables import SCHEMA, Report
from integration_tests.standin import StandIn

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / ".venvs/pyairbyte/bin/python"
CONNECTOR = ROOT / ".venvs/connector/bin/source-usage-metrics"
HOSTILE = '</script><img src=x onerror="window.harmed = true"><b>'
HISTORY = 120
# Nobody can sync for weeks in a test: the snapshots of the weeks before are made of the one that came, day by day less,
# with a contract that was renewed ten days ago.
WEEKS_BEFORE = """
UPDATE org_metrics SET jobs_compute_time_current_year = 11, cpu_compute_time_current_contract = 8,
    gpu_compute_time_current_contract = 3, jobs_compute_time_current_year_since = observed_at - INTERVAL 11 DAY;
INSERT INTO org_metrics BY NAME
SELECT * EXCLUDE (ago) REPLACE (
    observed_at - to_days(ago) AS observed_at,
    project_count - ago AS project_count,
    total_storage * (1 - ago / 100) AS total_storage,
    CASE WHEN ago > 10 THEN 5000 - ago ELSE 11 - ago END AS jobs_compute_time_current_year,
    CAST(CASE WHEN ago > 10 THEN '2024-01-01' ELSE jobs_compute_time_current_year_since END AS TIMESTAMP)
        AS jobs_compute_time_current_year_since
) FROM org_metrics, (SELECT CAST(unnest(range(1, 31)) AS INTEGER) AS ago)
"""


# How many days ago GitHub's numbers changed, and the columns; the first and the last are outside what the tables have.
BREAKS = (
    (300, "daily_active_users"),
    (60, "daily_active_users; totals_by_cli"),
    (45, "totals_by_feature"),
    (-9, "totals_by_cli"),
)
# The enterprise's days: acme's, in which everybody counts once.
ENTERPRISE = """CREATE TABLE copilot_enterprise_days AS SELECT * EXCLUDE (organization, source_endpoint)
    REPLACE (daily_active_users + 1000 AS daily_active_users), 'initech' AS enterprise
    FROM copilot_days WHERE organization = 'acme'"""


Made = Callable[..., Report]


def _run(*command: Path | str, folder: Path) -> str:
    environment = os.environ | {"AIRBYTE_LOGGING_ROOT": str(folder / "logs")}
    done = subprocess.run(list(map(str, command)), env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="session")
def synced(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What one sync left: acme from the usage reports, beta from the older endpoint, two Edge Impulse organizations."""
    for needed in (PYTHON, CONNECTOR):
        if not needed.exists():
            pytest.fail(f"{needed} is missing: make browser-test makes the environments and runs these tests")
    folder = tmp_path_factory.mktemp("browser")
    today = pendulum.today("UTC").date()
    ago = [str(today.subtract(days=days)) for days in range(HISTORY + 1)]
    with StandIn() as apis:
        acme = apis.github.add_organization("acme", organization_id="1001", since=ago[HISTORY])
        beta = apis.github.add_organization("beta", organization_id="1002", since=ago[50])
        beta.reports, beta.metrics = "closed", "open"
        acme.never(ago[40])
        acme.never(ago[39])
        odd = acme.truth()[ago[20]]
        odd["totals_by_language_feature"] = [item | {"language": HOSTILE} for item in odd["totals_by_language_feature"]]
        acme.put(ago[20], odd)
        apis.edge_impulse.add_organization(101, "Acme devices")
        apis.edge_impulse.add_organization(102, "Beta devices")
        config = apis.config()
        config["github"]["since"] = ago[HISTORY]
        (folder / "config.json").write_text(json.dumps(config))
        _run(PYTHON, ROOT / "examples/sync_to_duckdb.py", "--config", folder / "config.json", "--schema", SCHEMA,
             "--database", folder / "usage.duckdb", "--connector", CONNECTOR, folder=folder)  # fmt: skip
    _change(folder / "usage.duckdb", WEEKS_BEFORE)
    return folder / "usage.duckdb"


def known_breaks() -> list[tuple[str, str, str, str]]:
    """Date, what changed, which columns, where that is told."""
    today = pendulum.today("UTC").date()
    return [
        (str(today.subtract(days=ago)), f"Change {ago} days ago", columns, f"https://example.com/{ago}")
        for ago, columns in BREAKS
    ]


def _change(database: Path, *statements: str) -> None:
    with duckdb.connect(str(database)) as opened:
        opened.execute(f"USE {SCHEMA}")
        for statement in statements:
            opened.execute(statement)


@pytest.fixture(scope="session")
def made(synced: Path, tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Makes the page, by the command, of what was synced, or of a copy that is changed first."""

    def make(*statements: str) -> Report:
        folder = tmp_path_factory.mktemp("report")
        database, page, breaks = folder / "usage.duckdb", folder / "usage.html", folder / "breaks.csv"
        breaks.write_text(
            "date,what,affected_columns,source_url\n"
            + "".join(f"{day},{what},{affects},{source}\n" for day, what, affects, source in known_breaks())
        )
        shutil.copy(synced, database)
        _change(database, *statements)
        said = _run(
            PYTHON,
            ROOT / "examples/usage_report",
            "--database",
            database,
            "--schema",
            SCHEMA,
            "--out",
            page,
            "--known-breaks",
            breaks,
            folder=folder,
        )
        assert str(page) in said
        return Report(database, page)

    return make


@pytest.fixture(scope="session")
def report(made: Made) -> Report:
    """The page of what was synced."""
    return made()


@pytest.fixture(scope="session")
def browser() -> Iterator[Chromium]:
    """One for all tests; each opens its page anew."""
    with Chromium() as chromium:
        yield chromium


@pytest.fixture
def opened(browser: Chromium, report: Report) -> Chromium:
    """The page of what was synced, just opened on a desktop in light colours: all days, one by one."""
    browser.open(report.page)
    browser.period("all")
    browser.by("day")
    return browser
