"""The report page, up to the browser: what is read of the tables, what is refused, and that no text gets out."""

import base64
import hashlib
import json
import re
import subprocess
import sys
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "examples" / "usage_report"))

import copilot
import edge_impulse
import page
import tables
import values
import warehouse

COPILOT_DAYS = """CREATE TABLE copilot_days (organization VARCHAR, date DATE, is_settled BOOLEAN,
    source_endpoint VARCHAR, retrieved_at TIMESTAMP, daily_active_users BIGINT, totals_by_feature JSON,
    _airbyte_extracted_at TIMESTAMP)"""
ORG_METRICS = """CREATE TABLE org_metrics (organization_id BIGINT, observed_at TIMESTAMP, project_visibility VARCHAR,
    exclude_edge_impulse_users BOOLEAN, total_storage DECIMAL(38, 9), _airbyte_extracted_at TIMESTAMP)"""
DAY = "INSERT INTO copilot_days VALUES ('acme', '{}', true, 'usage_reports', '{}', {}, {}, '{}')"
SNAPSHOT = "INSERT INTO org_metrics VALUES (101, '{}', '{}', false, {}, '{}')"
NOON = "2026-11-20 12:00:00"
HOSTILE = "</script><img src=x onerror=alert(1)><!-- &amp;"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "usage.duckdb"


def write(path: Path, *statements: str, schema: str = "usage_metrics") -> None:
    with duckdb.connect(str(path)) as database:
        database.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
        database.execute(f"USE {schema}")
        for statement in statements:
            database.execute(statement)


def day(day: str, people: Any = 1, features: str = "NULL", read_at: str = NOON) -> str:
    return DAY.format(day, read_at, people, features, read_at)


def report(path: Path, schema: str | None = None) -> dict[str, Any]:
    return tables.read(str(path), schema)


def refused(path: Path, schema: str | None = None) -> str:
    with pytest.raises(warehouse.Unreadable) as refusal:
        tables.read(str(path), schema)
    return str(refusal.value)


def test_only_the_latest_version_of_an_appended_day_counts(path: Path) -> None:
    revised = day("2026-11-01", 9, read_at="2026-11-21 12:00:00")
    write(path, COPILOT_DAYS, revised, day("2026-11-01", 4), day("2026-11-02", 5))

    (acme,) = report(path)["copilot"]

    assert acme["days"] == ["2026-11-01", "2026-11-02"]
    assert acme["series"]["daily_active_users"] == [9, 5]


def test_what_the_table_does_not_hold_is_null_and_never_zero(path: Path) -> None:
    features = """'[{"feature": "code_completion", "code_generation_activity_count": 7}, {"feature": "chat_inline"}]'"""
    write(path, COPILOT_DAYS, day("2026-11-01", "NULL", features))

    (acme,) = report(path)["copilot"]

    assert acme["series"]["daily_active_users"] == [None]
    assert acme["series"]["cli_sessions"] == [None]
    assert acme["breakdowns"]["feature"]["names"] == ["chat_inline", "code_completion"]
    assert acme["breakdowns"]["feature"]["rows"] == [[0, 0, None, None, None], [0, 1, 7, None, None]]


def test_a_breakdown_adds_up_the_items_of_one_name_and_passes_over_what_is_no_item(path: Path) -> None:
    features = """'["odd", {"feature": "chat_inline", "user_initiated_interaction_count": 2},
        {"feature": "chat_inline", "user_initiated_interaction_count": "3", "code_generation_activity_count": true},
        {}]'"""
    write(path, COPILOT_DAYS, day("2026-11-01", 1, features), day("2026-11-02", 1, "'{}'"))

    (acme,) = report(path)["copilot"]

    assert acme["breakdowns"]["feature"]["names"] == ["(none)", "chat_inline"]
    assert acme["breakdowns"]["feature"]["rows"] == [[0, 0, None, None, None], [0, 1, None, None, 5]]


