"""The charts hold the tables' numbers, of the owner, the period and the grouping that are chosen."""

import statistics

import pendulum
import pytest

from integration_tests.browser.chromium import Chromium
from integration_tests.browser.conftest import ENTERPRISE, HOSTILE, Made, known_breaks
from integration_tests.browser.tables import BREAKDOWNS, Report, known, of_feature, prompts

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
SUGGESTED = of_feature("code_completion", "code_generation_activity_count")
ACCEPTED = of_feature("code_completion", "code_acceptance_activity_count")
PEOPLE = (
    ("active-users", "active_users"),
    ("cloud-agent", "active_copilot_cloud_agent_users"),
    ("vscode-agent", "active_vscode_agent_users"),
    ("review-active", "active_copilot_code_review_users"),
    ("review-passive", "passive_copilot_code_review_users"),
)
# Card, series, what the table has for it, and what a week is: its sum, its average, or its last day's value.
SERIES = (
    *((card, "Daily", f"daily_{name}", "avg") for card, name in PEOPLE),
    *((card, "Weekly", f"weekly_{name}", "last") for card, name in PEOPLE),
    *((card, "Monthly", f"monthly_{name}", "last") for card, name in PEOPLE),
    ("agent-share", "Agent mode", "monthly_active_agent_users / monthly_active_users", "last"),
    ("agent-share", "Chat", "monthly_active_chat_users / monthly_active_users", "last"),
    ("cli-people", "Command line", "daily_active_cli_users", "avg"),
    ("cli-people", "Copilot app", "daily_active_copilot_app_users", "avg"),
    ("cli-sessions", "Command line", "CAST(totals_by_cli ->> '$.session_count' AS BIGINT)", "sum"),
    ("cli-sessions", "Copilot app", "CAST(totals_by_copilot_app ->> '$.session_count' AS BIGINT)", "sum"),
    ("prompts", "Chat: ask", prompts("chat_panel_ask_mode"), "sum"),
    ("prompts", "Chat: edit", prompts("chat_panel_edit_mode"), "sum"),
    ("prompts", "Chat: agent", prompts("chat_panel_agent_mode"), "sum"),
    ("prompts", "Inline chat", prompts("chat_inline"), "sum"),
    ("prompts", "Command line", prompts("copilot_cli"), "sum"),
    ("completions", "Suggested", SUGGESTED, "sum"),
    ("completions", "Accepted", ACCEPTED, "sum"),
    ("lines", "Added", "loc_added_sum", "sum"),
    ("lines", "Deleted", "-loc_deleted_sum", "sum"),
    ("lines-suggested", "Suggested to add", "loc_suggested_to_add_sum", "sum"),
    ("created", "By Copilot", "CAST(pull_requests ->> '$.total_created_by_copilot' AS BIGINT)", "sum"),
    ("merged", "All", "CAST(pull_requests ->> '$.total_merged' AS BIGINT)", "sum"),
    ("reviewed", "By Copilot", "CAST(pull_requests ->> '$.total_reviewed_by_copilot' AS BIGINT)", "sum"),
    ("review-suggestions", "Made", "CAST(pull_requests ->> '$.total_copilot_suggestions' AS BIGINT)", "sum"),
    ("review-suggestions", "Applied", "CAST(pull_requests ->> '$.total_copilot_applied_suggestions' AS BIGINT)", "sum"),
)


def test_every_day_of_the_table_is_drawn_with_its_numbers(report: Report, opened: Chromium) -> None:
    for card, series, column, _ in SERIES:
        table = known(report.days(column))
        assert table, series
        assert known(opened.days(card, series)) == pytest.approx(table), (card, series)


def test_a_week_is_the_sum_the_average_or_the_last_value_of_its_days(report: Report, opened: Chromium) -> None:
    last = list(report.days("1", "is_settled"))[-1]
    opened.by("week")
    for card, series, column, how in SERIES:
        label = f"{series}, average" if how == "avg" else series
        drawn = known(opened.days(card, label))
        table = {week: report.week(column, week, how) for week in drawn}
        assert max(drawn) <= last, card
        assert drawn == pytest.approx(table), (card, series)
    weeks = list(opened.days("active-users", "Weekly"))
    assert weeks[-1] == last
    assert {(pendulum.Date.fromisoformat(last) - pendulum.Date.fromisoformat(week)).days % 7 for week in weeks} == {0}


