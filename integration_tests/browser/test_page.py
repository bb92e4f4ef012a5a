"""The page by itself: it asks nobody for anything, does no harm, and can be used by everyone, on anything."""

import pendulum
import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from integration_tests.browser.chromium import Chromium
from integration_tests.browser.conftest import HOSTILE, Made
from integration_tests.browser.tables import Report, known

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
BEYOND_THE_EDGE = """return [...document.querySelectorAll('figure')].filter(card => card.offsetParent
    && card.getBoundingClientRect().right > innerWidth).map(card => card.id)"""
SUGGESTED = """SELECT sum(CAST(language ->> 'total_code_suggestions' AS BIGINT)) FROM (
    SELECT unnest(CAST(model -> 'languages' AS JSON[])) AS language FROM (
    SELECT unnest(CAST(ide -> 'models' AS JSON[])) AS model FROM (
    SELECT unnest(CAST(copilot_ide_code_completions -> 'editors' AS JSON[])) AS ide
    FROM copilot_days WHERE is_settled)))"""


def test_it_asks_nobody_for_anything_and_the_console_is_silent(report: Report, browser: Chromium) -> None:
    browser.forget()

    browser.open(report.page)
    for organization in ("beta", "acme"):
        browser.choose("copilot-organization", organization)
    for period in ("settled28", "last90", "custom", "all"):
        browser.period(period)
    browser.driver.find_element(By.ID, "theme").click()
    for summary in browser.driver.find_elements(By.CSS_SELECTOR, "#active-users summary"):
        summary.click()
    browser.drawn()

    assert browser.errors() == []
    assert browser.requests() == []


def test_it_says_of_when_and_of_what_it_is(report: Report, opened: Chromium) -> None:
    newest = pendulum.Date.fromisoformat(list(report.days("1"))[-1])

    assert f"newest Copilot day {newest.format('D MMMM YYYY')}" in opened.text("#as-of")
    assert "usage.duckdb, schema usage_metrics" in opened.text("#as-of")
    assert not opened.is_shown("#made-up")
    opened.driver.find_element(By.CSS_SELECTOR, "#active-users summary").click()
    assert "GitHub counts a person once" in opened.text("#active-users details")


def test_dark_is_as_the_system_has_it_and_as_one_chooses(report: Report, browser: Chromium) -> None:
    light = browser.open(report.page).colours()
    dark = browser.open(report.page, dark=True).colours()

    assert all(one != other for one, other in zip(light, dark, strict=True))
    browser.driver.find_element(By.ID, "theme").click()
    assert browser.colours() == light


def test_a_phone_shows_all_of_it_without_scrolling_sideways(report: Report, browser: Chromium) -> None:
    browser.open(report.page, width=390)
    for organization in ("acme", "beta"):
        browser.choose("copilot-organization", organization)
        browser.run("document.querySelectorAll('details').forEach(one => { one.open = true })")
        browser.wait_for("#by-language table" if organization == "acme" else "#older-users table")

        assert browser.run("return document.documentElement.scrollWidth") == 390
        assert browser.run(BEYOND_THE_EDGE) == []


def test_it_can_be_used_with_the_keyboard_alone(opened: Chromium) -> None:
    reached = []
    for _ in range(4):
        opened.driver.switch_to.active_element.send_keys(Keys.TAB)
        reached.append(opened.driver.switch_to.active_element)
    before = opened.days("active-users", "Daily")

    ids = [one.get_attribute("id") for one in reached[:3]]
    assert ids == ["theme", "copilot-organization", "edge-impulse-organization"]
    assert reached[3].get_attribute("name") == "period"
    reached[3].send_keys(Keys.ARROW_RIGHT)
    assert 0 < len(opened.days("active-users", "Daily")) < len(before)


def test_a_hostile_name_is_shown_and_does_nothing(made: Made, browser: Chromium) -> None:
    quoted = HOSTILE.replace("'", "''")
    report = made(f"UPDATE copilot_days SET organization = '{quoted}' WHERE organization = 'acme'")
    browser.forget()

    browser.open(report.page)
    browser.choose("copilot-organization", HOSTILE)
    browser.run("document.querySelector('#by-language .numbers').open = true")
    browser.wait_for("#by-language table")

    assert HOSTILE in browser.text("#copilot-title")
    assert HOSTILE in [name for name, *_ in browser.cells("#by-language tbody tr")]
    assert HOSTILE[:20] in browser.text("#by-language .chart")
    assert browser.run("return window.harmed") is None
    assert browser.run("return document.querySelectorAll('main img, main b, main script').length") == 0
    assert browser.errors() == []
    assert browser.requests() == []


def test_a_table_of_the_older_endpoint_alone_has_its_page(made: Made, browser: Chromium) -> None:
    report = made("DELETE FROM copilot_days WHERE source_endpoint = 'usage_reports'", "DROP TABLE org_metrics")
    browser.forget()

    browser.open(report.page)

    people = report.days("total_engaged_users", organization="beta")
    assert known(browser.days("older-users", "Engaged")) == people != {}
    ((suggested,),) = report.sql(SUGGESTED)
    for card in ("by-older-language", "by-older-ide", "by-older-model"):
        assert sum(generated for generated, _ in browser.bars(card).values()) == suggested > 0
    assert not browser.is_shown("#active-users")
    assert not browser.is_shown("#edge-impulse-chooser")
    assert "no snapshots of Edge Impulse" in browser.text("#edge-impulse .empty")
    assert browser.errors() == []


def test_snapshots_alone_have_their_page(made: Made, browser: Chromium) -> None:
    newest_only = "DELETE FROM org_metrics WHERE observed_at < (SELECT max(observed_at) FROM org_metrics)"
    report = made("DROP TABLE copilot_days", newest_only)
    browser.forget()

    browser.open(report.page)

    assert "no days of GitHub Copilot" in browser.text("#copilot .empty")
    assert "Snapshots of one day so far" in browser.text("#edge-impulse .period")
    assert browser.errors() == []
