"""The 28-day report tells which days have changed, never what they are; and where it can't tell, it is found out."""

import pendulum
import pytest

from integration_tests.harness import Connector, Json, Outcome
from integration_tests.standin import Organization, StandIn
from integration_tests.standin.downloads import engagement
from integration_tests.standin.exchange import Request
from integration_tests.standin.faults import Answer

SINCE = "2026-10-15"


@pytest.fixture
def acme(apis: StandIn, connector: Connector) -> Organization:
    """With a row for each day from SINCE on, and read once."""
    acme = apis.github.add_organization("acme", organization_id="1001", since=SINCE)
    connector.since = SINCE
    connector.sync()
    apis.log.clear()
    return acme


def tomorrow(connector: Connector, days: int = 1) -> Outcome:
    """The sync of the next day."""
    connector.clock.turn_to(connector.clock.now().add(days=days))
    return connector.sync()


def asked(apis: StandIn) -> set[str]:
    """The days that were asked by themselves since this was last called."""
    days = {request.query["day"] for request in apis.calls("github", "organization-1-day")}
    apis.log.clear()
    return days


def doubts(outcome: Outcome) -> list[str]:
    return [text for text in outcome.said("WARN") if "can't tell which days have changed" in text]


def test_a_changed_day_is_read_from_its_own_report_and_the_others_cost_no_call(
    apis: StandIn, acme: Organization, connector: Connector
) -> None:
    acme.revise("2026-11-10", connector.clock.now())
    acme.one_day_fields = {"only_here": 1}

    outcome = connector.sync()

    assert asked(apis) == {"2026-11-10", "2026-11-21"}
    assert outcome.days("acme")["2026-11-10"]["additional_fields"] == {"only_here": 1}


def test_an_older_file_overwrites_no_row_and_is_found_out_by_the_day_that_closes(
    apis: StandIn, acme: Organization, connector: Connector
) -> None:
    before = connector.clock.now()
    closing, young = "2026-11-02", "2026-11-12"
    connector.clock.turn_to(before.add(hours=2))
    for day in (closing, young):
        acme.revise(day, connector.clock.now())
    acme.file_values_of = before

    not_told = connector.sync()
    found_out = tomorrow(connector)
    again = tomorrow(connector)

    assert not not_told.records("copilot_days")
    assert [f"its row of {closing} differs" in text for text in doubts(found_out)] == [True]
    assert {closing, young} <= found_out.days("acme").keys()
    assert young not in again.days("acme")


def test_a_file_that_lacks_a_field_from_some_day_on_changes_no_row(
    apis: StandIn, acme: Organization, connector: Connector
) -> None:
    acme.file_keys_missing = ("loc_added_sum",)

    for _ in range(4):
        rows = tomorrow(connector).records("copilot_days")

        assert all("loc_added_sum" in row for row in rows)
        assert len(rows) == 2  # a new one, and one that settles


def test_a_field_that_only_the_days_own_reports_have_reaches_every_open_day_in_the_same_sync(
    apis: StandIn, acme: Organization, connector: Connector
) -> None:
    acme.one_day_fields = {"new_counter": 7}

    outcome = tomorrow(connector)

    assert doubts(outcome)
    open_days = {day for day in acme.truth() if day >= "2026-11-02"}
    assert outcome.days("acme").keys() == open_days
    assert all(row["additional_fields"] == {"new_counter": 7} for row in outcome.records("copilot_days"))
    assert len(tomorrow(connector).records("copilot_days")) == 2  # a new one, and one that settles


@pytest.mark.parametrize("days", [3, 4])
def test_a_file_that_is_not_made_anew_is_found_out_after_three_days(
    apis: StandIn, acme: Organization, connector: Connector, days: int
) -> None:
    acme.file_made = connector.clock.now()
    for _ in range(days - 1):
        tomorrow(connector)
    young = connector.clock.now().subtract(days=9).to_date_string()
    acme.revise(young, connector.clock.now())

    outcome = tomorrow(connector)

    assert bool(doubts(outcome)) == (days > 3)
    assert (young in outcome.days("acme")) == (days > 3)


def test_a_day_that_the_file_lacks_is_asked_by_itself(apis: StandIn, acme: Organization, connector: Connector) -> None:
    acme.file_days_missing = frozenset({"2026-11-10", "2026-11-12"})

    outcome = connector.sync()

    assert not outcome.records("copilot_days")
    assert asked(apis) == {"2026-11-10", "2026-11-12", "2026-11-21"}