def test_rates_and_medians_over_seven_days_are_made_of_those_days(report: Report, opened: Chromium) -> None:
    suggested, accepted = report.days(SUGGESTED), report.days(ACCEPTED)
    minutes = known(report.days("CAST(pull_requests ->> '$.median_minutes_to_merge' AS DOUBLE)"))
    rates, hours = opened.days("acceptance", "7 days"), opened.days("hours-to-merge", "All")

    for day in list(suggested)[-12:]:
        seven = [str(pendulum.Date.fromisoformat(day).subtract(days=ago)) for ago in range(7)]
        both = [sum(values.get(one) or 0 for one in seven) for values in (accepted, suggested)]
        assert rates[day] == pytest.approx(both[0] / both[1])
        assert hours[day] == pytest.approx(statistics.median(minutes[one] for one in seven if one in minutes) / 60)


def test_dau_by_mau_is_the_mean_of_28_days_by_the_monthly_users(report: Report, opened: Chromium) -> None:
    daily, monthly = report.days("daily_active_users"), report.days("monthly_active_users")
    drawn = known(opened.days("stickiness", "DAU/MAU"))

    first = pendulum.Date.fromisoformat(next(iter(daily)))
    assert min(drawn) == str(first.add(days=27))
    for day, value in list(drawn.items())[::9]:
        window = [str(pendulum.Date.fromisoformat(day).subtract(days=ago)) for ago in range(28)]
        assert value == pytest.approx(statistics.mean(daily[one] for one in window if one in daily) / monthly[day])


def test_phases_and_engagement_are_githubs(report: Report, opened: Chromium) -> None:
    phases = known(report.days("CAST(totals_by_ai_adoption_phase ->> '$[0].users_in_phase_28d' AS BIGINT)"))
    of = "copilot_feature_engagement ->> '$.{}'"
    (engaged,) = known(report.days(of.format("totals_by_feature[0].engaged_user_count"))).values()
    (active,) = known(report.days(of.format("active_user_count"))).values()

    assert known(opened.days("phases", "Agent first")) == phases != {}
    assert opened.csv("engagement")[1:] == [["agent", engaged, active]]
    assert f"of the {active} active in the 28 days to" in opened.text("#engagement figcaption")


def test_the_ways_of_using_copilot_are_shares_of_the_monthly_users(report: Report, opened: Chromium) -> None:
    ways = {
        "Chat in the editor": "monthly_active_chat_users",
        "Agent mode in the editor": "monthly_active_agent_users",
        "Code review, asked for or applied": "monthly_active_copilot_code_review_users",
        "Code review, only assigned": "monthly_passive_copilot_code_review_users",
    }
    monthly = list(report.days("monthly_active_users", "is_settled").values())[-1]
    found = {way: (int(people), float(share)) for way, people, share, *_ in opened.csv("ways")[1:]}

    for way, column in ways.items():
        people = list(report.days(column, "is_settled").values())[-1]
        assert found[way][0] == people
        assert found[way][1] == pytest.approx(people / monthly)
    assert opened.names("ways")["monthly_active_agent_users"] == "Agent mode in the editor"


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
    assert "not settled yet" in opened.text("#legend")


def test_what_was_generated_and_accepted_is_the_tables_sum(report: Report, opened: Chromium) -> None:
    for card in BREAKDOWNS:
        table = report.generated_and_accepted(card)
        if card == "by-language":
            assert opened.counts(card) == table != {}
        else:
            assert opened.counts(card) == {name: (generated,) for name, (generated, _) in table.items()} != {}, card


def test_names_are_those_that_people_use_and_githubs_are_behind_them(opened: Chromium) -> None:
    assert opened.names("by-feature")["chat_panel_ask_mode"] == "Chat: ask"
    assert opened.names("by-ide")["vscode"] == "VS Code"
    assert opened.names("by-model")["gpt-5.3-codex"] == "GPT\u20115.3 Codex"
    assert opened.names("by-language")["typescript"] == "TypeScript"


def test_agents_have_no_rate_and_others_have_theirs(report: Report, opened: Chromium) -> None:
    sums = report.generated_and_accepted("by-feature")
    rows = opened.cells("#by-feature tbody tr")
    shown = {name: row[-1] for name, row in zip(opened.names("by-feature"), rows, strict=True)}

    assert shown["agent_edit"] == shown["copilot_cli"] == shown["chat_panel_agent_mode"] == ""
    for name in ("code_completion", "chat_inline", "chat_panel_ask_mode"):
        generated, accepted = sums[name]
        assert float(shown[name].rstrip("%")) == pytest.approx(100 * accepted / generated, abs=0.51)


