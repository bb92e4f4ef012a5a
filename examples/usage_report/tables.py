"""Reads what the report shows from the tables in DuckDB: numbers as they are, null where the tables have none."""

import csv
import re
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

Json = dict[str, Any]
# Whose days a table of Copilot has: the column that names them.
COPILOT = {"copilot_enterprise_days": "enterprise", "copilot_days": "organization"}
STREAMS = (*COPILOT, "org_metrics")
MADE_UP = "stand_in"
KNOWN_BREAKS = Path(__file__).parents[2] / "dbt/seeds/copilot_known_breaks.csv"

COLUMNS = (
    "daily_active_users",
    "weekly_active_users",
    "monthly_active_users",
    "total_active_users",
    "total_engaged_users",
    "user_initiated_interaction_count",
    "loc_suggested_to_add_sum",
    "loc_added_sum",
    "loc_deleted_sum",
    "daily_active_cli_users",
)
# What stands inside an object: the page's name, the column, the path in it.
MEMBERS = (
    ("cli_sessions", "totals_by_cli", "session_count"),
    ("cli_requests", "totals_by_cli", "request_count"),
    ("cli_prompts", "totals_by_cli", "prompt_count"),
    ("cli_tokens_sent", "totals_by_cli", "token_usage.prompt_tokens_sum"),
    ("cli_tokens_written", "totals_by_cli", "token_usage.output_tokens_sum"),
    ("created", "pull_requests", "total_created"),
    ("created_by_copilot", "pull_requests", "total_created_by_copilot"),
    ("merged", "pull_requests", "total_merged"),
    ("merged_created_by_copilot", "pull_requests", "total_merged_created_by_copilot"),
    ("reviewed", "pull_requests", "total_reviewed"),
    ("reviewed_by_copilot", "pull_requests", "total_reviewed_by_copilot"),
    ("minutes_to_merge", "pull_requests", "median_minutes_to_merge"),
    ("minutes_to_merge_authored", "pull_requests", "median_minutes_to_merge_copilot_authored"),
    ("minutes_to_merge_reviewed", "pull_requests", "median_minutes_to_merge_copilot_reviewed"),
)
SNAPSHOT = (
    "total_jobs_compute_time",
    "jobs_compute_time_current_year",
    "cpu_compute_time_current_contract",
    "gpu_compute_time_current_contract",
    "total_storage",
    "project_count",
    "user_count",
)
GENERATED, ACCEPTED = "code_generation_activity_count", "code_acceptance_activity_count"
# Per breakdown: the column, what names an item, which items count. As in docs/queries.md, languages are of completions.
BREAKDOWNS = {
    "language": ("totals_by_language_feature", "language", "(item ->> 'feature') = 'code_completion'"),
    "feature": ("totals_by_feature", "feature", "true"),
    "ide": ("totals_by_ide", "ide", "true"),
    "model": ("totals_by_model_feature", "model", "true"),
}
OLDER = {"older_language": "language", "older_ide": "ide", "older_model": "model"}


class Unreadable(Exception):
    """Why there is no report, and what to do: a sentence for the user."""


class NothingYet(Unreadable):
    """The tables are there, and hold no row so far."""


def read(path: Path, schema: str | None, breaks: Path = KNOWN_BREAKS) -> Json:
    """Everything on the page: source, as_of, breaks, copilot (by enterprise and organization), edge_impulse.

    Edge Impulse is by organization and what counts.
    Lists of one organization go together, one entry a day or a snapshot, ascending. Raises Unreadable.
    """
    with _opened(path) as database:
        schema, there = _tables(database, path, schema)
        database.execute("SET TimeZone = 'UTC'")
        database.execute(f"USE {quoted(schema)}")
        copilot = [one for table in COPILOT if table in there for one in CopilotDays(database, table).owners()]
        edge_impulse = _edge_impulse(database) if "org_metrics" in there else []
        if not copilot and not edge_impulse:
            raise NothingYet(f"The tables of schema {schema} in {path} are empty, so there is nothing to report yet.")
        last = [database.execute(f"SELECT max(_airbyte_extracted_at) FROM {table}").fetchall()[0][0] for table in there]
    return {
        "source": {"database": path.name, "schema": schema, "is_made_up": schema == MADE_UP},
        "as_of": plain(max(filter(None, last), default=None)),
        "breaks": known_breaks(breaks),
        "members": {name: column for name, column, _ in MEMBERS},
        "copilot": copilot,
        "edge_impulse": edge_impulse,
    }


