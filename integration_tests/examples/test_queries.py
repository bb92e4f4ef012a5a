"""The queries of docs/queries.md, on what whole syncs bring: run on DuckDB, parsed for BigQuery and Snowflake."""

import csv
import json
import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import pendulum
import pytest
import sqlglot
from sqlglot.optimizer.qualify import qualify

from integration_tests.clock import TurnedClock
from integration_tests.harness import Connector, Json
from integration_tests.standin import StandIn
from integration_tests.standin.usage import ENTERPRISE_ID
from source_usage_metrics.schema import load_schema

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "queries.md"
DIALECTS = ("DuckDB", "BigQuery", "Snowflake")
STREAMS = ("copilot_days", "copilot_enterprise_days", "org_metrics")
SEED = ROOT / "dbt" / "seeds" / "copilot_known_breaks.csv"
BREAKS = ("date", "what", "affected_columns", "source_url")
# As PyAirbyte makes them.
TYPES = {"string": "VARCHAR", "integer": "BIGINT", "number": "DECIMAL(38,9)", "boolean": "BOOLEAN"}
FORMATS = {"date": "DATE", "date-time": "TIMESTAMP"}
NEW_FIELD = "brand_new_count"


class Query(NamedTuple):
    """One block of the page: the number of its question, the dialect, and its text."""

    number: int
    dialect: str
    text: str

    def __str__(self) -> str:
        return f"{self.number}-{self.dialect}"


def queries() -> list[Query]:
    found = []
    for section in re.split(r"^### ", PAGE.read_text(), flags=re.MULTILINE)[1:]:
        number = int(section.split(".")[0])
        for dialects, text in re.findall(r"```sql\n-- ([^\n]+)\n(.+?)```", section, flags=re.DOTALL):
            found += [Query(number, dialect, text) for dialect in dialects.split(", ")]
    return found


QUERIES = queries()
ON_DUCKDB = [query for query in QUERIES if query.dialect == "DuckDB"]


def columns(stream: str) -> dict[str, str]:
    """The columns of a stream's table in DuckDB, in the schema's order."""
    properties = load_schema(stream)["properties"].items()
    own = {name: FORMATS.get(how.get("format", ""), _type(how)) for name, how in properties}
    return {**own, "_airbyte_extracted_at": "TIMESTAMP"}


def _type(how: Mapping[str, Any]) -> str:
    (kind,) = {how["type"]} if isinstance(how["type"], str) else set(how["type"]) - {"null"}
    return TYPES.get(kind, "JSON")


class Warehouse:
    """A DuckDB in memory: all versions of each record in the schema `appended`, the latest of each in `deduped`.

    truth: what GitHub said of each account's days at the last sync, by name.
    """

    def __init__(
        self, syncs: list[tuple[pendulum.DateTime, dict[str, list[Json]]]], truth: dict[str, dict[str, Json]]
    ) -> None:
        self.database, self.truth = duckdb.connect(), truth
        self.records = {stream: [(at, row) for at, sync in syncs for row in sync[stream]] for stream in STREAMS}
        keys_of = {"copilot_days": ("organization", "date"), "copilot_enterprise_days": ("enterprise", "date")}
        for stream, keys in {**keys_of, "org_metrics": ()}.items():
            latest = {tuple(row[key] for key in keys) or number: (at, row)
                      for number, (at, row) in enumerate(self.records[stream])}  # fmt: skip
            self._load(f"appended.{stream}", self.records[stream])
            self._load(f"deduped.{stream}", list(latest.values()))
        for schema in ("appended", "deduped"):
            self.database.execute(f"CREATE TABLE {schema}.copilot_known_breaks AS FROM read_csv('{SEED}')")

    def _load(self, table: str, records: list[tuple[pendulum.DateTime, Json]]) -> None:
        schema, stream = table.split(".")
        shape = columns(stream)
        self.database.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
        self.database.execute(f"CREATE TABLE {table} ({', '.join(f'{name} {kind}' for name, kind in shape.items())})")
        rows = [[*[_value(row.get(name)) for name in shape][:-1], at.naive()] for at, row in records]
        self.database.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(shape))})", rows)

    def answer(self, text: str, schema: str = "deduped") -> list[Json]:
        """The rows of a query as objects."""
        self.database.execute(f"USE {schema}")
        found = self.database.execute(text)
        names = [column[0] for column in found.description or ()]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    def latest(self, stream: str) -> list[Json]:
        """The rows of copilot_days, the latest version of each day."""
        return list({(row["organization"], row["date"]): row for _, row in self.records[stream]}.values())