def test_the_figures_are_of_the_period_and_change_since_the_one_before(report: Report, browser: Chromium) -> None:
    browser.open(report.page)
    last = pendulum.Date.fromisoformat(list(report.days("1", "is_settled"))[-1])
    now, before = last.subtract(days=27), last.subtract(days=55)
    stretches = ((now, last), (before, now.subtract(days=1)))

    def figure(column: str, how: str = "sum") -> list[float]:
        query = "SELECT CAST({}({}) AS DOUBLE) FROM copilot_days WHERE organization = 'acme' AND date BETWEEN ? AND ?"
        return [report.sql(query.format(how, column), *days)[0][0] for days in stretches]

    def changed(values: list[float]) -> str:
        percent = round((values[0] - values[1]) / values[1] * 100)
        return f"{percent:+d}%".replace("-", "\u2212") if percent else "±0%"

    average, added = figure("daily_active_users", "avg"), figure("user_initiated_interaction_count")
    # The period before has fewer reports: it is scaled to as many days.
    days = figure("date", "count")
    added[1] *= days[0] / days[1]
    assert days == [28, 26]
    monthly = [report.days("monthly_active_users")[str(day)] for day in (last, now.subtract(days=1))]
    rates = [accepted / suggested for accepted, suggested in zip(figure(ACCEPTED), figure(SUGGESTED), strict=True)]
    points = round((rates[0] - rates[1]) * 100)
    assert browser.tile("Monthly active users")[:2] == (str(monthly[0]), changed(monthly))
    assert browser.tile("Daily active users")[:2] == (f"{average[0]:.0f}", changed(average))
    assert browser.tile("Prompts")[1] == changed(added)
    assert browser.tile("Prompts")[0] == f"{added[0] / 1000:.1f}K".replace(".0K", "K")
    assert browser.tile("Completions accepted")[0] == f"{rates[0]:.0%}"
    assert browser.tile("Completions accepted")[1].endswith(f"{abs(points)} pts")
    assert "days to" in browser.tile("Weekly active users")[-1]
    assert "changes are since the period before" in browser.text("#copilot .period")
    browser.period("all")
    assert len(browser.tile("Monthly active users")) == 2
    assert "no period before" in browser.text("#copilot .period")


def test_days_without_a_report_are_told_of_the_period_that_they_are_in(report: Report, browser: Chromium) -> None:
    browser.open(report.page)
    assert "; in the period before, no report of 2 days (" in browser.text("#copilot .period")
    browser.period("all")
    assert "; no report of 2 days (" in browser.text("#copilot .period")
    assert "in the period before" not in browser.text("#copilot .period")


def test_copilots_part_of_the_pull_requests_is_the_tables(report: Report, opened: Chromium) -> None:
    tiles = {
        "Created by Copilot": ("total_created_by_copilot", "total_created"),
        "Merged, created by Copilot": ("total_merged_created_by_copilot", "total_merged"),
        "Reviewed by Copilot": ("total_reviewed_by_copilot", "total_reviewed"),
        "Suggestions applied": ("total_copilot_applied_suggestions", "total_copilot_suggestions"),
    }
    for label, names in tiles.items():
        part, whole = (
            sum(report.days(f"CAST(pull_requests ->> '$.{name}' AS BIGINT)", "is_settled").values()) for name in names
        )
        figure, note = opened.tile(label)
        assert figure == f"{part / whole:.0%}", label
        assert " of " in note


def test_a_list_of_models_says_which_part_of_the_outputs_it_holds(report: Report, opened: Chromium) -> None:
    outputs, of_models = (
        sum(generated for generated, _ in report.generated_and_accepted(card).values())
        for card in ("by-feature", "by-model")
    )
    assert 0 < of_models < outputs
    assert f"says it of {of_models / outputs:.0%} of the outputs" in opened.text("#by-model figcaption")


def test_weeks_are_marked_on_the_day_that_they_end_with(opened: Chromium) -> None:
    opened.by("week")
    weeks = list(opened.days("active-users", "Weekly"))
    axis = opened.run("return document.querySelector('#active-users .chart').layout.xaxis")
    assert axis["tick0"] == weeks[-1]
    assert axis["dtick"] % (7 * 24 * 3600 * 1000) == 0


def test_long_periods_are_drawn_by_week_and_short_ones_by_day(report: Report, browser: Chromium) -> None:
    browser.open(report.page)
    assert len(browser.days("active-users", "Daily")) == 28
    browser.period("all")
    assert 15 < len(browser.days("active-users", "Daily, average")) < 19
    browser.by("day")
    assert len(browser.days("active-users", "Daily")) > 100
    browser.period("settled91")
    assert len(browser.days("active-users", "Daily, average")) == 13