def test_engagement_phases_and_tokens_are_found_inside_their_objects() -> None:
    row: dict[str, Any] = dict.fromkeys(copilot.wanted("copilot_days"))
    row |= {"organization": "acme", "date": date(2026, 11, 1), "is_settled": True, "source_endpoint": "usage_reports"}
    row["totals_by_cli"] = {"token_usage": {"prompt_tokens_sum": 7}}
    row["copilot_feature_engagement"] = json.dumps(
        {"active_user_count": 9, "totals_by_feature": [{"feature": "chat", "engaged_user_count": 4}]}
    )
    row["totals_by_ai_adoption_phase"] = [{"phase": "Phase 1", "users_in_phase_28d": 5}]

    (acme,) = copilot.by_owner([row], "copilot_days")

    assert acme["series"]["cli_tokens_sent"] == [7]
    assert acme["series"]["engagement_active"] == [9]
    assert acme["breakdowns"]["engagement"] == {"names": ["chat"], "rows": [[0, 0, 4]]}
    assert acme["breakdowns"]["phase"] == {"names": ["Phase 1"], "rows": [[0, 0, 5, None]]}


def test_the_plans_limits_are_those_of_the_last_snapshot() -> None:
    row: dict[str, Any] = dict.fromkeys(edge_impulse.wanted())
    row |= {"organization_id": 101, "organization_name": "Acme", "project_count": 4, "total_storage": Decimal("1.50")}
    limits = [{"numberOfProjects": 10}, {"numberOfProjects": 20, "totalStorage": 0, "numberOfUsers": "many"}]
    rows = [
        row | {"observed_at": datetime(2026, 11, day), "entitlement_limits": json.dumps(one)}  # noqa: DTZ001
        for day, one in enumerate(limits, 1)
    ]

    (acme,) = edge_impulse.by_organization(reversed(rows))

    assert acme["name"] == "Acme (101)"
    assert acme["observed_at"] == ["2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z"]
    assert acme["series"]["total_storage"] == [1.5, 1.5]
    assert acme["limits"] == {"project_count": 20}


def test_instants_are_in_utc_whatever_zone_a_driver_gives() -> None:
    zone = timezone(timedelta(hours=2))
    assert values.plain(datetime(2026, 11, 1, 1, 30, tzinfo=zone)) == "2026-10-31T23:30:00Z"


def test_snapshots_that_count_different_things_are_kept_apart(path: Path) -> None:
    write(
        path,
        ORG_METRICS,
        SNAPSHOT.format("2026-11-19 08:00:00", "all", 1, NOON),
        SNAPSHOT.format("2026-11-19 09:00:00", "all", 2.5, NOON),
        SNAPSHOT.format("2026-11-19 09:00:00", "public", 1, NOON),
    )

    found = report(path)

    assert found["copilot"] == []
    assert [(one["name"], one["series"]["total_storage"]) for one in found["edge_impulse"]] == [
        ("101", [2.5]),
        ("101 (public projects)", [1]),
    ]


def test_an_enterprise_stands_apart_from_the_organizations(path: Path) -> None:
    enterprise = COPILOT_DAYS.replace("copilot_days", "copilot_enterprise_days").replace("organization", "enterprise")
    of_enterprise = day("2026-11-01", 3).replace("copilot_days", "copilot_enterprise_days")
    write(path, COPILOT_DAYS, day("2026-11-01", 2), enterprise, of_enterprise)

    found = report(path)["copilot"]

    assert [(one["kind"], one["series"]["daily_active_users"]) for one in found] == [
        ("enterprise", [3]),
        ("organization", [2]),
    ]


def test_known_breaks_come_from_the_seed_with_their_place_in_it_and_none_without_it(path: Path, tmp_path: Path) -> None:
    seed = tmp_path / "breaks.csv"
    seed.write_text(
        "date,what,affected_columns,source_url\n"
        '2026-10-06,Later.,"loc_added_sum, totals_by_cli",there\n'
        '2026-07-02,"Earlier, more",totals_by_ide;one,here\n'
        "2026-08-01,Nothing on the page,totals_by_skill,nowhere\n"
    )
    write(path, COPILOT_DAYS, day("2026-11-01"))

    assert tables.read(str(path), None, seed)["breaks"] == [
        {
            "number": 1,
            "date": "2026-07-02",
            "what": "Earlier, more",
            "affects": ["totals_by_ide", "one"],
            "source": "here",
        },
        {
            "number": 3,
            "date": "2026-10-06",
            "what": "Later",
            "affects": ["loc_added_sum", "totals_by_cli"],
            "source": "there",
        },
    ]
    assert tables.read(str(path), None, tmp_path / "none.csv")["breaks"] == []
    assert {"2026-07-02", "2026-10-06"} <= {one["date"] for one in report(path)["breaks"]}


