"""The made-up enterprise of `make sync` is believable: its numbers agree with each other, and with GitHub's history."""

import subprocess
import sys
from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import cache, partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import pendulum
import pytest

from integration_tests.harness import Connector
from integration_tests.standin import StandIn, demo, demo_snapshots
from integration_tests.standin.demo_people import IDES, LANGUAGES, MODELS, ORGANIZATIONS
from integration_tests.standin.usage import ALL, COUNTERS, PROMPTS, Row

NOW = pendulum.datetime(2026, 11, 24, 6)
FIRST, LAST = date(2025, 12, 12), date(2026, 11, 20)
NAMES = ("globex", *ORGANIZATIONS)
WEEK = ("2026-11-09", "2026-11-10", "2026-11-11", "2026-11-12", "2026-11-13", "2026-11-14", "2026-11-15")
AGENTS = ("chat_panel_agent_mode", "agent_edit")


@pytest.fixture(scope="module")
def year() -> Callable[[str], dict[str, Row]]:
    """Each day's row of an account, by its name; days without a report have none."""
    apis = StandIn()
    apis.now = NOW
    demo.build(apis)
    accounts = apis.github.organizations | apis.github.enterprises
    try:
        return cache(lambda name: {day: row for day, row in accounts[name].truth().items() if str(FIRST) <= day})
    finally:
        apis.close()


def summed(entries: list[Row], name: str) -> int:
    return sum(entry[name] for entry in entries)


def of(row: Row, *features: str) -> list[Row]:
    return [entry for entry in row["totals_by_feature"] if entry["feature"] in features]


def monthly(rows: dict[str, Row], month: str, count: Callable[[Row], float]) -> float:
    return sum(count(row) for day, row in rows.items() if day.startswith(month))


@pytest.mark.parametrize("name", NAMES)
def test_breakdowns_agree_with_the_day(year: Callable[[str], dict[str, Row]], name: str) -> None:
    for row in year(name).values():
        for counter in ALL:
            assert summed(row["totals_by_feature"], counter) == row[counter]
            assert summed(row["totals_by_ide"], counter) <= row[counter]
            assert summed(row["totals_by_model_feature"], counter) <= row[counter]
        for counter in COUNTERS:
            assert summed(row["totals_by_language_model"], counter) <= row[counter]
            for feature in row["totals_by_feature"]:
                languages = [x for x in row["totals_by_language_feature"] if x["feature"] == feature["feature"]]
                assert summed(languages, counter) == feature[counter]


@pytest.mark.parametrize("name", NAMES)
def test_people_are_counted_as_people(year: Callable[[str], dict[str, Row]], name: str) -> None:
    for day, row in year(name).items():
        assert row["daily_active_users"] <= row["weekly_active_users"] <= row["monthly_active_users"]
        assert row["monthly_active_chat_users"] <= row["monthly_active_users"]
        assert row["monthly_active_agent_users"] <= row["monthly_active_chat_users"]
        assert 0 < row.get("daily_active_cli_users", 1) <= row["daily_active_users"] or not row["daily_active_users"]
        if day >= "2026-08-01":
            phases = row["totals_by_ai_adoption_phase"]
            assert summed(phases, "total_engaged_users") == row["daily_active_users"]
            assert summed(phases, "users_in_phase_28d") == row["monthly_active_users"]


@pytest.mark.parametrize("name", NAMES)
def test_a_longer_period_has_no_fewer_people(year: Callable[[str], dict[str, Row]], name: str) -> None:
    seen = set()
    for day, row in year(name).items():
        for family in [column.removeprefix("weekly_") for column in row if column.startswith("weekly_")]:
            daily, weekly, monthly = (row[f"{span}_{family}"] for span in ("daily", "weekly", "monthly"))
            assert daily <= weekly <= monthly, (day, family)
            seen.add(family)
    assert {"active_copilot_code_review_users", "passive_copilot_code_review_users"} < seen
    assert 0 < row["monthly_passive_copilot_code_review_users"] < row["monthly_active_users"]


def test_a_week_s_people_are_between_the_most_of_a_day_and_the_sum(year: Callable[[str], dict[str, Row]]) -> None:
    daily = [year("globex")[day]["daily_active_users"] for day in WEEK]
    assert max(daily) < year("globex")[WEEK[-1]]["weekly_active_users"] < sum(daily)


