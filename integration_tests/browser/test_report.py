"""The report page shows what the tables hold, in a real browser, and asks nobody for anything."""

from typing import Any

import pendulum
import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from integration_tests.browser.chromium import Chromium
from integration_tests.browser.conftest import HOSTILE, Made, Report

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
PEOPLE = {"Daily": "daily_active_users", "Weekly": "weekly_active_users", "Monthly": "monthly_active_users"}
BREAKDOWNS = {
    "by-language": ("totals_by_language_feature", "language", "(item ->> 'feature') = 'code_completion'"),
    "by-feature": ("totals_by_feature", "feature", "true"),
    "by-ide": ("totals_by_ide", "ide", "true"),
    "by-model": ("totals_by_model_feature", "model", "true"),
}


def days(report: Report, column: str, where: str = "true", organization: str = "acme") -> dict[str, Any]:
    return dict(
        report.sql(
            f"SELECT date, {column} FROM copilot_days WHERE organization = ? AND {where} ORDER BY 1", organization
        )
    )


def without_nulls(drawn: dict[str, Any]) -> dict[str, Any]:
    return {day: value for day, value in drawn.items() if value is not None}


def breakdown(report: Report, card: str, where: str = "is_settled") -> dict[str, tuple[int, int]]:
    column, name, counts = BREAKDOWNS[card]
    query = f"""SELECT item ->> '{name}', sum(CAST(item ->> 'code_generation_activity_count' AS BIGINT)),
        sum(CAST(item ->> 'code_acceptance_activity_count' AS BIGINT)) FROM copilot_days
        CROSS JOIN unnest(CAST({column} AS JSON[])) AS items(item)
        WHERE organization = 'acme' AND {where} AND {counts} GROUP BY 1"""
    return {found: (generated, accepted) for found, generated, accepted in report.sql(query)}


def test_the_page_asks_nobody_for_anything_and_its_console_is_silent(report: Report, browser: Chromium) -> None:
    browser.errors(), browser.requests()

    browser.open(report.page)
    for organization in ("beta", "acme"):
        browser.choose("copilot-organization", organization)
    for period in ("settled28", "last90", "custom", "all"):
        browser.period(period)
    browser.driver.find_element(By.ID, "theme").click()
    for summary in browser.driver.find_elements(By.CSS_SELECTOR, "#active-users summary"):
        summary.click()

    assert browser.errors() == []
    assert browser.requests() == []


@pytest.mark.parametrize("name", PEOPLE)
def test_active_users_are_those_of_the_table(name: str, report: Report, opened: Chromium) -> None:
    table = days(report, PEOPLE[name])

    assert len(table) > 100
    assert without_nulls(opened.days("active-users", name)) == table


def test_a_day_without_a_report_is_a_gap_and_an_idle_day_is_a_zero(report: Report, opened: Chromium) -> None:
    table, drawn = days(report, "daily_active_users"), opened.days("active-users", "Daily")
    missing = [day for day in drawn if day not in table]

    assert len(missing) == 2
    assert [drawn[day] for day in missing] == [None, None]
    assert all(trace.get("connectgaps") is not True for trace in opened.traces("active-users"))
    assert 0 in table.values()
    assert {day for day, value in drawn.items() if value == 0} == {day for day, value in table.items() if value == 0}
    assert "no report of 2 days" in opened.text("#copilot .period")
    assert any(
        shape["x0"][:10] <= missing[0] and missing[1] <= shape["x1"][:10]
        for shape in opened.layout("active-users")["shapes"]
    )


def test_unsettled_days_are_marked(report: Report, opened: Chromium) -> None:
    unsettled = without_nulls(opened.days("active-users", "Daily", "unsettled"))

    assert unsettled == days(report, "daily_active_users", "NOT is_settled") != {}
    assert without_nulls(opened.days("active-users", "Daily", "settled")) == days(
        report, "daily_active_users", "is_settled"
    )
    assert "not settled yet" in opened.text("#active-users .key")


@pytest.mark.parametrize("card", BREAKDOWNS)
def test_what_was_generated_and_accepted_is_the_tables_sum(card: str, report: Report, opened: Chromium) -> None:
    table = breakdown(report, card)
    drawn = opened.bars(card)

    assert len(table) == len(drawn) > 0
    assert sorted(drawn.values()) == sorted(table.values())


def test_the_rate_is_the_sum_of_the_accepted_by_the_sum_of_the_suggested(report: Report, opened: Chromium) -> None:
    generated, accepted = breakdown(report, "by-feature")["code_completion"]

    assert f"Completions accepted\n{accepted / generated:.0%}" in opened.text("#copilot-tiles")