@pytest.mark.parametrize(
    "answer",
    [Answer(204), Answer(200, {}), Answer(200, '"Server error"'), Answer(502)],
    ids=["204", "{}", "text", "502"],
)
def test_where_only_the_file_has_a_row_it_is_used(
    apis: StandIn, acme: Organization, connector: Connector, answer: Answer
) -> None:
    connector.clock.turn_to(connector.clock.now().add(days=1))
    new = "2026-11-21"
    apis.fault("github", "organization-1-day", answer, times=None, when=lambda request: request.query["day"] == new)

    outcome = connector.sync()

    assert outcome.days("acme")[new]["daily_active_users"] == acme.truth()[new]["daily_active_users"]
    assert outcome.failed == (answer.status == 502 or answer.body == '"Server error"')


def test_a_first_sync_uses_the_file_where_its_newest_row_is_that_of_the_day_itself(
    apis: StandIn, connector: Connector
) -> None:
    acme = apis.github.add_organization("acme", organization_id="1001", since=SINCE)
    connector.since = SINCE

    first = connector.sync()

    assert first.days("acme").keys() == acme.truth().keys()
    closing = {day for day in acme.truth() if day <= "2026-11-01"}
    assert asked(apis) == closing | {"2026-11-20", "2026-11-21"}
    assert not doubts(first)


def test_a_first_sync_asks_all_days_where_it_is_not(apis: StandIn, connector: Connector) -> None:
    acme = apis.github.add_organization("acme", organization_id="1001", since=SINCE)
    connector.since = SINCE
    acme.revise("2026-11-20", connector.clock.now())
    acme.file_values_of = connector.clock.now().subtract(minutes=1)

    first = connector.sync()

    assert len(doubts(first)) == 1
    assert asked(apis) == acme.truth().keys() | {"2026-11-21"}
    assert first.days("acme")["2026-11-20"]["daily_active_users"] == acme.truth()["2026-11-20"]["daily_active_users"]


def test_what_the_file_says_beside_its_days_is_kept_with_its_last_day(
    apis: StandIn, acme: Organization, connector: Connector
) -> None:
    acme.file_fields = {"a_new_aggregate": {"users": 3}}

    new = tomorrow(connector).days("acme")["2026-11-21"]

    assert new["copilot_feature_engagement"] == {"report_start_day": "2026-10-25", **engagement("2026-11-21")}
    assert new["additional_fields"] == {"a_new_aggregate": {"users": 3}}


def test_it_is_not_wiped_when_the_row_is_sent_again_nor_sent_again_without_a_change(
    apis: StandIn, acme: Organization, connector: Connector
) -> None:
    first = tomorrow(connector).days("acme")["2026-11-21"]
    versions = []
    for age in range(2, 21):
        if age in (2, 9):
            acme.revise("2026-11-21", connector.clock.now())
        versions += [row for row in tomorrow(connector).records("copilot_days") if row["date"] == "2026-11-21"]

    assert [row["is_settled"] for row in versions] == [False, True, True]
    assert all(row["copilot_feature_engagement"] == first["copilot_feature_engagement"] for row in versions)


def test_where_it_comes_after_the_row_the_row_is_sent_again_with_it(apis: StandIn, connector: Connector) -> None:
    acme = apis.github.add_organization("acme", organization_id="1001", since=SINCE)
    acme.delay_hours, acme.file_lag_days = 24, 1
    connector.since = SINCE
    connector.sync()
    acme.file_lag_days = 2  # it stays on its last day for a day
    early = tomorrow(connector).days("acme")["2026-11-22"]

    late = tomorrow(connector).days("acme")["2026-11-22"]
    later = tomorrow(connector).days("acme")

    assert "copilot_feature_engagement" not in early
    assert late["copilot_feature_engagement"]["active_user_count"] == engagement("2026-11-22")["active_user_count"]
    assert "2026-11-22" not in later