def test_the_enterprise_counts_each_person_once(year: Callable[[str], dict[str, Row]]) -> None:
    for day, row in year("globex").items():
        parts = [year(name)[day] for name in ORGANIZATIONS]
        for column in ("daily_active_users", "monthly_active_users", "code_generation_activity_count"):
            assert max(part[column] for part in parts) <= row[column] <= sum(part[column] for part in parts)
    both = [sum(year(name)[day]["monthly_active_users"] for name in ORGANIZATIONS) for day in WEEK]
    once = [year("globex")[day]["monthly_active_users"] for day in WEEK]
    assert 1.05 < sum(both) / sum(once) < 1.25


def accepted(entries: list[Row]) -> float:
    """The share of completions."""
    found = [one for one in entries if one["feature"] == "code_completion"]
    return summed(found, "code_acceptance_activity_count") / summed(found, "code_generation_activity_count")


def test_between_a_quarter_and_a_third_of_completions_is_accepted(year: Callable[[str], dict[str, Row]]) -> None:
    for name in NAMES:
        completions = [one for row in year(name).values() for one in of(row, "code_completion")]
        assert 0.25 <= accepted(completions) <= 0.35
        assert all(one["loc_added_sum"] < one["loc_suggested_to_add_sum"] for one in completions)
    for row in year("globex").values():
        if row["daily_active_users"] > 20:
            assert 0.25 <= accepted(row["totals_by_feature"]) <= 0.35


def test_some_languages_and_organizations_accept_more_completions_than_others(
    year: Callable[[str], dict[str, Row]],
) -> None:
    shares = [accepted([x for row in year(name).values() for x in row["totals_by_feature"]]) for name in ORGANIZATIONS]
    assert min(b - a for a, b in pairwise(sorted(shares))) > 0.015
    for name in NAMES:
        entries = [one for row in year(name).values() for one in row["totals_by_language_feature"]]
        by_language = [accepted([one for one in entries if one["language"] == language]) for language in LANGUAGES]
        assert max(by_language) - min(by_language) > 0.08
        assert len({round(share, 2) for share in by_language}) >= 5


def test_use_grows_over_the_year_and_rests_at_weekends(year: Callable[[str], dict[str, Row]]) -> None:
    rows = year("globex")
    assert rows["2026-11-18"]["monthly_active_users"] > 2 * rows["2025-12-18"]["monthly_active_users"]
    weekend = [day for day in rows if date.fromisoformat(day).weekday() >= 5]
    share = sum(rows[day]["daily_active_users"] for day in weekend) / len(weekend)
    share /= sum(row["daily_active_users"] for day, row in rows.items() if day not in weekend) / (
        len(rows) - len(weekend)
    )
    assert 0.05 < share < 0.2


def test_organizations_are_unequal(year: Callable[[str], dict[str, Row]]) -> None:
    large, middle, small = (year(name)["2026-11-18"]["monthly_active_users"] for name in ORGANIZATIONS)
    assert large > 1.5 * middle > 3 * small > 0


def lines_added(features: tuple[str, ...], row: Row) -> int:
    return summed(of(row, *features), "loc_added_sum")


def test_agents_and_the_command_line_rise(year: Callable[[str], dict[str, Row]]) -> None:
    rows = year("globex")
    for earlier, later in (("2026-01", "2026-05"), ("2026-05", "2026-09")):
        for features in (AGENTS, ("copilot_cli",)):
            added = [monthly(rows, month, partial(lines_added, features)) for month in (earlier, later)]
            assert added[0] * 1.5 < added[1]


def test_six_languages_four_editors_and_three_models_of_which_the_newer_win(
    year: Callable[[str], dict[str, Row]],
) -> None:
    rows = year("globex")
    assert {entry["language"] for row in rows.values() for entry in row["totals_by_language_feature"]} == set(LANGUAGES)
    assert {entry["ide"] for row in rows.values() for entry in row["totals_by_ide"]} == set(IDES)

    def leads(month: str) -> str:
        return max(
            MODELS,
            key=lambda model: monthly(
                rows, month, lambda row: sum(x[PROMPTS] for x in row["totals_by_model_feature"] if x["model"] == model)
            ),
        )

    assert [leads(month) for month in ("2025-12", "2026-06", "2026-11")] == list(MODELS)


