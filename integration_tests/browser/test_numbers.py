"""The charts hold the tables' numbers, of the organization and the period that are chosen."""

import pendulum
import pytest

from integration_tests.browser.chromium import Chromium
from integration_tests.browser.conftest import ENTERPRISE, Made, known_breaks
from integration_tests.browser.tables import BREAKDOWNS, Report, known

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
COMPLETIONS = """(SELECT CAST(item ->> '{}' AS BIGINT) FROM unnest(CAST(totals_by_feature AS JSON[])) AS items(item)
    WHERE (item ->> 'feature') = 'code_completion')"""
# Card, series, and what the table has for it.
SERIES = (
    ("active-users", "Daily", "daily_active_users"),
    ("active-users", "Weekly", "weekly_active_users"),
    ("active-users", "Monthly", "monthly_active_users"),
    ("completions", "Suggested", COMPLETIONS.format("code_generation_activity_count")),
    ("completions", "Accepted", COMPLETIONS.format("code_acceptance_activity_count")),
    ("lines", "Added", "loc_added_sum"),
    ("cli-people", "People", "daily_active_cli_users"),
    ("cli-sessions", "Sessions", "CAST(totals_by_cli ->> '$.session_count' AS BIGINT)"),
    ("created", "By Copilot", "CAST(pull_requests ->> '$.total_created_by_copilot' AS BIGINT)"),
    ("merged", "All", "CAST(pull_requests ->> '$.total_merged' AS BIGINT)"),
)


def test_every_day_of_the_table_is_drawn_with_its_numbers(report: Report, opened: Chromium) -> None:
    for card, series, column in SERIES:
        table = known(report.days(column))
        assert table, series
        assert known(opened.days(card, series)) == table, (card, series)


def test_a_day_without_a_report_is_a_gap_and_an_idle_day_is_a_zero(report: Report, opened: Chromium) -> None:
    table, drawn = report.days("daily_active_users"), opened.days("active-users", "Daily")
    missing = [day for day in drawn if day not in table]
    zeros = {day for day, value in table.items() if value == 0}
    bands = opened.layout("active-users")["shapes"]

    assert len(missing) == 2
    assert [drawn[day] for day in missing] == [None, None]
    assert {trace["connectgaps"] for trace in opened.traces("active-users")} == {False}
    assert {day for day, value in drawn.items() if value == 0} == zeros != set()
    assert "no report of 2 days" in opened.text("#copilot .period")
    assert any(band["x0"][:10] <= missing[0] and missing[1] <= band["x1"][:10] for band in bands)


def test_unsettled_days_are_marked(report: Report, opened: Chromium) -> None:
    unsettled = known(opened.days("active-users", "Daily", "unsettled"))
    settled = known(opened.days("active-users", "Daily", "settled"))

    assert unsettled == report.days("daily_active_users", "NOT is_settled") != {}
    assert settled == report.days("daily_active_users", "is_settled")
    assert "not settled yet" in opened.text("#active-users .key")


def test_what_was_generated_and_accepted_is_the_tables_sum(report: Report, opened: Chromium) -> None:
    for card in BREAKDOWNS:
        assert opened.bars(card) == report.generated_and_accepted(card) != {}, card


def test_the_rate_is_the_sum_of_the_accepted_by_the_sum_of_the_suggested(report: Report, opened: Chromium) -> None:
    generated, accepted = report.generated_and_accepted("by-feature")["code_completion"]

    assert f"Acceptance rate\n{accepted / generated:.0%}" in opened.text("#copilot-tiles")


def test_known_breaks_are_marked_on_their_day_in_the_charts_that_they_affect(opened: Chromium) -> None:
    (_, first, second, _) = known_breaks()
    marked = {
        card: opened.break_marks(card)
        for card in ("active-users", "cli-people", "cli-sessions", "completions", "created")
    }

    assert marked["active-users"] == {"2": first[0]}
    assert marked["cli-sessions"] == {"2": first[0]}
    assert marked["completions"] == {"3": second[0]}
    assert marked["cli-people"] == marked["created"] == {}
    (said,) = (note["hovertext"] for note in opened.layout("active-users")["annotations"])
    assert "Change 60 days ago" in said
    dates = opened.run("return [...document.querySelectorAll('#breaks time')].map(one => one.dateTime)")
    assert dates == [first[0], second[0]]
    assert "Change 45 days ago. https://example.com/45" in opened.text("#breaks")
    opened.custom_period(first[0], second[0])
    assert opened.break_marks("active-users") == {}
    opened.period("settled28")
    assert not opened.is_shown("#breaks")


