"""Whole syncs of copilot_days against the stand-in APIs: what is asked, what is emitted, what is said."""

import json
from pathlib import Path
from typing import Any, get_args

import pendulum
import pytest
from jsonschema import Draft7Validator

from integration_tests.harness import Connector, github
from integration_tests.standin import StandIn
from integration_tests.standin.account import Spelling
from integration_tests.standin.faults import Answer

SCHEMA = json.loads((Path(__file__).parents[2] / "schemas" / "copilot_days.json").read_text())
VALIDATOR = Draft7Validator(SCHEMA)


@pytest.fixture(autouse=True)
def _a_short_history(connector: Connector) -> None:
    connector.since = "2026-10-01"


def test_a_first_sync_brings_every_day_and_the_next_one_nothing_twice(apis: StandIn, connector: Connector) -> None:
    acme = apis.github.add_organization("acme", organization_id="1001", since="2026-06-01")

    first, second = connector.sync(apis.config()), connector.sync(apis.config())

    assert first.days("acme").keys() == acme.truth().keys()
    assert not second.records("copilot_days")
    assert not first.failed
    assert first.statuses("copilot_days") == ["STARTED", "RUNNING", "COMPLETE"]


def test_every_record_validates_and_holds_what_the_api_said(apis: StandIn, connector: Connector) -> None:
    acme = apis.github.add_organization("acme", organization_id="1001", since="2026-10-01")

    days = connector.sync().days("acme")

    for day, row in acme.truth().items():
        VALIDATOR.validate(days[day])
        said = {name: value for name, value in row.items() if name != "day" and value is not None}
        assert said.items() <= days[day].items()


def test_a_day_that_arrives_late_is_not_lost(apis: StandIn, connector: Connector) -> None:
    acme = apis.github.add_organization("acme", organization_id="1001", since="2026-11-01")
    acme.arrives("2026-11-18", connector.clock.now().add(days=2))
    first = connector.sync()
    connector.clock.turn_to(connector.clock.now().add(days=3))

    second = connector.sync()

    assert "2026-11-18" not in first.days("acme")
    assert "2026-11-18" in second.days("acme")


def test_a_revised_day_is_sent_again_and_only_that_day(apis: StandIn, connector: Connector) -> None:
    acme = apis.github.add_organization("acme", organization_id="1001", since="2026-11-01")
    connector.sync()
    acme.revise("2026-11-10", connector.clock.now())

    second = connector.sync()

    assert list(second.days("acme")) == ["2026-11-10"]
    assert "0 new, 1 revised, 0 settled" in "".join(second.said())


def test_a_day_settles_once_and_is_sent_again_then(apis: StandIn, connector: Connector) -> None:
    acme = apis.github.add_organization("acme", organization_id="1001", since="2026-11-01")
    rows = []
    for _ in range(9):
        rows += connector.sync().records("copilot_days")
        connector.clock.turn_to(connector.clock.now().add(days=1))

    flips = [row["is_settled"] for row in rows if row["date"] == "2026-11-19"]

    assert acme.truth()["2026-11-19"]
    assert flips == [False, True]


QUIET = ("empty object", "no links")


@pytest.mark.parametrize("spelling", [spelling for spelling in get_args(Spelling) if spelling != "400"])
def test_no_report_is_no_row_however_it_is_spelled_and_asked_again_where_it_is_unclear(
    apis: StandIn, connector: Connector, spelling: Spelling
) -> None:
    acme = apis.github.add_organization("acme", organization_id="1001", since="2026-10-01")
    acme.spells(spelling)
    young, old = "2026-11-10", "2026-10-10"
    acme.never(young)
    acme.never(old)
    unclear = {old} if spelling in QUIET else set()

    first = connector.sync(github(apis, since="2026-10-01"))
    asked_before = len(apis.calls("github", "organization-1-day"))
    second = connector.sync(github(apis, since="2026-10-01"))

    assert not first.failed
    assert first.days("acme").keys() == acme.truth().keys()
    assert f"pending since {min(unclear, default=young)}" in "".join(first.said())
    again = {request.query["day"] for request in apis.calls("github", "organization-1-day")[asked_before:]}
    assert again == {young, "2026-11-21"} | unclear
    assert not second.records("copilot_days")