def _value(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, (dict, list)) else value


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """What three syncs brought: with a day without a report, a revised day, a new field, and a renewed contract."""
    clock = TurnedClock(pendulum.datetime(2026, 11, 16, 6))
    with StandIn() as apis:
        apis.now = clock.now
        acme = apis.github.add_organization("acme", organization_id="1001", since="2026-09-20")
        beta = apis.github.add_organization("beta", organization_id="1002", since="2026-09-20")
        globex = apis.github.add_enterprise("globex", enterprise_id=ENTERPRISE_ID, since="2026-09-20")
        acme.never("2026-10-14")
        acme.never("2026-10-15")
        acme.put("2026-10-20", {**acme.truth()["2026-10-20"], NEW_FIELD: 7})
        factory = apis.edge_impulse.add_organization(101, "Acme devices")
        connector = Connector(apis, clock, tmp_path_factory.mktemp("queries"))
        connector.since = "2026-09-20"
        syncs = []
        for renewed in (False, False, True):
            if renewed:
                since = "2026-11-20T00:00:00.000Z"
                factory.metrics = factory.truth() | {
                    "jobsComputeTimeCurrentYear": 5,
                    "jobsComputeTimeCurrentYearSince": since,
                }
            outcome = connector.sync()
            assert not outcome.failed
            syncs.append((clock.now(), {stream: outcome.records(stream) for stream in STREAMS}))
            truth = {account.name: account.truth() for account in (acme, beta, globex)}
            for account in (acme, globex):
                account.revise("2026-11-10", clock.now())
            clock.turn_to(clock.now().add(days=3))
    return Warehouse(syncs, truth)


def _text(number: int, dialect: str = "DuckDB") -> str:
    (text,) = [query.text for query in QUERIES if query.number == number and query.dialect == dialect]
    return text


def _sums(rows: list[Json], array: str, name: str, counter: str, **having: str) -> dict[str, int]:
    found: Counter[str] = Counter()
    for row in rows:
        for item in row.get(array, []):
            if having.items() <= item.items():
                found[item[name]] += item[counter]
    return dict(found)


def test_each_question_has_a_query_for_each_warehouse() -> None:
    assert len(QUERIES) == len(set(QUERIES))
    assert {(query.number, query.dialect) for query in QUERIES} == {
        (number, dialect) for number in range(1, 21) for dialect in DIALECTS
    }


@pytest.mark.parametrize("query", QUERIES, ids=str)
def test_a_query_is_of_its_dialect_and_names_columns_that_are_there(query: Query) -> None:
    dialect = query.dialect.lower()
    tables: dict[str, object] = {stream: dict.fromkeys(columns(stream), "VARCHAR") for stream in STREAMS}
    tables["copilot_known_breaks"] = dict.fromkeys(BREAKS, "VARCHAR")

    parsed = sqlglot.parse_one(query.text, dialect=dialect)

    qualify(parsed, dialect=dialect, schema=tables, validate_qualify_columns=True)


@pytest.mark.parametrize("query", ON_DUCKDB, ids=str)
def test_a_query_finds_something_in_each_of_its_columns(query: Query, warehouse: Warehouse) -> None:
    rows = warehouse.answer(query.text)

    assert rows
    if query.number != 1:
        assert {name for row in rows for name, value in row.items() if value is not None} == set(rows[0])


def test_an_appended_table_becomes_the_deduplicated_one(warehouse: Warehouse) -> None:
    appended = warehouse.answer("SELECT count(*) AS n FROM copilot_days", "appended")[0]["n"]

    latest = warehouse.answer(_text(1), "appended")

    assert len(latest) < appended
    assert sorted(map(repr, latest)) == sorted(map(repr, warehouse.answer("SELECT * FROM copilot_days")))


def test_days_without_a_report_are_found_and_no_others(warehouse: Warehouse) -> None:
    gap = {"organization": "acme", "missing_from": pendulum.date(2026, 10, 14)}

    assert warehouse.answer(_text(5)) == [gap | {"missing_through": pendulum.date(2026, 10, 15)}]


def test_breakdowns_are_added_up_right(warehouse: Warehouse) -> None:
    rows = warehouse.latest("copilot_days")
    settled = [row for row in rows if row["is_settled"]]
    accepted = {row["language"]: row["accepted"] for row in warehouse.answer(_text(6))}
    prompts: Counter[str] = Counter()
    for row in warehouse.answer(_text(7)):
        prompts[row["feature"]] += row["prompts"]
    lines = {row["ide"]: row["lines_added"] for row in warehouse.answer(_text(8))}
    models: Counter[str] = Counter()
    for row in warehouse.answer(_text(9)):
        models[row["model"]] += row["generated"]

    counter = "code_acceptance_activity_count"
    assert accepted == _sums(settled, "totals_by_language_feature", "language", counter, feature="code_completion")
    assert prompts == _sums(rows, "totals_by_feature", "feature", "user_initiated_interaction_count")
    assert lines == _sums(settled, "totals_by_ide", "ide", "loc_added_sum")
    assert models == _sums(settled, "totals_by_model_feature", "model", "code_generation_activity_count")