def test_a_day_that_vanishes_keeps_its_row_and_is_warned_of_once(
    apis: StandIn, acme: Organization, connector: Connector
) -> None:
    day = "2026-11-08"
    row = json_of(connector, day)
    gone = Answer(204)
    apis.fault("github", "organization-1-day", gone, times=None, when=lambda request: is_about(request, day))
    acme.file_days_missing = frozenset({day})

    syncs = [tomorrow(connector) for _ in range(30)]

    warned = [text for sync in syncs for text in sync.said("WARN") if day in text]
    assert len(warned) == 1
    assert "GitHub no longer has its report of" in warned[0]
    assert not any(sync.failed for sync in syncs)
    assert row["is_settled"]
    assert not any(day in sync.days("acme") for sync in syncs)
    apis.log.clear()
    tomorrow(connector)
    assert day not in asked(apis)


def json_of(connector: Connector, day: str) -> Json:
    """The state's digest of the day, as a row of flags."""
    digest = connector.state[-1]["stream"]["stream_state"]["organizations"]["acme"]["digests"][day]
    return {"is_settled": digest.endswith(" settled")}


def is_about(request: Request, day: str) -> bool:
    return request.query.get("day") == day


def test_history_that_is_filled_in_days_after_the_first_row_is_read(apis: StandIn, connector: Connector) -> None:
    acme = apis.github.add_organization("acme", organization_id="1001", since="2026-11-19")
    connector.since = "2026-10-01"
    first = connector.sync()
    acme.since = "2026-10-01"

    rows = {
        **first.days("acme"),
        **{day: row for _ in range(8) for day, row in tomorrow(connector).days("acme").items()},
    }

    assert first.days("acme").keys() == {"2026-11-19", "2026-11-20"}
    assert rows.keys() == acme.truth().keys()
    assert pendulum.parse(min(rows)) == pendulum.datetime(2026, 10, 1)


def test_a_name_beside_the_days_that_is_a_column_fills_no_column(
    apis: StandIn, acme: Organization, connector: Connector
) -> None:
    acme.file_fields = {"daily_active_vscode_agent_users": 777, "etl_id": "run-1"}

    row = tomorrow(connector).days("acme")["2026-11-21"]

    assert row.get("daily_active_vscode_agent_users") != 777
    assert row["additional_fields"] == {"daily_active_vscode_agent_users": 777}


def test_another_run_of_the_report_is_no_change(apis: StandIn, acme: Organization, connector: Connector) -> None:
    acme.file_fields = {"etl_id": "run-1", "totals": [{"a": 1}, {"a": 2}]}
    tomorrow(connector)
    acme.file_fields = {"etl_id": "run-2", "totals": [{"a": 2}, {"a": 1}]}

    assert not connector.sync().records("copilot_days")


def test_an_older_row_of_the_file_never_replaces_one_that_was_sent(
    apis: StandIn, acme: Organization, connector: Connector
) -> None:
    before, day = connector.clock.now(), "2026-11-15"
    connector.clock.turn_to(before.add(hours=1))
    acme.revise(day, connector.clock.now())
    connector.sync()
    acme.file_values_of = before
    apis.fault("github", "organization-1-day", Answer(204), times=None, when=lambda request: is_about(request, day))

    assert day not in connector.sync().days("acme")


def test_what_the_file_says_beside_its_days_waits_for_a_row(apis: StandIn, connector: Connector) -> None:
    acme = apis.github.add_organization("acme", organization_id="1001", since=SINCE)
    acme.delay_hours, acme.file_lag_days = 24, 1
    connector.since = SINCE
    connector.sync()
    acme.file_lag_days = 2
    day = "2026-11-22"
    assert day in tomorrow(connector).days("acme")
    acme.file_days_missing = frozenset({day})
    broken = Answer(200, '"Server error"')
    apis.fault("github", "organization-1-day", broken, times=1, when=lambda request: is_about(request, day))
    assert day not in tomorrow(connector).days("acme")
    acme.file_days_missing = frozenset()

    row = tomorrow(connector).days("acme")[day]

    assert row["copilot_feature_engagement"]["active_user_count"] == engagement(day)["active_user_count"]


def test_a_day_that_vanishes_from_its_own_report_first_is_warned_of_too(
    apis: StandIn, acme: Organization, connector: Connector
) -> None:
    day = "2026-11-15"
    apis.fault("github", "organization-1-day", Answer(204), times=None, when=lambda request: is_about(request, day))
    acme.revise(day, connector.clock.now())
    first = connector.sync()
    acme.file_days_missing = frozenset({day})

    warned = [text for _ in range(4) for text in tomorrow(connector).said("WARN") if day in text]

    assert not first.days("acme")
    assert len(warned) + len([text for text in first.said("WARN") if day in text]) == 1