def test_known_breaks_are_marked_on_their_day_in_the_charts_that_they_affect(opened: Chromium) -> None:
    (_, first, second, _) = known_breaks()
    cards = ("active-users", "stickiness", "cli-people", "cli-sessions", "completions", "prompts", "created")
    marked = {card: opened.break_marks(card) for card in cards}

    # The number is the break's place in the file, whatever the page shows.
    assert marked["active-users"] == marked["stickiness"] == {"2": first[0]}
    assert marked["cli-sessions"] == {"2": first[0]}
    assert marked["completions"] == marked["prompts"] == {"3": second[0]}
    assert marked["cli-people"] == marked["created"] == {}
    (said,) = (note["hovertext"] for note in opened.layout("active-users")["annotations"])
    assert "Change 60 days ago" in said
    dates = opened.run("return [...document.querySelectorAll('#breaks time')].map(one => one.dateTime)")
    assert dates == [first[0], second[0]]
    assert "Change 45 days ago. https://example.com/45" in opened.text("#breaks")
    opened.by("week")
    assert opened.break_marks("active-users") == {"2": first[0]}
    opened.custom_period(first[0], second[0])
    assert opened.break_marks("active-users") == {}
    opened.period("all")
    assert opened.run("return document.querySelectorAll('.marks').length") == 0


def test_a_change_with_a_known_break_in_it_is_marked_and_neither_good_nor_bad(
    report: Report, browser: Chromium
) -> None:
    (_, first, second, _) = known_breaks()
    today = pendulum.today("UTC").date()
    browser.open(report.page)
    # The first break is in the period before, the second one in the period.
    browser.custom_period(str(today.subtract(days=58)), str(today.subtract(days=30)))

    numbers = "[...document.querySelectorAll('#breaks li')].map(one => [one.value, one.querySelector('time').dateTime])"
    assert browser.run(f"return {numbers}") == [[2, first[0]], [3, second[0]]]
    assert browser.break_marks("active-users") == {}
    assert browser.break_marks("completions") == {"3": second[0]}
    assert browser.tile("Daily active users")[2] == browser.tile("DAU/MAU")[2] == "2"
    assert browser.tile("Command-line sessions")[2] == browser.tile("Tokens sent")[2] == "2"
    assert browser.tile("Completions accepted")[2] == "3"
    assert len(browser.tile("Lines added")) == len(browser.tile("Monthly active users")) == 3
    coloured = browser.run(
        "return [...document.querySelectorAll('.tiles > div')].filter(tile => tile.querySelector('.marks'))"
        ".filter(tile => tile.querySelector('.up, .down')).length"
    )
    assert coloured == 0
    assert browser.cells("#by-feature thead tr")[0][2] == "Change3"
    assert browser.cells("#by-model thead tr")[0][2] == "Change"
    (row,) = (row for row in browser.cells("#organizations tbody tr") if row[0] == "acme")
    assert (row[3][-1], row[7][-1]) == ("2", "3")
    said = browser.run("return [...document.querySelectorAll('.marks a')].map(one => one.title)")
    assert "Change 60 days ago" in said[0]
    assert browser.run("return document.querySelectorAll('.marks a:not([href^=\"#break-\"])').length") == 0


def test_an_enterprise_has_its_own_numbers_and_says_that_they_count_people_once(made: Made, browser: Chromium) -> None:
    report = made(ENTERPRISE)
    browser.forget()

    browser.open(report.page)
    browser.period("all")
    browser.by("day")
    browser.choose("copilot-organization", "Enterprise initech (each person counted once)")

    people = report.sql("SELECT date, daily_active_users FROM copilot_enterprise_days ORDER BY 1")
    assert known(browser.days("active-users", "Daily")) == dict(people) != known(report.days("daily_active_users"))
    assert not browser.is_shown("#who-counts")
    assert browser.is_shown("#organizations .who-counts")
    browser.choose("copilot-organization", "acme")
    assert known(browser.days("active-users", "Daily")) == known(report.days("daily_active_users"))
    assert "use the enterprise initech" in browser.text("#who-counts")
    assert browser.errors() == []


def test_all_owners_stand_side_by_side_with_their_own_figures(made: Made, browser: Chromium) -> None:
    report = made(ENTERPRISE)
    browser.open(report.page)
    names = browser.run(
        "return [...document.querySelectorAll('#organizations tbody button')].map(one => one.innerText)"
    )
    rows = dict(zip(names, browser.cells("#organizations tbody tr"), strict=True))
    monthly = list(report.days("monthly_active_users", "is_settled").values())[-1]

    assert names == ["Enterprise initech", "acme", "beta"]
    assert rows["acme"][1].startswith(str(monthly))
    assert rows["beta"][1] == "\u2013"
    assert "older API" in rows["beta"][0]
    browser.run("document.querySelectorAll('#organizations tbody button')[1].click()")
    assert "acme" in browser.text("#copilot-title")
    assert browser.tile("Monthly active users")[0] == str(monthly)