def test_completions_pull_requests_and_the_command_line_are_those_of_the_table(
    report: Report, opened: Chromium
) -> None:
    def item(counter: str) -> str:
        return f"""(SELECT CAST(item ->> '{counter}' AS BIGINT) FROM unnest(CAST(totals_by_feature AS JSON[])) AS items(item)
            WHERE (item ->> 'feature') = 'code_completion')"""

    for card, name, column in (
        ("completions", "Suggested", item("code_generation_activity_count")),
        ("completions", "Accepted", item("code_acceptance_activity_count")),
        ("created", "By Copilot", "CAST(pull_requests ->> '$.total_created_by_copilot' AS BIGINT)"),
        ("cli-people", "People", "daily_active_cli_users"),
        ("cli-sessions", "Sessions", "CAST(totals_by_cli ->> '$.session_count' AS BIGINT)"),
    ):
        table = without_nulls(days(report, column))
        assert without_nulls(opened.days(card, name)) == table != {}


def test_choosing_an_organization_changes_every_chart(report: Report, opened: Chromium) -> None:
    opened.choose("copilot-organization", "beta")

    assert (
        without_nulls(opened.days("older-users", "Active"))
        == days(report, "total_active_users", organization="beta")
        != {}
    )
    assert "beta" in opened.text("#copilot-title")
    assert not opened.is_shown("#active-users")
    assert not opened.is_shown("#cli-part")
    opened.choose("copilot-organization", "acme")
    assert without_nulls(opened.days("active-users", "Daily")) == days(report, "daily_active_users")
    assert not opened.is_shown("#older-part")


def test_choosing_a_period_changes_charts_and_sums(report: Report, opened: Chromium) -> None:
    settled = list(days(report, "1", "is_settled"))
    first, last = str(pendulum.parse(settled[-1]).subtract(days=27))[:10], settled[-1]

    opened.period("settled28")

    assert list(opened.days("active-users", "Daily")) == [str(day)[:10] for day in pendulum.interval(
        pendulum.parse(first), pendulum.parse(last)).range("days")]  # fmt: skip
    within = f"is_settled AND date BETWEEN '{first}' AND '{last}'"
    assert sorted(opened.bars("by-feature").values()) == sorted(breakdown(report, "by-feature", within).values())
    opened.period("last90")
    assert len(opened.days("active-users", "Daily")) == 90


def test_a_custom_period_has_both_its_days(report: Report, opened: Chromium) -> None:
    every = list(days(report, "1"))

    opened.custom_period(every[3], every[9])

    assert without_nulls(opened.days("active-users", "Daily")) == days(
        report, "daily_active_users", f"date BETWEEN '{every[3]}' AND '{every[9]}'"
    )
    opened.custom_period(every[9], every[3])
    assert "after the last one" in opened.text("#custom-problem")
    opened.custom_period("2020-01-01", "2020-01-31")
    assert "acme has no day from 1 Jan 2020 to 31 Jan 2020" in opened.text("#copilot .empty")


def test_snapshots_are_those_of_the_table_and_a_renewed_contract_is_marked(report: Report, opened: Chromium) -> None:
    for organization in (101, 102):
        opened.choose("edge-impulse-organization", str(organization))
        for card, column in (
            ("users", "user_count"),
            ("storage", "total_storage"),
            ("contract", "jobs_compute_time_current_year"),
        ):
            table = report.sql(
                f"SELECT observed_at, CAST({column} AS DOUBLE) FROM org_metrics WHERE organization_id = ? ORDER BY 1",
                organization,
            )
            trace = opened.traces(card)[0]
            drawn = [
                (at.removesuffix("Z"), value)
                for at, value in zip(trace["x"], trace["y"], strict=True)
                if value is not None
            ]
            assert len(table) == 31
            assert drawn == [(at, pytest.approx(value)) for at, value in table]
    (renewal,) = opened.layout("contract")["shapes"]
    assert renewal["x0"] == renewal["x1"]
    assert [note["text"] for note in opened.layout("contract")["annotations"]] == ["contract renewed"]
    assert "Contract renewed on" in opened.text("#edge-impulse .period")


def test_the_numbers_stand_there_as_a_table_too(report: Report, opened: Chromium) -> None:
    opened.run("document.querySelector('#active-users .numbers').open = true")
    opened.driver.find_element(By.CSS_SELECTOR, "#active-users table")
    cells = opened.run(
        "return [...document.querySelectorAll('#active-users tbody tr')].map(row => [...row.cells].map(cell => cell.textContent))"
    )

    table = days(report, "(daily_active_users, is_settled)")
    assert {row[0]: row[1] for row in cells if row[4] != "no report"} == {
        day: str(pair[0]) for day, pair in table.items()
    }
    assert [row[1] for row in cells if row[4] == "no report"] == ["–", "–"]