def known_breaks(path: Path) -> list[Json]:
    """The days on which GitHub's numbers changed their meaning, and which columns did; none without the file."""
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as lines:
        rows = sorted(list(csv.reader(lines))[1:])
    return [
        {"date": day, "what": what.rstrip("."), "affects": re.findall(r"[a-z0-9_]+", affected), "source": source}
        for day, what, affected, source, *_ in rows
    ]


def _opened(path: Path) -> duckdb.DuckDBPyConnection:
    if not path.is_file():
        raise Unreadable(f"{path} isn't there: sync first (make sync), or name the file with --database.")
    try:
        return duckdb.connect(str(path), read_only=True)
    except duckdb.Error as error:
        if "lock" in str(error):
            raise Unreadable(
                f"{path} is in use: wait for the sync, or close the program that has it open, and try again."
            ) from None
        raise Unreadable(f"{path} can't be opened as a DuckDB database: is it another file?") from None


def _tables(database: duckdb.DuckDBPyConnection, path: Path, schema: str | None) -> tuple[str, list[str]]:
    """The schema to read, and which of the streams have a table in it."""
    # A view of that name is dbt's, made of such a table.
    query = """SELECT table_schema, table_name FROM information_schema.tables
        WHERE table_name IN (?, ?, ?) AND table_type = 'BASE TABLE' ORDER BY ALL"""
    found: dict[str, list[str]] = {}
    for name, table in database.execute(query, STREAMS).fetchall():
        found.setdefault(name, []).append(table)
    if not found:
        raise Unreadable(f"{path} has no table copilot_days or org_metrics: sync into it first (make sync).")
    wanted = schema or ("usage_metrics" if len(found) > 1 else next(iter(found)))
    if wanted not in found:
        there = " or ".join(sorted(found))
        raise Unreadable(
            f"{path} has no table copilot_days or org_metrics in schema {wanted}. Choose --schema {there} "
            f"(make report SCHEMA={min(found)})."
        )
    return wanted, found[wanted]


class CopilotDays:
    """The latest version of each day of a table of Copilot. A column that the table doesn't have is null."""

    def __init__(self, database: duckdb.DuckDBPyConnection, table: str) -> None:
        self._database, self._owner = database, COPILOT[table]
        self._there = {row[0] for row in database.execute(f"DESCRIBE {table}").fetchall()}
        database.execute(f"""CREATE OR REPLACE TEMP TABLE latest AS SELECT *, {self._owner} AS owner FROM {table}
            WHERE true QUALIFY row_number() OVER
            (PARTITION BY owner, date ORDER BY _airbyte_extracted_at DESC, retrieved_at DESC) = 1""")

    def owners(self) -> list[Json]:
        """The organizations, or the enterprises, each with its days and its breakdowns."""
        organizations: dict[str, Json] = {}
        names = [*COLUMNS, *(name for name, _, _ in MEMBERS)]
        for login, day, settled, endpoint, *values in self._days():
            one = organizations.setdefault(login, _nobody(self._owner, login, names))
            one["days"].append(plain(day))
            one["settled"].append(bool(settled))
            one["older"].append(endpoint == "metrics")
            for name, value in zip(names, values, strict=True):
                one["series"][name].append(plain(value))
        for kind in BREAKDOWNS:
            self._add(kind, self._breakdown(*BREAKDOWNS[kind]), organizations)
        for kind, level in OLDER.items():
            self._add(kind, self._older(level), organizations)
        return list(organizations.values())

    def _days(self) -> list[Any]:
        columns = [self._column(name) for name in COLUMNS]
        columns += [f"try_cast({self._column(column)} ->> '$.{path}' AS DOUBLE)" for _, column, path in MEMBERS]
        query = (
            f"SELECT owner, date, is_settled, {self._column('source_endpoint')}, {', '.join(columns)} FROM latest"
            " ORDER BY 1, 2"
        )
        return self._database.execute(query).fetchall()

    def _column(self, name: str) -> str:
        return name if name in self._there else "CAST(NULL AS JSON)"

    def _breakdown(self, column: str, name: str, counts: str) -> list[Any]:
        query = f"""SELECT owner, date, coalesce(item ->> '{name}', '(none)') AS name,
            sum(try_cast(item ->> '{GENERATED}' AS BIGINT)), sum(try_cast(item ->> '{ACCEPTED}' AS BIGINT))
            FROM latest CROSS JOIN unnest(try_cast({self._column(column)} AS JSON[])) AS items(item)
            WHERE {counts} GROUP BY ALL ORDER BY ALL"""
        return self._database.execute(query).fetchall()

    def _older(self, level: str) -> list[Any]:
        """Suggestions and acceptances, which the older endpoint has by editor, in it by model, in it by language."""
        query = f"""WITH editors AS (SELECT owner, date, unnest(try_cast(
                {self._column("copilot_ide_code_completions")} -> 'editors' AS JSON[])) AS ide FROM latest),
            models AS (SELECT *, unnest(try_cast(ide -> 'models' AS JSON[])) AS model FROM editors),
            languages AS (SELECT *, unnest(try_cast(model -> 'languages' AS JSON[])) AS language FROM models)
            SELECT owner, date, coalesce({level} ->> 'name', '(none)'),
            sum(try_cast(language ->> 'total_code_suggestions' AS BIGINT)),
            sum(try_cast(language ->> 'total_code_acceptances' AS BIGINT)) FROM languages GROUP BY ALL ORDER BY ALL"""
        return self._database.execute(query).fetchall()

    @staticmethod
    def _add(kind: str, rows: Iterable[Any], organizations: dict[str, Json]) -> None:
        """Rows as positions: of the day, of the name; then what was generated, and what of it accepted."""
        days = {login: {day: at for at, day in enumerate(one["days"])} for login, one in organizations.items()}
        for login, day, name, generated, accepted in rows:
            breakdown = organizations[login]["breakdowns"].setdefault(kind, {"names": {}, "rows": []})
            at = breakdown["names"].setdefault(name, len(breakdown["names"]))
            breakdown["rows"].append([days[login][plain(day)], at, plain(generated), plain(accepted)])
        for one in organizations.values():
            if kind in one["breakdowns"]:
                one["breakdowns"][kind]["names"] = list(one["breakdowns"][kind]["names"])


