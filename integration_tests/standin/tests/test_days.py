"""Days of organizations: when their reports appear, what is in them, their files and links."""

import gzip
import json
from typing import Any

import pendulum
import pytest
import requests

from integration_tests.standin import Organization, StandIn
from integration_tests.standin.tests.caller import NOW, THERE, TOO_EARLY, Caller
from integration_tests.standin.usage import ALL, COUNTERS, row


class TestDays:
    def test_a_report_appears_51_and_a_half_hours_after_its_day_began(
        self, apis: StandIn, acme: Organization, call: Caller
    ) -> None:
        assert call.rows(call.day(THERE)) == [acme.truth()[THERE]]
        assert call.day(TOO_EARLY).status_code == 204
        apis.now = pendulum.datetime(2026, 11, 23, 3, 30)
        assert call.rows(call.day(TOO_EARLY)) == [acme.truth()[TOO_EARLY]]

    def test_days_arrive_when_told_or_never(self, apis: StandIn, acme: Organization, call: Caller) -> None:
        acme.arrives(THERE, pendulum.datetime(2026, 11, 24))
        acme.never(pendulum.Date(2026, 11, 19))
        assert (call.day(THERE).status_code, call.day("2026-11-19").status_code) == (204, 204)
        apis.now = pendulum.datetime(2026, 11, 24)
        assert call.day(THERE).status_code == 200
        assert THERE in acme.truth()
        assert "2026-11-19" not in acme.truth()

    def test_a_revision_changes_the_numbers_from_its_instant_on(
        self, apis: StandIn, acme: Organization, call: Caller
    ) -> None:
        acme.revise(THERE, NOW.add(days=1))
        before = acme.truth()[THERE]
        assert call.rows(call.day()) == [before]
        apis.now = NOW.add(days=1)
        assert call.rows(call.day()) == [acme.truth()[THERE]] != [before]
        assert acme.truth(NOW)[THERE] == before

    def test_a_revised_weekend_has_use(self, acme: Organization) -> None:
        idle = next(day for day, found in acme.truth().items() if not found["daily_active_users"])
        acme.revise(idle, NOW)
        assert acme.truth()[idle]["daily_active_users"] > 0

    def test_a_put_row_is_there_at_once_and_exactly(self, acme: Organization, call: Caller) -> None:
        acme.never(TOO_EARLY)
        acme.put(TOO_EARLY, {"day": TOO_EARLY, "odd": [1.5, None]})
        assert call.rows(call.day(TOO_EARLY)) == [{"day": TOO_EARLY, "odd": [1.5, None]}] == [acme.truth()[TOO_EARLY]]

    def test_truth_begins_with_the_history_and_ends_with_what_is_there(self, acme: Organization) -> None:
        assert (min(acme.truth()), max(acme.truth())) == ("2026-06-01", THERE)

    def test_there_is_nothing_before_the_reports_began(self, apis: StandIn, call: Caller) -> None:
        old = apis.github.add_organization("old", since="2020-01-01")
        assert min(old.truth()) == "2025-12-12"
        assert call.day("2025-12-11", "old").status_code == 204

    @pytest.mark.parametrize("day", ["2026-11-22", "2025-11-21", "2026-11-31x", ""])
    def test_a_day_outside_the_last_365_is_refused(self, acme: Organization, call: Caller, day: str) -> None:
        assert call.day(day).status_code == 400

    def test_the_first_of_the_last_365_days_is_answered(self, acme: Organization, call: Caller) -> None:
        assert call.day("2025-11-22").status_code == 204

    @pytest.mark.parametrize(
        ("spelling", "status", "body"),
        [
            ("204", 204, ""),
            ("zero bytes", 200, ""),
            ("empty string", 200, '""'),
            ("json string", 200, '"No report available for this organization on 2026-11-21"'),
            ("empty object", 200, "{}"),
            ("no links", 200, '{"download_links": [], "report_day": "2026-11-21"}'),
        ],
    )
    def test_no_report_is_spelled_as_told(
        self, acme: Organization, call: Caller, spelling: Any, status: int, body: str
    ) -> None:
        acme.spells(spelling)
        answer = call.day(TOO_EARLY)
        assert (answer.status_code, answer.text) == (status, body)

    def test_no_report_is_spelled_as_an_error_for_one_day(self, acme: Organization, call: Caller) -> None:
        acme.spells(TOO_EARLY, "404 text")
        acme.spells("2026-05-31", "400")
        assert (call.day(TOO_EARLY).status_code, call.day("2026-05-31").status_code) == (404, 400)
        assert call.day(TOO_EARLY).json()["message"].startswith("No report available")
        assert call.day("2026-05-30").status_code == 204