def test_an_enterprise_has_its_own_numbers_and_says_that_they_count_people_once(made: Made, browser: Chromium) -> None:
    report = made(ENTERPRISE)
    browser.forget()

    browser.open(report.page)
    browser.choose("copilot-organization", "Enterprise initech (each person counted once)")

    people = report.sql("SELECT date, daily_active_users FROM copilot_enterprise_days ORDER BY 1")
    assert known(browser.days("active-users", "Daily")) == dict(people) != known(report.days("daily_active_users"))
    assert not browser.is_shown("#who-counts")
    browser.choose("copilot-organization", "acme")
    assert known(browser.days("active-users", "Daily")) == known(report.days("daily_active_users"))
    assert "choose the enterprise initech" in browser.text("#who-counts")
    assert browser.errors() == []


def test_choosing_an_organization_changes_the_charts(report: Report, opened: Chromium) -> None:
    opened.choose("copilot-organization", "beta")

    people = report.days("total_active_users", organization="beta")
    assert known(opened.days("older-users", "Active")) == people != {}
    assert "beta" in opened.text("#copilot-title")
    assert not opened.is_shown("#active-users")
    assert not opened.is_shown("#cli-part")
    opened.choose("copilot-organization", "acme")
    assert known(opened.days("active-users", "Daily")) == report.days("daily_active_users")
    assert not opened.is_shown("#older-part")


def test_choosing_a_period_changes_charts_and_sums(report: Report, opened: Chromium) -> None:
    last = pendulum.Date.fromisoformat(list(report.days("1", "is_settled"))[-1])
    wanted = [str(last.subtract(days=ago)) for ago in range(27, -1, -1)]

    opened.period("settled28")

    assert list(opened.days("active-users", "Daily")) == wanted
    within = f"is_settled AND date BETWEEN '{wanted[0]}' AND '{wanted[-1]}'"
    assert opened.bars("by-feature") == report.generated_and_accepted("by-feature", within)
    opened.period("last90")
    assert len(opened.days("active-users", "Daily")) == 90
    assert list(opened.days("active-users", "Daily"))[-1] == list(report.days("1"))[-1]


def test_a_custom_period_has_both_its_days(report: Report, opened: Chromium) -> None:
    every = list(report.days("1"))

    opened.custom_period(every[3], every[9])

    people = report.days("daily_active_users", f"date BETWEEN '{every[3]}' AND '{every[9]}'")
    assert known(opened.days("active-users", "Daily")) == people
    opened.custom_period(every[9], every[3])
    assert "after the last one" in opened.text("#custom-problem")
    opened.custom_period("2020-01-01", "2020-01-31")
    assert "acme has no day from 1 Jan 2020 to 31 Jan 2020" in opened.text("#copilot .empty")


def test_snapshots_are_those_of_the_table(report: Report, opened: Chromium) -> None:
    cards = {"projects": "project_count", "storage": "total_storage", "contract": "jobs_compute_time_current_year"}
    for organization in (101, 102):
        opened.choose("edge-impulse-organization", str(organization))
        for card, column in cards.items():
            table = report.snapshots(column, organization)
            trace = opened.traces(card)[0]
            points = zip(trace["x"], trace["y"], strict=True)
            drawn = [(at.removesuffix("Z"), value) for at, value in points if value is not None]
            assert len(table) == 31
            assert drawn == [(at, pytest.approx(value)) for at, value in table], (organization, card)


def test_a_renewed_contract_is_marked_and_its_counter_starts_anew(report: Report, opened: Chromium) -> None:
    (since,) = report.sql(
        "SELECT max(jobs_compute_time_current_year_since) FROM org_metrics WHERE organization_id = 101"
    )
    (renewal,) = opened.layout("contract")["shapes"]

    assert renewal["x0"][:10] == renewal["x1"][:10] == since[0][:10]
    assert [note["text"] for note in opened.layout("contract")["annotations"]] == ["contract renewed"]
    assert "Contract renewed on" in opened.text("#edge-impulse .period")
    assert None in opened.traces("contract")[0]["y"]


def test_the_numbers_stand_there_as_a_table_too(report: Report, opened: Chromium) -> None:
    opened.run("document.querySelector('#active-users .numbers').open = true")
    opened.wait_for("#active-users table")
    cells = opened.cells("#active-users tbody tr")

    table = report.days("daily_active_users")
    assert {day: people for day, people, *_, settled in cells if settled != "no report"} == {
        day: str(people) for day, people in table.items()
    }
    assert [people for _, people, *_, settled in cells if settled == "no report"] == ["\u2013", "\u2013"]