def test_an_idle_day_is_a_row_of_zeros(apis: StandIn, connector: Connector) -> None:
    acme = apis.github.add_organization("acme", organization_id="1001", since="2026-11-01")
    acme.put(
        "2026-11-15", {"day": "2026-11-15", "organization_id": "1001", "daily_active_users": 0, "totals_by_ide": []}
    )

    row = connector.sync().days("acme")["2026-11-15"]

    assert row["daily_active_users"] == 0
    assert row["totals_by_ide"] == []
    assert "weekly_active_users" not in row


def test_what_no_column_takes_is_kept_and_named_once(apis: StandIn, connector: Connector) -> None:
    acme = apis.github.add_organization("acme", organization_id="1001", since="2026-11-01")
    for day in ("2026-11-15", "2026-11-16"):
        odd = {"day": day, "daily_active_users": "three", "brand_new": {"a": 1}, "loc_added_sum": 2**40}
        acme.put(day, {**odd, "organization_id": "1001", "enterprise_id": "00042"})

    outcome = connector.sync(github(apis, since="2026-11-10"))

    row = outcome.days("acme")["2026-11-15"]
    assert row["additional_fields"] == {"daily_active_users": "three", "brand_new": {"a": 1}}
    assert (row["loc_added_sum"], row["enterprise_id"]) == (2**40, "00042")
    assert sum("brand_new" in warning for warning in outcome.said("WARN")) == 1


def test_since_and_until_are_both_included(apis: StandIn, connector: Connector) -> None:
    apis.github.add_organization("acme", organization_id="1001", since="2026-01-01")

    days = connector.sync(github(apis, since="2026-03-03", until="2026-03-05")).days("acme")

    assert sorted(days) == ["2026-03-03", "2026-03-04", "2026-03-05"]
    assert not apis.calls("github", "organization-28-day")


def test_a_timestamp_means_its_day_in_utc(apis: StandIn, connector: Connector) -> None:
    apis.github.add_organization("acme", organization_id="1001", since="2026-01-01")

    days = connector.sync(github(apis, since="2026-03-03T23:30:00-05:00", until="2026-03-05T00:30:00+02:00")).days(
        "acme"
    )

    assert sorted(days) == ["2026-03-04"]


def test_an_earlier_since_brings_the_earlier_days_and_a_later_one_forgets_nothing(
    apis: StandIn, connector: Connector
) -> None:
    apis.github.add_organization("acme", organization_id="1001", since="2026-01-01")
    connector.sync(github(apis, since="2026-09-01"))

    later = connector.sync(github(apis, since="2026-11-15"))
    earlier = connector.sync(github(apis, since="2026-08-01"))

    assert not later.records("copilot_days")
    assert (min(earlier.days("acme")), max(earlier.days("acme"))) == ("2026-08-01", "2026-08-31")


def test_days_before_the_horizon_are_named(apis: StandIn, connector: Connector) -> None:
    apis.github.add_organization("acme", organization_id="1001", since="2025-01-01")

    warnings = connector.sync(github(apis, since="2025-12-01", until="2025-12-20")).said("WARN")

    assert [text for text in warnings if "2025-12-01 to 2025-12-11 are no longer available" in text]


def test_an_organization_added_later_gets_its_whole_history(apis: StandIn, connector: Connector) -> None:
    apis.github.add_organization("acme", organization_id="1001", since="2026-10-01")
    connector.sync()
    beta = apis.github.add_organization("Beta", organization_id="1002", since="2026-10-01")

    second = connector.sync()
    third = connector.sync(github(apis, organizations=["beta"]))

    assert second.days("beta").keys() == beta.truth().keys()
    assert not second.days("acme")
    assert not third.records("copilot_days")
    assert third.state_of("acme") == second.state_of("acme")


def test_another_organization_under_the_same_name_is_refused(apis: StandIn, connector: Connector) -> None:
    apis.github.add_organization("acme", organization_id="1001", since="2026-10-01")
    connector.sync()
    apis.github.add_organization("acme", organization_id="2002", since="2026-10-01")
    connector.clock.turn_to(connector.clock.now().add(days=1))

    outcome = connector.sync()

    assert not outcome.records("copilot_days")
    assert outcome.errors[0]["failure_type"] == "config_error"
    assert "its id was 1001 and is now 2002" in outcome.errors[0]["message"]