class TestRows:
    def test_rows_are_the_same_in_every_run(self) -> None:
        assert row("1001", THERE, 1) == row("1001", THERE, 1) != row("1001", THERE, 2)

    def test_a_busy_day_is_6_to_10_kilobytes(self, acme: Organization) -> None:
        sizes = [len(json.dumps(found)) for found in acme.truth().values() if found["daily_active_users"]]
        assert min(sizes) > 6000
        assert max(sizes) < 11_000

    def test_a_row_can_be_made_bigger(self) -> None:
        assert 28_000 < len(json.dumps(row("1001", THERE, kb=32))) < 40_000

    def test_features_and_languages_add_up_to_the_day(self, acme: Organization) -> None:
        for found in acme.truth().values():
            for name in ALL:
                assert sum(entry[name] for entry in found["totals_by_feature"]) == found[name]
            for name in COUNTERS:
                assert sum(entry[name] for entry in found["totals_by_language_feature"]) == found[name]

    def test_weekends_are_mostly_rows_of_zeros(self, acme: Organization) -> None:
        idle = [found for found in acme.truth().values() if not found["daily_active_users"]]
        assert 20 < len(idle) < 50
        assert all(found["totals_by_feature"] == [] and found["loc_added_sum"] == 0 for found in idle)

    def test_optional_fields_are_on_some_days_only(self, acme: Organization) -> None:
        rows = acme.truth().values()
        for name in ("totals_by_cli", "daily_active_copilot_cloud_agent_users", "totals_by_mcp", "etl_id"):
            assert 0 < sum(name in found for found in rows) < len(rows)
        assert any("median_minutes_to_merge" in found["pull_requests"] for found in rows)

    def test_numbers_go_beyond_32_bits(self, acme: Organization) -> None:
        tokens = [found["totals_by_cli"]["token_usage"] for found in acme.truth().values() if "totals_by_cli" in found]
        assert max(usage["prompt_tokens_sum"] for usage in tokens) > 2**32


class TestFiles:
    def test_the_28_day_file_holds_the_days_unsorted_idle_ones_too(self, acme: Organization, call: Caller) -> None:
        envelope = call.file()
        (content,) = call.downloads(envelope)
        days = [found["day"] for found in json.loads(content)["day_totals"]]
        assert envelope.json()["report_start_day"] == "2026-10-24" == min(days)
        assert envelope.json()["report_end_day"] == THERE == max(days)
        assert (len(set(days)), days == sorted(days)) == (28, False)
        assert {found["day"]: found for found in json.loads(content)["day_totals"]}.items() <= acme.truth().items()

    def test_days_not_there_yet_are_missing_in_the_28_day_file(self, acme: Organization, call: Caller) -> None:
        acme.file_lag_days = 1
        acme.never("2026-11-10")
        days = {found["day"] for found in call.rows(call.file())}
        assert days & {TOO_EARLY, "2026-11-10"} == set()
        assert len(days) == 26

    def test_the_28_day_file_may_lack_keys(self, acme: Organization, call: Caller) -> None:
        acme.file_keys_missing = ("pull_requests",)
        assert all("pull_requests" not in found for found in call.rows(call.file()))

    def test_an_organization_without_a_day_has_no_28_day_file(self, apis: StandIn, call: Caller) -> None:
        apis.github.add_organization("new", since="2026-11-21")
        assert call.file("new").status_code == 204

    def test_shards_hold_all_rows_together(self, acme: Organization, call: Caller) -> None:
        acme.shards = 3
        assert len(call.downloads(call.file())) == 3
        assert len(call.rows(call.file())) == 28
        assert [bool(content) for content in call.downloads(call.day())] == [True, False, False]

    def test_the_1_day_file_has_the_shape_told(self, acme: Organization, call: Caller) -> None:
        expected = acme.truth()[THERE]
        assert call.downloads(call.day())[0].endswith(b"}\n")
        acme.file_shape = "object"
        (content,) = call.downloads(call.day())
        assert (json.loads(content), content.count(b"\n") > 10) == (expected, True)
        acme.file_shape = "array"
        assert json.loads(call.downloads(call.day())[0]) == [expected]
        acme.file_shape = "day_totals"
        wrapped = json.loads(call.downloads(call.day())[0])
        assert (wrapped["day_totals"], wrapped["report_end_day"]) == ([expected], THERE)

    def test_the_28_day_file_has_the_shape_told(self, acme: Organization, call: Caller) -> None:
        acme.file_shape_28_days = "ndjson"
        assert len([json.loads(line) for line in call.downloads(call.file())[0].splitlines()]) == 28
        acme.file_shape_28_days = "array"
        assert len(json.loads(call.downloads(call.file())[0])) == 28

    def test_files_may_be_gzipped(self, acme: Organization, call: Caller) -> None:
        acme.gzip = True
        assert json.loads(gzip.decompress(call.downloads(call.day())[0])) == acme.truth()[THERE]

    def test_a_range_gives_the_first_bytes(self, acme: Organization, call: Caller, web: requests.Session) -> None:
        answer = web.get(call.day().json()["download_links"][0], headers={"Range": "bytes=0-9"}, timeout=5)
        assert (answer.status_code, answer.content) == (206, b'{"day":"20')