def test_tokens_and_pull_requests_are_of_a_plausible_size(year: Callable[[str], dict[str, Row]]) -> None:
    for row in year("globex").values():
        if cli := row.get("totals_by_cli"):
            assert 5_000 < cli["token_usage"]["prompt_tokens_sum"] / cli["request_count"] < 60_000
            assert 100 < cli["token_usage"]["output_tokens_sum"] / cli["request_count"] < 1_000
        pulls = row["pull_requests"]
        assert pulls["total_created_by_copilot"] <= pulls["total_created"]
        assert pulls["total_merged_created_by_copilot"] <= pulls["total_merged"]
        assert pulls["total_copilot_suggestions"] <= pulls["total_suggestions"]
        assert ("median_minutes_to_merge" in pulls) == (pulls["total_merged"] > 0)


def test_some_of_copilot_s_pull_requests_are_merged_later_and_some_never(
    year: Callable[[str], dict[str, Row]],
) -> None:
    for name in NAMES:
        created = merged = 0
        for row in year(name).values():
            created += row["pull_requests"]["total_created_by_copilot"]
            merged += row["pull_requests"]["total_merged_created_by_copilot"]
            assert merged <= created
        assert 0.5 < merged / created < 0.85
    weeks: dict[str, list[int]] = {}
    for day, row in year("globex").items():
        week = weeks.setdefault(date.fromisoformat(day).strftime("%G-%V"), [0, 0])
        week[0] += row["pull_requests"]["total_created_by_copilot"]
        week[1] += row["pull_requests"]["total_merged_created_by_copilot"]
    busy = [week for week in weeks.values() if week[0] >= 15]
    assert len(busy) > 15
    assert len({round(week[1] / week[0], 2) for week in busy}) > 5
    days = [row["pull_requests"] for row in year("globex").values()]
    assert any(one["total_merged_created_by_copilot"] > one["total_created_by_copilot"] for one in days)
    assert max(one.get("median_minutes_to_merge_copilot_authored", 0) for one in days) > 24 * 60


@pytest.mark.parametrize(
    ("field", "since"),
    [
        ("daily_active_copilot_code_review_users", "2026-02-20"),
        ("totals_by_copilot_app", "2026-07-17"),
        ("totals_by_vscode_agent", "2026-09-11"),
        ("totals_by_mcp", "2026-09-17"),
    ],
)
def test_a_field_appears_when_github_introduced_it(
    year: Callable[[str], dict[str, Row]], field: str, since: str
) -> None:
    days = [day for day, row in year("globex").items() if field in row]
    assert since <= min(days) < str(date.fromisoformat(since) + timedelta(days=14))


def test_two_days_are_missing_and_a_holiday_is_idle(year: Callable[[str], dict[str, Row]]) -> None:
    wanted = {str(FIRST + timedelta(days=days)) for days in range((LAST - FIRST).days + 1)}
    for name in NAMES:
        assert wanted - set(year(name)) == {"2026-07-14", "2026-07-15"}
        christmas = year(name)["2025-12-25"]
        assert [christmas[counter] for counter in ("daily_active_users", *ALL)] == [0] * 8
        assert christmas["weekly_active_users"] > 0
        assert christmas["totals_by_feature"] == []


@pytest.fixture
def enterprise(apis: StandIn) -> StandIn:
    demo.build(apis)
    return apis


def test_a_revision_adds_the_use_that_came_late(enterprise: StandIn) -> None:
    tuesday = "2026-11-17"
    for account in (*enterprise.github.organizations.values(), *enterprise.github.enterprises.values()):
        before = account.truth(pendulum.datetime(2026, 11, 21, 11))[tuesday]
        after = account.truth(pendulum.datetime(2026, 11, 21, 12))[tuesday]
        assert before["daily_active_users"] < after["daily_active_users"]
        assert before["code_generation_activity_count"] < after["code_generation_activity_count"]


