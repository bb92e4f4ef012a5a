"""The page by itself: it asks nobody for anything, does no harm, and can be used by everyone, on anything."""

import pendulum
import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from integration_tests.browser.chromium import Chromium
from integration_tests.browser.conftest import ENTERPRISE, HOSTILE, ROOT, Made
from integration_tests.browser.tables import Report, known

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
BEYOND_THE_EDGE = """return [...document.querySelectorAll('figure')].filter(card => card.offsetParent
    && card.getBoundingClientRect().right > innerWidth).map(card => card.id)"""
# Cards that leave a place in their row empty.
BESIDE_NOTHING = """const all = [...document.querySelectorAll('.cards')];
return all.filter(cards => cards.offsetParent).filter(cards => {
    const right = cards.getBoundingClientRect().right, rows = new Map();
    for (const card of cards.children) if (card.offsetParent) {
        const box = card.getBoundingClientRect();
        rows.set(box.top, Math.max(rows.get(box.top) || 0, box.right));
    }
    return [...rows.values()].some(end => end < right - 2);
}).map(cards => cards.firstElementChild.id)"""
AXE = ROOT / ".venvs/axe/axe_playwright_python/axe.min.js"
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
    for period in ("settled28", "settled91", "custom", "all"):
        browser.period(period)
    for grouping in ("day", "week"):
        browser.by(grouping)
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
        browser.wait_for("#active-users table" if organization == "acme" else "#older-users table")

        assert browser.run("return document.documentElement.scrollWidth") == 390
        assert browser.run(BEYOND_THE_EDGE) == []


def test_it_can_be_used_with_the_keyboard_alone(report: Report, browser: Chromium) -> None:
    opened = browser.open(report.page)
    reached = []
    for _ in range(4):
        opened.driver.switch_to.active_element.send_keys(Keys.TAB)
        reached.append(opened.driver.switch_to.active_element)

    ids = [one.get_attribute("id") for one in reached[:3]]
    assert ids == ["theme", "copilot-organization", "edge-impulse-organization"]
    assert reached[3].get_attribute("name") == "period"
    assert len(opened.days("active-users", "Daily")) == 28
    reached[3].send_keys(Keys.ARROW_RIGHT)
    assert len(opened.days("active-users", "Daily, average")) == 13


def test_a_hostile_name_is_shown_and_does_nothing(made: Made, browser: Chromium) -> None:
    quoted = HOSTILE.replace("'", "''")
    report = made(f"UPDATE copilot_days SET organization = '{quoted}' WHERE organization = 'acme'")
    browser.forget()

    browser.open(report.page)
    browser.choose("copilot-organization", HOSTILE)
    browser.period("all")

    assert HOSTILE in browser.text("#copilot-title")
    assert HOSTILE in browser.names("by-language").values()
    assert browser.run("return window.harmed") is None
    assert browser.run("return document.querySelectorAll('main img, main b, main script').length") == 0
    assert browser.errors() == []
    assert browser.requests() == []


def test_a_table_of_the_older_endpoint_alone_has_its_page(made: Made, browser: Chromium) -> None:
    report = made("DELETE FROM copilot_days WHERE source_endpoint = 'usage_reports'", "DROP TABLE org_metrics")
    browser.forget()

    browser.open(report.page)

    browser.period("all")
    browser.by("day")
    people = report.days("total_engaged_users", organization="beta")
    assert known(browser.days("older-users", "Engaged")) == people != {}
    ((suggested,),) = report.sql(SUGGESTED)
    for card in ("by-older-language", "by-older-ide", "by-older-model"):
        assert sum(generated for generated, _ in browser.counts(card).values()) == suggested > 0
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
    assert "lines begin with the second day" in browser.text("#edge-impulse .period")
    assert browser.is_shown("#edge-impulse-tiles")
    assert browser.run("return [...document.querySelectorAll('figure')].filter(card => card.offsetParent)") == []
    assert browser.errors() == []


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_an_accessibility_check_has_nothing_serious_to_say(
    made: Made, browser: Chromium, width: int, dark: bool
) -> None:
    browser.open(made(ENTERPRISE).page, width=width, dark=dark)
    browser.run("document.querySelector('#active-users .numbers').open = true")
    browser.wait_for("#active-users table")

    assert browser.accessibility(AXE) == []


def test_no_card_is_half_empty_and_every_link_leads_somewhere(report: Report, browser: Chromium) -> None:
    browser.open(report.page)

    assert browser.run(BESIDE_NOTHING) == []
    for link in browser.run("return [...document.querySelectorAll('#parts a:not([hidden])')].map(one => one.hash)"):
        assert browser.is_shown(link), link


def test_it_says_what_it_cannot_answer(opened: Chromium) -> None:
    for words in ("Seats", "Cost", "Single people and teams"):
        assert words in opened.text("#limits")