class TestLinks:
    def test_links_run_out(self, apis: StandIn, acme: Organization, call: Caller, web: requests.Session) -> None:
        apis.github.link_lifetime = 60
        link = call.day().json()["download_links"][0]
        apis.now = NOW.add(seconds=59)
        assert web.get(link, timeout=5).status_code == 200
        apis.now = NOW.add(seconds=60)
        refused = web.get(link, timeout=5)
        assert (refused.status_code, "<Code>AuthenticationFailed</Code>" in refused.text) == (403, True)

    def test_an_altered_link_is_refused(self, acme: Organization, call: Caller, web: requests.Session) -> None:
        link = call.day().json()["download_links"][0]
        assert web.get(link.replace(THERE, "2026-11-19"), timeout=5).status_code == 403
        assert web.get(link.replace("T07", "T08"), timeout=5).status_code == 403
        assert web.get(link.partition("?")[0], timeout=5).status_code == 403

    @pytest.mark.parametrize("header", ["Authorization", "x-api-key"])
    def test_a_credential_is_refused(
        self, acme: Organization, call: Caller, web: requests.Session, header: str
    ) -> None:
        refused = web.get(call.day().json()["download_links"][0], headers={header: "Bearer x"}, timeout=5)
        assert (refused.status_code, refused.headers["x-ms-error-code"]) == (400, "InvalidAuthenticationInfo")

    def test_a_report_withdrawn_since_is_not_found(self, acme: Organization, call: Caller) -> None:
        envelope = call.day()
        acme.never(THERE)
        assert b"BlobNotFound" in call.downloads(envelope)[0]


class TestOlderMetrics:
    def test_the_endpoint_is_closed_unless_told_otherwise(self, acme: Organization, call: Caller) -> None:
        assert call.metrics().status_code == 404
        acme.metrics = "disabled"
        assert call.metrics().status_code == 422

    def test_it_answers_its_last_100_days_ascending_without_idle_ones(self, acme: Organization, call: Caller) -> None:
        acme.metrics = "open"
        rows = call.metrics().json()
        assert {found["date"]: found for found in rows} == acme.truth_metrics()
        assert [found["date"] for found in rows] == sorted(found["date"] for found in rows)
        assert 70 < len(rows) < 90
        assert rows[0]["date"] >= "2026-08-14"

    def test_since_and_until_are_included(self, acme: Organization, call: Caller) -> None:
        acme.metrics = "open"
        rows = call.metrics(since="2026-11-16T00:00:00Z", until="2026-11-18T00:00:00Z").json()
        assert [found["date"] for found in rows] == ["2026-11-16", "2026-11-17", "2026-11-18"]

    @pytest.mark.parametrize(
        "query", [{"since": "2026-08-13T00:00:00Z"}, {"since": "2026-11-18", "until": "2026-11-17"}, {"since": "x"}]
    )
    def test_bounds_that_github_does_not_promise_are_refused(
        self, acme: Organization, call: Caller, query: dict[str, str]
    ) -> None:
        acme.metrics = "open"
        assert call.metrics(**query).status_code == 422

    def test_pages_are_linked(self, acme: Organization, call: Caller) -> None:
        acme.metrics = "open"
        days = [found["date"] for page in call.pages(call.metrics(per_page="30")) for found in page]
        assert days == sorted(acme.truth_metrics())

    def test_days_can_be_revised_and_put(self, acme: Organization, call: Caller) -> None:
        acme.metrics = "open"
        before = acme.truth_metrics()
        acme.revise(THERE, NOW)
        acme.put_metrics("2026-11-19", {"date": "2026-11-19", "odd": True})
        rows = {found["date"]: found for found in call.metrics().json()}
        assert rows[THERE] != before[THERE]
        assert rows["2026-11-19"] == {"date": "2026-11-19", "odd": True}