def test_dark_is_as_the_system_has_it_and_as_one_chooses(report: Report, browser: Chromium) -> None:
    def colours() -> tuple[str, str]:
        return browser.run("return getComputedStyle(document.body).backgroundColor"), browser.layout("active-users")[
            "font"
        ]["color"]

    light = browser.open(report.page) and colours()
    dark = browser.open(report.page, dark=True) and colours()
    assert light[0] != dark[0]
    assert light[1] != dark[1]

    browser.driver.find_element(By.ID, "theme").click()

    assert colours() == light


@pytest.mark.parametrize("organization", ["acme", "beta"])
def test_a_phone_shows_all_of_it_without_scrolling_sideways(
    organization: str, report: Report, browser: Chromium
) -> None:
    browser.open(report.page, width=390)
    browser.choose("copilot-organization", organization)
    browser.run("document.querySelectorAll('details').forEach(one => { one.open = true })")

    assert browser.run("return document.documentElement.scrollWidth") == 390
    assert (
        browser.run(
            "return [...document.querySelectorAll('figure:not([hidden])')].filter(card => card.offsetParent && card.getBoundingClientRect().right > 390).map(card => card.id)"
        )
        == []
    )


def test_it_can_be_used_with_the_keyboard_alone(opened: Chromium) -> None:
    seen = []
    for _ in range(5):
        opened.driver.switch_to.active_element.send_keys(Keys.TAB)
        seen.append(opened.driver.switch_to.active_element)
    before = opened.days("active-users", "Daily")

    assert [one.get_attribute("id") for one in seen[:3]] == [
        "theme",
        "copilot-organization",
        "edge-impulse-organization",
    ]
    assert seen[3].get_attribute("name") == "period"
    seen[3].send_keys(Keys.ARROW_RIGHT)
    assert len(opened.days("active-users", "Daily")) < len(before)


def test_a_hostile_name_is_shown_and_does_nothing(made: Made, browser: Chromium) -> None:
    quoted = HOSTILE.replace("'", "''")
    report = made(f"UPDATE copilot_days SET organization = '{quoted}' WHERE organization = 'acme'")
    browser.errors(), browser.requests()

    browser.open(report.page)
    browser.choose("copilot-organization", HOSTILE)
    for card in ("active-users", "by-language"):
        browser.run(f"document.querySelector('#{card} .numbers').open = true")

    assert HOSTILE in browser.text("#copilot-title")
    assert HOSTILE[:20] in browser.text("#by-language")
    assert browser.run("return window.harmed") is None
    assert browser.run("return document.querySelectorAll('main img, main b, main script').length") == 0
    assert browser.errors() == []
    assert browser.requests() == []


def test_a_table_of_the_older_endpoint_alone_has_its_page(made: Made, browser: Chromium) -> None:
    report = made("DELETE FROM copilot_days WHERE source_endpoint = 'usage_reports'", "DROP TABLE org_metrics")

    browser.open(report.page)

    assert (
        without_nulls(browser.days("older-users", "Engaged"))
        == days(report, "total_engaged_users", organization="beta")
        != {}
    )
    suggested = report.sql("""SELECT sum(CAST(language ->> 'total_code_suggestions' AS BIGINT)) FROM (SELECT unnest(CAST(model -> 'languages' AS JSON[])) AS language
        FROM (SELECT unnest(CAST(ide -> 'models' AS JSON[])) AS model
        FROM (SELECT unnest(CAST(copilot_ide_code_completions -> 'editors' AS JSON[])) AS ide FROM copilot_days WHERE is_settled)))""")
    for card in ("by-older-language", "by-older-ide", "by-older-model"):
        assert sum(generated for generated, _ in browser.bars(card).values()) == suggested[0][0] > 0
    assert not browser.is_shown("#active-users")
    assert not browser.is_shown("#edge-impulse-chooser")
    assert "no snapshots of Edge Impulse" in browser.text("#edge-impulse .empty")
    assert browser.errors() == []


def test_snapshots_alone_have_their_page(made: Made, browser: Chromium) -> None:
    report = made(
        "DROP TABLE copilot_days",
        "DELETE FROM org_metrics WHERE observed_at < (SELECT max(observed_at) FROM org_metrics)",
    )

    browser.open(report.page)

    assert "no days of GitHub Copilot" in browser.text("#copilot .empty")
    assert "One snapshot so far" in browser.text("#edge-impulse .period")
    assert browser.errors() == []


def test_the_page_says_of_when_and_of_what_it_is(report: Report, opened: Chromium) -> None:
    newest = pendulum.parse(list(days(report, "1"))[-1])

    assert f"newest Copilot day {newest.format('D MMMM YYYY')}" in opened.text("#as-of")
    assert "usage.duckdb, schema usage_metrics" in opened.text("#as-of")
    assert not opened.is_shown("#made-up")
    assert "GitHub counts a person once" in opened.run(
        "return document.querySelector('#active-users details').textContent"
    )
