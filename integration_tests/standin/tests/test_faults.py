"""Each fault does on the wire what it says."""

import threading

import pytest
import requests

from integration_tests.standin import Organization, StandIn
from integration_tests.standin.faults import (
    Answer,
    BrokenChunk,
    Dribble,
    Echo,
    Fault,
    Hang,
    Redirect,
    Reset,
    Slow,
    Truncated,
)
from integration_tests.standin.tests.caller import THERE, Caller


class TestFaults:
    def test_the_first_fault_that_fits_answers_and_is_used_up(
        self, apis: StandIn, acme: Organization, call: Caller
    ) -> None:
        headers = {"Retry-After": "7", "X-RateLimit-Remaining": "0"}
        apis.fault("github", "organization-1-day", Answer(429, {"message": "secondary"}, headers), times=2)
        apis.fault("github", "organization-1-day", Answer(502, "<html>"))
        apis.fault("downloads", "organization-1-day", Answer(500))
        answers = [call.day() for _ in range(4)]
        assert [answer.status_code for answer in answers] == [429, 429, 502, 200]
        assert answers[0].headers["retry-after"] == "7"
        assert answers[0].headers["x-ratelimit-remaining"] == "0"
        assert [planned.host for planned in apis.unused()] == ["downloads"]

    def test_a_fault_can_be_for_some_requests_and_for_ever(
        self, apis: StandIn, acme: Organization, call: Caller
    ) -> None:
        apis.fault("github", "1-day", Answer(500), times=None, when=lambda request: request.query["day"] == THERE)
        assert [call.day().status_code, call.day("2026-11-19").status_code, call.day().status_code] == [500, 200, 500]
        assert apis.unused() == []
        apis.clear_faults()
        assert call.day().status_code == 200

    @pytest.mark.parametrize("fault", [Reset(), Truncated(), BrokenChunk(), Hang(0.05)])
    def test_broken_connections_look_broken_to_a_client(
        self, apis: StandIn, acme: Organization, call: Caller, fault: Fault
    ) -> None:
        apis.fault("github", "1-day", fault)
        with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
            call.day()
        assert call.day().status_code == 200

    def test_a_reset_is_a_reset(self, apis: StandIn, acme: Organization, call: Caller) -> None:
        apis.fault("github", "1-day", Reset())
        with pytest.raises(requests.ConnectionError, match="reset"):
            call.day()

    def test_hanging_ends_with_the_stand_in(self, apis: StandIn, acme: Organization, call: Caller) -> None:
        apis.fault("github", "1-day", Hang(3600))
        threading.Timer(0.05, apis.close).start()
        with pytest.raises(requests.ConnectionError):
            call.day()

    def test_slow_and_dribbled_answers_are_whole(self, apis: StandIn, acme: Organization, call: Caller) -> None:
        apis.fault("github", "1-day", Slow(0.02))
        apis.fault("github", "1-day", Dribble(20_000))
        assert call.day().json() == call.day().json() == call.day().json()

    def test_a_redirect_is_followed_where_it_says(self, apis: StandIn, acme: Organization, call: Caller) -> None:
        apis.fault("github", "1-day", Redirect(f"{apis.edge_impulse.url}/stolen"))
        assert call.day().status_code == 404
        assert [request.path for request in apis.calls("edge_impulse")] == ["/v1/stolen"]

    def test_an_echo_repeats_every_secret(
        self, apis: StandIn, acme: Organization, call: Caller, web: requests.Session
    ) -> None:
        apis.fault("github", "1-day", Echo(500))
        apis.fault("downloads", "", Echo(403))
        apis.fault("edge_impulse", "token", Echo(400))
        assert call.token in call.day().text
        echoed = web.get(call.day().json()["download_links"][0], timeout=5)
        assert "sig=" in echoed.text
        assert "sig=" in echoed.headers["x-echo-query"]
        assert (
            "s3cret"
            in web.post(f"{apis.edge_impulse.url}/oauth/token", data={"client_secret": "s3cret"}, timeout=5).text
        )