def test_a_field_that_is_new_is_found_by_its_name(warehouse: Warehouse) -> None:
    assert warehouse.answer(_text(12)) == [{"name": NEW_FIELD, "first_day": pendulum.date(2026, 10, 20), "days": 1}]


def test_a_renewed_contract_makes_no_negative_use(warehouse: Warehouse) -> None:
    steps = warehouse.answer(_text(14))

    assert [step["is_renewal"] for step in steps] == [False, True]
    assert steps[0]["compute_time_used"] > 0
    assert steps[1]["compute_time_used"] == 5


def test_the_newest_snapshot_is_the_one_that_counts(warehouse: Warehouse) -> None:
    (newest,) = warehouse.answer(_text(13))

    assert newest["observed_at"] == max(row["observed_at"] for row in warehouse.answer("SELECT * FROM org_metrics"))


def test_silence_and_missing_days_are_counted_up_to_today(warehouse: Warehouse) -> None:
    """The clock of the query is turned to the day after the last sync: 2026-11-23."""
    rows = warehouse.answer(_text(17).replace("current_date", "cast('2026-11-23' as date)"))
    assert {row["organization"]: row["days_since_new_day"] for row in rows} == {"acme": 3, "beta": 3}
    assert {row["missing_days"] for row in rows} == {0}

    rows = warehouse.answer(_text(17).replace("current_date", "cast('2026-11-11' as date)"))
    assert {row["organization"]: row["missing_days"] for row in rows} == {"acme": 2, "beta": 0}

    rows = warehouse.answer(_text(17).replace("current_date", "cast('2026-12-10' as date)"))
    assert {row["days_since_new_day"] for row in rows} == {20}
    assert {row["missing_days"] for row in rows} == {15}


def test_sums_over_organizations_are_those_of_their_rows(warehouse: Warehouse) -> None:
    rows = {row["date"]: row for row in warehouse.answer(_text(18))}
    days = warehouse.latest("copilot_days")
    for counter, column in (("user_initiated_interaction_count", "prompts"), ("loc_added_sum", "lines_added")):
        expected: Counter[str] = Counter()
        for day in days:
            expected[day["date"]] += day[counter]
        assert {str(date): row[column] for date, row in rows.items()} == expected
    assert {str(date): row["organizations"] for date, row in rows.items()} == Counter(day["date"] for day in days)


def test_a_chart_has_one_row_a_day_though_a_day_has_two_breaks(warehouse: Warehouse) -> None:
    rows = warehouse.answer(_text(19))
    with SEED.open(encoding="utf-8", newline="") as file:
        breaks = {row["date"] for row in csv.DictReader(file)}
    assert len(rows) == len(warehouse.latest("copilot_days"))
    days = {str(row["date"]) for row in rows}
    assert {str(row["date"]) for row in rows if row["what_changed"]} == breaks & days != set()


def test_the_enterprise_is_compared_with_the_sum_over_its_organizations(warehouse: Warehouse) -> None:
    own = {day: row["loc_added_sum"] for day, row in warehouse.truth["globex"].items()}
    added: Counter[str] = Counter()
    for name in ("acme", "beta"):
        added.update({day: row["loc_added_sum"] for day, row in warehouse.truth[name].items()})
    rows = warehouse.answer(_text(20))
    assert [str(row["date"]) for row in rows] == sorted(own)
    for row in rows:
        day = str(row["date"])
        organizations = sum(day in warehouse.truth[name] for name in ("acme", "beta"))
        assert (row["enterprise"], row["organizations"]) == ("globex", organizations)
        assert (row["sum_over_organizations"], row["enterprise_number"]) == (added[day], own[day])
        assert row["ratio"] == (pytest.approx(added[day] / own[day]) if own[day] else None)
    assert {row["organizations"] for row in rows} == {1, 2}


def test_the_share_of_the_plan_is_what_the_organization_has_of_its_limits(warehouse: Warehouse) -> None:
    (share,) = warehouse.answer(_text(16))
    newest = warehouse.records["org_metrics"][-1][1]
    limits = newest["entitlement_limits"]

    assert share["organization_name"] == "Acme devices"
    assert share["storage_share"] == pytest.approx(newest["total_storage"] / limits["totalStorage"])
    assert share["project_share"] == pytest.approx(newest["project_count"] / limits["numberOfProjects"])
    assert share["user_share"] == pytest.approx(newest["user_count"] / limits["numberOfUsers"])