@pytest.mark.parametrize(
    ("state", "says"),
    [
        (
            {"version": 99, "organizations": {}},
            "A newer version of this connector wrote the saved state of copilot_days: state version 99, and",
        ),
        ({"version": "two", "organizations": {}}, "version is 'two'"),
        ({"version": 2, "organizations": []}, "organizations is not an object"),
        ({"version": 2, "organizations": {"acme": "all"}}, "at acme, it is not an object"),
        ({"version": 2, "organizations": {"acme": {"closed": "all"}}}, "at acme, closed is not a list"),
        ({"version": 1, "organizations": {"acme": {"done": "all"}}}, "at acme, done is not a list"),
        ({"version": 1, "organizations": {"acme": {"digests": {"soon": "x"}}}}, "'soon' is not a day"),
    ],
)
def test_a_state_that_cannot_be_read_is_said_so(
    apis: StandIn, connector: Connector, state: dict[str, Any], says: str
) -> None:
    apis.github.add_organization("acme", organization_id="1001", since="2026-10-01")
    connector.state = [
        {"type": "STREAM", "stream": {"stream_descriptor": {"name": "copilot_days"}, "stream_state": state}}
    ]

    outcome = connector.sync()

    assert says in outcome.errors[0]["message"]
    assert outcome.errors[-1]["failure_type"] == "config_error"
    assert not apis.calls("github", "")


def test_a_state_from_the_future_heals(apis: StandIn, connector: Connector) -> None:
    acme = apis.github.add_organization("acme", organization_id="1001", since="2026-10-01")
    connector.sync(apis.config())
    connector.state[-1]["stream"]["stream_state"]["organizations"]["acme"]["closed"] = [
        {"from": "2025-12-12", "through": "2027-06-30"}
    ]
    connector.clock.turn_to(connector.clock.now().add(days=2))

    connector.sync()

    seen = connector.state[-1]["stream"]["stream_state"]["organizations"]["acme"]
    assert seen["closed"] == [{"from": "2025-12-12", "through": "2026-11-03"}]
    assert seen["digests"].keys() == {day for day in acme.truth() if day > "2026-11-03"}


def test_a_state_of_a_newer_version_is_refused_with_a_remedy_that_destroys_nothing(
    apis: StandIn, connector: Connector
) -> None:
    apis.github.add_organization("acme", organization_id="1001", since="2026-10-01")
    state = {"version": 3, "organizations": {}}
    connector.state = [
        {"type": "STREAM", "stream": {"stream_descriptor": {"name": "copilot_days"}, "stream_state": state}}
    ]

    message = connector.sync().errors[0]["message"]

    assert "Install the newer version again" in message
    assert "Connection state" in message
    assert "clear" not in message.lower()


def test_a_state_of_version_1_is_read(apis: StandIn, connector: Connector) -> None:
    acme = apis.github.add_organization("acme", organization_id="1001", since="2026-10-01")
    connector.sync()
    stream = connector.state[-1]["stream"]
    saved = stream["stream_state"]["organizations"]["acme"]
    stream["stream_state"] = {
        "version": 1,
        "organizations": {
            "acme": {
                "done": saved["closed"],
                "digests": saved["digests"],
                "failed": ["2026-11-19"],
                "organization_id": "1001",
                "endpoint": "usage_reports",
                "reported": True,
                "recent_singly": True,
                "held": [],
            },
            "left": {"done": saved["closed"], "digests": {}},
        },
    }
    acme.revise("2026-11-10", connector.clock.now())

    outcome = connector.sync()

    assert list(outcome.days("acme")) == ["2026-11-10", "2026-11-20"]
    assert outcome.days("acme")["2026-11-20"]["copilot_feature_engagement"]  # version 1 did not keep it
    assert outcome.states[-1]["stream"]["stream_state"]["version"] == 2
    assert outcome.state_of("acme")["closed"] == saved["closed"]
    assert outcome.state_of("left")["closed"] == saved["closed"]