def test_it_says_of_when_and_where_the_numbers_are(path: Path) -> None:
    write(path, COPILOT_DAYS, day("2026-11-01"), schema="stand_in")

    found = report(path)

    assert found["as_of"] == "2026-11-20T12:00:00Z"
    assert found["source"] == {
        "database": "usage.duckdb",
        "schema": "stand_in",
        "tables": ["copilot_days"],
        "is_made_up": True,
    }


def test_real_tables_are_preferred_to_made_up_ones_and_another_schema_can_be_chosen(path: Path) -> None:
    write(path, COPILOT_DAYS, day("2026-11-01", 1), schema="stand_in")
    write(path, COPILOT_DAYS, day("2026-11-01", 2))

    assert report(path)["copilot"][0]["series"]["daily_active_users"] == [2]
    assert report(path, "stand_in")["copilot"][0]["series"]["daily_active_users"] == [1]
    assert "--schema stand_in or usage_metrics" in refused(path, "somewhere")


def test_a_file_that_is_not_there_says_how_to_get_one(path: Path) -> None:
    assert "make sync" in refused(path)


def test_a_file_of_something_else_is_refused(path: Path) -> None:
    path.write_text("not a database" * 1000)

    assert "can't be opened as a DuckDB database" in refused(path)


def test_a_database_without_the_tables_is_refused(path: Path) -> None:
    write(path, "CREATE TABLE others (one BIGINT)")

    assert "no table copilot_days or org_metrics" in refused(path)


def test_empty_tables_make_no_page_and_no_failure_either(path: Path) -> None:
    write(path, COPILOT_DAYS, ORG_METRICS)

    assert "are empty" in refused(path)
    command = [sys.executable, str(Path(tables.__file__).parent), "--database", str(path)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert "are empty" in done.stdout
    assert not path.with_suffix(".html").exists()


def test_a_database_that_a_sync_is_writing_is_said_to_be_in_use(path: Path) -> None:
    write(path, COPILOT_DAYS, day("2026-11-01"))
    holds = "import duckdb, sys; held = duckdb.connect(sys.argv[1]); print('held', flush=True); sys.stdin.read()"
    holder = subprocess.Popen(
        [sys.executable, "-c", holds, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        assert "is in use" in refused(path)
    finally:
        holder.communicate()


def test_no_text_of_the_data_can_leave_its_element(path: Path) -> None:
    made = page.made_of({"copilot": [{"name": HOSTILE}]}, "/* the library */")

    data = re.search(r'<script type="application/json" id="data">(.*?)</script>', made, flags=re.DOTALL)
    assert data is not None
    assert json.loads(data[1]) == {"copilot": [{"name": HOSTILE}]}
    assert not set("<>&") & set(data[1])
    assert "<img" not in made


def test_the_page_runs_its_own_scripts_and_no_others() -> None:
    made = page.made_of({}, "/* the library */")

    scripts = re.findall(r"<script>(.*?)</script>", made, flags=re.DOTALL)
    allowed = re.findall(r"'sha256-([^']+)'", made.split("<style>")[0])
    assert [base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts] == allowed
    assert len(allowed) == 2
    assert "default-src 'none'" in made
    assert not re.search(r"(src|href)=[\"']?(https?:)?//", made)


def test_what_dbt_has_made_of_the_tables_is_no_second_source(path: Path) -> None:
    write(path, COPILOT_DAYS, day("2026-11-01", 3), schema="stand_in")
    write(path, "CREATE VIEW copilot_days AS SELECT * FROM stand_in.copilot_days", schema="usage_models")

    made = report(path)

    assert made["source"]["schema"] == "stand_in"
    assert made["source"]["is_made_up"]