def _nobody(kind: str, login: str, names: list[str]) -> Json:
    series: dict[str, list[Any]] = {name: [] for name in names}
    return {"kind": kind, "name": login, "days": [], "settled": [], "older": [], "series": series, "breakdowns": {}}


def _edge_impulse(database: duckdb.DuckDBPyConnection) -> list[Json]:
    """The last snapshot of each UTC day, by organization and by what was counted: those can't be compared."""
    there = {row[0] for row in database.execute("DESCRIBE org_metrics").fetchall()}
    columns = [name if name in there else "NULL" for name in ("jobs_compute_time_current_year_since", *SNAPSHOT)]
    counted = "organization_id, coalesce(project_visibility, 'all'), coalesce(exclude_edge_impulse_users, false)"
    query = f"""SELECT {counted}, observed_at, {", ".join(columns)} FROM org_metrics WHERE true QUALIFY row_number()
        OVER (PARTITION BY {counted}, CAST(observed_at AS DATE)
        ORDER BY observed_at DESC, _airbyte_extracted_at DESC) = 1
        ORDER BY 1, 2, 3, 4"""
    organizations: dict[tuple[Any, ...], Json] = {}
    for identity, visibility, without_staff, observed_at, since, *values in database.execute(query).fetchall():
        one = organizations.setdefault(
            (identity, visibility, without_staff),
            {"name": _counted(identity, visibility, without_staff), "observed_at": [], "contract_since": [],
             "series": {name: [] for name in SNAPSHOT}},
        )  # fmt: skip
        one["observed_at"].append(plain(observed_at))
        one["contract_since"].append(plain(since))
        for name, value in zip(SNAPSHOT, values, strict=True):
            one["series"][name].append(plain(value))
    return list(organizations.values())


def _counted(identity: int, visibility: str, without_staff: bool) -> str:
    ways = [f"{visibility} projects"] if visibility != "all" else []
    ways += ["without Edge Impulse's staff"] if without_staff else []
    return f"{identity} ({', '.join(ways)})" if ways else str(identity)


def quoted(name: str) -> str:
    """A name as SQL has it."""
    return '"' + name.replace('"', '""') + '"'


def plain(value: Any) -> Any:
    """A value as JSON has it: days and instants (UTC) in ISO 8601, whole numbers without a fraction."""
    if isinstance(value, datetime):
        return value.replace(tzinfo=None).isoformat(timespec="seconds") + "Z"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (Decimal, float)):
        return int(value) if value == int(value) else float(value)
    return value