def test_one_broken_day_does_not_block_the_others_and_is_asked_until_it_is_read(
    apis: StandIn, connector: Connector
) -> None:
    acme = apis.github.add_organization("acme", organization_id="1001", since="2026-10-01")
    good = acme.truth()["2026-10-05"]
    acme.put("2026-10-05", {**good, "day": "2026-10-06"})
    config = github(apis, since="2026-10-01")

    first, second = connector.sync(config), connector.sync(config)
    acme.put("2026-10-05", good)
    third = connector.sync(config)

    assert first.days("acme").keys() == acme.truth().keys() - {"2026-10-05"}
    assert first.statuses("copilot_days")[-1] == "INCOMPLETE"
    assert "the usage report of 2026-10-05" in first.errors[0]["message"]
    assert first.state_of("acme")["failed"] == ["2026-10-05"]
    assert second.failed
    assert list(third.days("acme")) == ["2026-10-05"]
    assert not third.failed
    assert third.state_of("acme")["failed"] == []


def test_a_clock_an_hour_off_is_said(apis: StandIn, connector: Connector) -> None:
    apis.github.add_organization("acme", organization_id="1001", since="2026-11-01")
    apis.now = connector.clock.now().add(hours=2)

    warnings = connector.sync().said("WARN")

    assert sum("more than an hour off GitHub's" in warning for warning in warnings) == 1


def test_the_token_s_end_is_said_in_time(apis: StandIn, connector: Connector) -> None:
    apis.github.add_organization("acme", organization_id="1001", since="2026-11-01")
    apis.github.token_expires = pendulum.datetime(2026, 12, 1)

    outcome = connector.sync()

    assert [text for text in outcome.said("WARN") if "expires on 2026-12-01" in text]
    assert [text for text in outcome.said() if text.startswith("copilot_days of acme") and "2026-12-01" in text]


def test_days_that_nobody_can_have_are_a_failure_and_not_an_empty_green_sync(
    apis: StandIn, connector: Connector
) -> None:
    apis.github.add_organization("acme", organization_id="1001", since="2025-01-01")
    config = github(apis, since="2025-01-01", until="2025-06-01")

    read, check = connector.sync(config), connector.check(config)

    assert "Until is 2025-06-01, but GitHub's data now starts at 2025-12-12" in read.errors[0]["message"]
    assert check.connection == {"status": "SUCCEEDED"}  # it can't know whether the days were read when there were any
    assert any("Until is 2025-06-01, but GitHub's data now starts at 2025-12-12" in text for text in check.said("WARN"))


def test_no_report_closes_no_day_before_there_was_any_row(apis: StandIn, connector: Connector) -> None:
    acme = apis.github.add_organization("acme", organization_id="1001", since="2026-12-01")

    just_enabled = connector.sync(github(apis, since="2026-10-01"))
    acme.since = "2026-10-01"
    later = connector.sync(github(apis, since="2026-10-01"))

    assert not just_enabled.records("copilot_days")
    assert later.days("acme").keys() == acme.truth().keys()


def test_a_proxy_that_answers_400_to_everything_is_no_silence_of_the_reports(
    apis: StandIn, connector: Connector
) -> None:
    apis.github.add_organization("acme", organization_id="1001", since="2026-10-01")
    apis.fault("github", "", Answer(400, "Request Header Or Cookie Too Large"), times=None)

    read, check = connector.sync(), connector.check()

    assert read.failed
    assert "GitHub answered 400" in read.errors[0]["message"]
    assert check.connection["status"] == "FAILED"


def test_a_clock_that_was_set_back_stops_the_sync_and_keeps_the_state(apis: StandIn, connector: Connector) -> None:
    apis.github.add_organization("acme", organization_id="1001", since="2026-10-01")
    connector.sync()
    before = connector.state
    real = connector.clock.now()
    apis.now = real
    for wrong in (pendulum.datetime(2020, 1, 1), real.subtract(days=20)):
        connector.clock.turn_to(wrong)

        outcome = connector.sync(apis.config())

        assert "This machine's clock is more than a day off GitHub's" in outcome.errors[0]["message"]
        assert connector.state == before


def test_a_failed_day_that_passes_the_horizon_is_said_to_be_lost(apis: StandIn, connector: Connector) -> None:
    apis.github.add_organization("acme", organization_id="1001", since="2025-12-12")
    apis.fault("downloads", "/1001/2025-12-20", Answer(200, b"broken"), times=None)
    config = github(apis, until="2025-12-31")
    connector.sync(config)
    connector.clock.turn_to(pendulum.datetime(2026, 12, 23, 6))

    warnings = connector.sync(config).said("WARN")

    assert [text for text in warnings if "2025-12-20 to 2025-12-20 are no longer available" in text]