def test_choosing_an_organization_changes_the_charts(report: Report, opened: Chromium) -> None:
    opened.choose("copilot-organization", "beta")

    people = report.days("total_active_users", organization="beta")
    assert known(opened.days("older-users", "Active")) == people != {}
    assert "beta" in opened.text("#copilot-title")
    assert not opened.is_shown("#active-users")
    assert not opened.is_shown("#people")
    assert not opened.is_shown("#parts a[href='#agents']")
    opened.choose("copilot-organization", "acme")
    assert known(opened.days("active-users", "Daily")) == report.days("daily_active_users")
    assert not opened.is_shown("#older")


def test_choosing_a_period_changes_charts_and_sums(report: Report, opened: Chromium) -> None:
    last = pendulum.Date.fromisoformat(list(report.days("1", "is_settled"))[-1])
    wanted = [str(last.subtract(days=ago)) for ago in range(27, -1, -1)]

    opened.period("settled28")

    assert list(opened.days("active-users", "Daily")) == wanted
    within = f"is_settled AND date BETWEEN '{wanted[0]}' AND '{wanted[-1]}'"
    assert opened.counts("by-language") == report.generated_and_accepted("by-language", within)
    before = f"is_settled AND date BETWEEN '{last.subtract(days=55)}' AND '{last.subtract(days=28)}'"
    earlier = report.generated_and_accepted("by-language", before)
    said = {name: value for name, _, _, value in opened.csv("by-language")[1:]}
    assert {name: float(value) for name, value in said.items() if value} == {
        name: sums[0] for name, sums in earlier.items() if name in said
    }


def test_a_custom_period_has_both_its_days(report: Report, opened: Chromium) -> None:
    every = list(report.days("1"))

    opened.custom_period(every[3], every[9])

    people = report.days("daily_active_users", f"date BETWEEN '{every[3]}' AND '{every[9]}'")
    assert known(opened.days("active-users", "Daily")) == people
    opened.custom_period(every[9], every[3])
    assert "after the last one" in opened.text("#custom-problem")
    opened.custom_period("2020-01-01", "2020-01-31")
    assert "acme has no day in this period" in opened.text("#copilot .empty")


def test_snapshots_are_those_of_the_table(report: Report, opened: Chromium) -> None:
    cards = {"projects": "project_count", "storage": "total_storage", "contract": "jobs_compute_time_current_year"}
    for organization, name in ((101, "Acme devices (101)"), (102, "Beta devices (102)")):
        opened.choose("edge-impulse-organization", name)
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


def test_edge_impulses_figures_stand_against_the_limits_of_the_plan(report: Report, opened: Chromium) -> None:
    query = """SELECT project_count, CAST(entitlement_limits ->> '$.numberOfProjects' AS BIGINT) FROM org_metrics
        WHERE organization_id = 101 ORDER BY observed_at DESC LIMIT 1"""
    ((projects, limit),) = report.sql(query)

    figure, change, _, share = opened.tile("Projects")
    assert (figure, change) == (str(projects), "+30")
    assert share == f"{projects / limit:.0%} of the plan's {limit}"


def test_the_numbers_stand_there_as_a_table_too_and_as_csv(report: Report, opened: Chromium) -> None:
    opened.run("document.querySelector('#active-users .numbers').open = true")
    opened.wait_for("#active-users table")
    cells = opened.cells("#active-users tbody tr")

    table = report.days("daily_active_users")
    assert {day: people for day, people, *_, settled in cells if settled != "no report"} == {
        day: str(people) for day, people in table.items()
    }
    assert [people for _, people, *_, settled in cells if settled == "no report"] == ["\u2013", "\u2013"]
    head, *rows = opened.csv("active-users")
    assert head == ["Day", "Daily", "Weekly", "Monthly", "Settled"]
    assert {day: int(people) for day, people, *_ in rows if people} == table


def test_a_name_that_a_spreadsheet_would_compute_is_text_in_the_csv(made: Made, browser: Chromium) -> None:
    formula = "=1+1"
    report = made(f"""UPDATE copilot_days SET totals_by_language_feature =
        replace(CAST(totals_by_language_feature AS VARCHAR), '"python"', '"{formula}"')""")

    browser.open(report.page)
    browser.period("all")

    names = [name for name, *_ in browser.csv("by-language")]
    assert f"'{formula}" in names
    assert HOSTILE in names
