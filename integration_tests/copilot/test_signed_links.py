"""Signed links: all of them, without our token, renewed when refused, and no file read halfway."""

from typing import Any

import pytest

from integration_tests.harness import Connector
from integration_tests.standin import StandIn
from integration_tests.standin.faults import Answer, Truncated


@pytest.fixture(autouse=True)
def _a_short_history(connector: Connector) -> None:
    connector.since = "2026-10-01"


@pytest.mark.parametrize("shape", ["ndjson", "object", "array", "day_totals"])
@pytest.mark.parametrize("gzip", [False, True])
@pytest.mark.parametrize("shards", [1, 3])
def test_every_shape_of_a_file_gives_the_same_rows(
    apis: StandIn, connector: Connector, shape: Any, gzip: bool, shards: int
) -> None:
    acme = apis.github.add_organization("acme", organization_id="1001", since="2026-10-15")
    acme.file_shape, acme.gzip, acme.shards = shape, gzip, shards
    acme.file_shape_28_days = "day_totals" if shape == "object" else shape

    outcome = connector.sync()

    assert not outcome.failed
    assert {day: row["user_initiated_interaction_count"] for day, row in outcome.days("acme").items()} == {
        day: row["user_initiated_interaction_count"] for day, row in acme.truth().items()
    }


def test_the_download_host_never_sees_the_token(apis: StandIn, connector: Connector) -> None:
    apis.github.add_organization("acme", organization_id="1001", since="2026-10-15")

    connector.sync()

    assert apis.calls("downloads", "")
    for request in apis.calls("downloads", ""):
        assert apis.github.token not in str(dict(request.headers))
        assert request.headers.get("authorization") is None


def test_a_link_that_is_refused_is_renewed(apis: StandIn, connector: Connector) -> None:
    acme = apis.github.add_organization("acme", organization_id="1001", since="2026-10-15")
    apis.fault("downloads", "organization-1-day-report", Answer(403, "<Error>AuthenticationFailed</Error>"), times=2)

    outcome = connector.sync()

    assert not outcome.failed
    assert outcome.days("acme").keys() == acme.truth().keys()


def test_a_28_day_file_that_stays_refused_costs_calls_but_no_day(apis: StandIn, connector: Connector) -> None:
    acme = apis.github.add_organization("acme", organization_id="1001", since="2026-10-15")
    apis.fault("downloads", "organization-28-day-report", Answer(403), times=3)

    outcome = connector.sync()

    assert not outcome.failed
    assert outcome.days("acme").keys() == acme.truth().keys()
    assert [text for text in outcome.said("WARN") if "acme: the connector can't use GitHub's 28-day report" in text]


def test_a_truncated_file_is_fetched_again(apis: StandIn, connector: Connector) -> None:
    acme = apis.github.add_organization("acme", organization_id="1001", since="2026-10-15")
    apis.fault("downloads", "organization-28-day-report", Truncated(), times=2)

    outcome = connector.sync()

    assert outcome.days("acme").keys() == acme.truth().keys()
    first, second = connector.clock.slept
    assert 0.5 <= first <= 1 <= second <= 2


@pytest.mark.parametrize(
    ("file", "says"),
    [
        (b'{"day": "2026-10-05", "daily_active_users": 1', "it is not JSON"),
        (b'{"day": "2026-10-05"}\n{"day": "2026-10-0', "line 2 of 2 is not JSON"),
        (b"", "its only file is empty"),
        (b'{"day": "2026-10-04"}', "it holds 2026-10-04"),
        (b'[{"day": "2026-10-05", "a": 1}, {"day": "2026-10-05", "a": 2}]', "twice, with different content"),
        (b'[{"date": "2026-10-05"}]', "a row of it has no day"),
        (b"[1]", "something else than objects"),
        (b"\x1f\x8b\x08\x00broken", "only a part"),
    ],
)
def test_a_file_that_cannot_be_read_fails_by_name(apis: StandIn, connector: Connector, file: bytes, says: str) -> None:
    acme = apis.github.add_organization("acme", organization_id="1001", since="2026-10-01")
    apis.fault("downloads", "/organization-1-day-report/1001/2026-10-05", Answer(200, file), times=None)
    config = apis.config()
    config["github"]["since"] = "2026-10-01"

    outcome = connector.sync(config)

    assert outcome.days("acme").keys() == acme.truth().keys() - {"2026-10-05"}
    assert says in outcome.errors[0]["message"]
    assert "the usage report of 2026-10-05" in outcome.errors[0]["message"]


@pytest.mark.parametrize(
    "address",
    [
        "http://example.com",
        "http://169.254.169.254\\@localhost",
        "https://x@127.0.0.1",
        "https://127.0.0.1 .example.com",
    ],
)
def test_links_to_anything_but_https_are_not_followed(apis: StandIn, connector: Connector, address: str) -> None:
    apis.github.add_organization("acme", organization_id="1001", since="2026-10-01")
    envelope = {"download_links": [f"{address}/report.json?sig=S3CR3T"], "report_day": "2026-10-05"}
    apis.fault("github", "organization-1-day", Answer(200, envelope), times=1, when=_asks_for("2026-10-05"))
    config = apis.config()
    config["github"]["since"] = "2026-10-01"

    outcome = connector.sync(config)

    assert "something else than https links" in outcome.errors[0]["message"]
    assert "S3CR3T" not in outcome.text


def _asks_for(day: str) -> Any:
    return lambda request: request.query.get("day") == day


def test_a_28_day_file_without_all_fields_is_not_used(apis: StandIn, connector: Connector) -> None:
    acme = apis.github.add_organization("acme", organization_id="1001", since="2026-10-15")
    acme.file_keys_missing = ("loc_added_sum",)

    first = connector.sync()
    connector.clock.turn_to(connector.clock.now().add(days=1))
    acme.file_keys_missing = ()
    second = connector.sync()

    assert all("loc_added_sum" in row for row in first.days("acme").values())
    assert [text for text in first.said("WARN") if "28-day report can't tell which days have changed" in text]
    assert not second.said("WARN")