def test_the_connector_knows_every_field(enterprise: StandIn, connector: Connector) -> None:
    config = enterprise.config()
    config["github"]["since"] = "2026-10-20"

    outcome = connector.sync(config=config)

    rows = [*outcome.records("copilot_days"), *outcome.records("copilot_enterprise_days")]
    assert {row.get("organization", row.get("enterprise")) for row in rows} == set(NAMES)
    assert not [row["additional_fields"] for row in rows if row.get("additional_fields")]
    (engaged,) = [row["copilot_feature_engagement"] for row in rows if row.get("copilot_feature_engagement")][-1:]
    assert engaged["active_user_count"] >= max(entry["engaged_user_count"] for entry in engaged["totals_by_feature"])
    assert len(outcome.records("org_metrics")) == 2


@pytest.mark.parametrize("day", ["2026-01-15", "2026-11-09", "2026-11-24", "2027-03-01"])
def test_thirty_snapshots_grow_and_show_a_renewed_contract(day: str) -> None:
    last = datetime.fromisoformat(f"{day}T10:00:00+00:00")
    for organization_id, is_renewed in zip(demo_snapshots.EDGE_IMPULSE, (True, False), strict=True):
        found = [demo_snapshots.metrics(organization_id, last - timedelta(days=ago)) for ago in range(29, -1, -1)]
        for name in ("totalJobsComputeTime", "totalStorage", "projectCount", "userCount"):
            assert [one[name] for one in found] == sorted(one[name] for one in found)
        since = [one["jobsComputeTimeCurrentYearSince"] for one in found]
        assert since == sorted(since)
        assert (len(set(since)) > 1) == is_renewed


@pytest.mark.parametrize("day", ["2026-01-15", "2026-11-09", "2026-11-24", "2027-03-01"])
def test_edge_impulse_organizations_are_unequal_and_within_their_limits(enterprise: StandIn, day: str) -> None:
    enterprise.now = pendulum.instance(datetime.fromisoformat(f"{day}T10:00:00+00:00"))
    first, second = ((one.metrics, one.information()) for one in enterprise.edge_impulse.organizations.values())
    for name in ("totalJobsComputeTime", "totalStorage", "projectCount", "userCount"):
        assert first[0][name] > 1.5 * second[0][name] > 0
    limits = [information["entitlementLimits"] for _, information in (first, second)]
    assert not limits[0].items() & limits[1].items()
    for (used, _), limit in zip((first, second), limits, strict=True):
        assert used["totalStorage"] < limit["totalStorage"]
        assert used["jobsComputeTimeCurrentYear"] < limit["computeTimePerYear"]
        assert used["gpuComputeTimeCurrentContract"] < limit["gpuComputeTimePerYear"]
        assert used["projectCount"] < limit["numberOfProjects"]
        assert used["userCount"] < limit["numberOfUsers"]


def test_the_snapshots_of_the_weeks_before_are_added_once(tmp_path: Path) -> None:
    path, columns = tmp_path / "usage.duckdb", ", ".join(f"{name} VARCHAR" for name in demo_snapshots.COLUMNS.values())
    with duckdb.connect(str(path)) as database:
        database.execute("CREATE SCHEMA stand_in; USE stand_in")
        database.execute(
            f"""CREATE TABLE org_metrics (organization_id BIGINT, observed_at TIMESTAMP, organization_name VARCHAR,
                _airbyte_extracted_at TIMESTAMP, _airbyte_raw_id VARCHAR, {columns})"""
        )
        for number in (201, 202, 999):
            database.execute(f"INSERT INTO org_metrics BY NAME SELECT {number} AS organization_id, TIMESTAMP "
                             "'2026-11-24 10:00:00' AS observed_at, 'Devices' AS organization_name")  # fmt: skip

    def added() -> str:
        command = [sys.executable, demo_snapshots.__file__, "--database", str(path), "--schema", "stand_in"]
        return subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path).stdout

    assert "58 earlier snapshots added" in added()
    assert added() == ""
    with duckdb.connect(str(path)) as database:
        query = """SELECT organization_id, count(*), min(observed_at), any_value(organization_name),
            count(DISTINCT total_storage) FROM stand_in.org_metrics GROUP BY 1 ORDER BY 1"""
        rows: list[Any] = database.execute(query).fetchall()
    first = datetime.fromisoformat("2026-10-26T10:00:00")
    assert [row[:4] for row in rows[:2]] == [(201, 30, first, "Devices"), (202, 30, first, "Devices")]
    assert rows[0][4] == 29
    assert rows[2][1] == 1
