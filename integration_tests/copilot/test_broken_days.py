"""Days that can't be read, and a 28-day file that can't be trusted: what they may and may not keep back."""

import pytest

from integration_tests.harness import Connector
from integration_tests.standin import StandIn
from integration_tests.standin.faults import Answer

GONE = ("2026-09-27", "2026-09-28", "2026-09-29", "2026-09-30")


@pytest.mark.parametrize("fault", [Answer(404, "<Error><Code>BlobNotFound</Code></Error>"), Answer(200, "<html>")])
def test_days_that_are_gone_for_good_do_not_keep_back_the_history_before_them(
    apis: StandIn, connector: Connector, fault: Answer
) -> None:
    acme = apis.github.add_organization("acme", since="2026-09-01")
    connector.since = "2026-09-01"
    for day in GONE:
        apis.fault("downloads", f"/{day}/", fault, times=None)

    read = {day for _ in range(3) for day in connector.sync().days("acme")}

    assert read == acme.truth().keys() - set(GONE)
    assert connector.state[0]["stream"]["stream_state"]["organizations"]["acme"]["failed"] == list(GONE)
    apis.clear_faults()
    assert connector.sync().days("acme").keys() == set(GONE)


@pytest.mark.parametrize("broken", ["/organization-28-day-report/", "/organization-1-day-report/1001/2026-11-20/"])
def test_a_28_day_file_without_all_fields_is_not_used_either_when_the_first_sync_could_not_compare_it(
    apis: StandIn, connector: Connector, broken: str
) -> None:
    acme = apis.github.add_organization("acme", organization_id="1001", since="2026-10-01")
    connector.since = "2026-10-01"
    acme.file_keys_missing = ("monthly_active_users",)
    apis.fault("downloads", broken, Answer(200, '{"day_totals": [{"day": "'))
    first = connector.sync()
    before = len(apis.calls("github", "organization-1-day"))

    second = connector.sync()

    rows = {**first.days("acme"), **second.days("acme")}
    assert rows.keys() == acme.truth().keys()
    assert all("monthly_active_users" in row for row in rows.values())
    asked = {request.query["day"] for request in apis.calls("github", "organization-1-day")[before:]}
    assert asked >= {day for day in acme.truth() if day > "2026-11-01"}
