"""All three hosts together: their log, their settings, their clock, and the command line."""

import json
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
import requests

from integration_tests.standin import Enterprise, Organization, StandIn
from integration_tests.standin.tests.caller import NOW, REPORTS, THERE, Caller


class TestStandIn:
    def test_the_log_tells_everything_about_a_request(self, apis: StandIn, acme: Organization, call: Caller) -> None:
        call.day()
        call.edge("organizations", {"X-Api-Key": "ei_x"})
        first, second = apis.log
        assert (first.host, first.method, first.query, first.status) == ("github", "GET", {"day": THERE}, 200)
        assert (second.host, second.headers["x-api-key"], second.status) == ("edge_impulse", "ei_x", 401)
        assert first.at <= second.at <= time.monotonic()
        assert apis.calls("github", "organization-1-day") == [first]
        assert apis.unexpected == []

    def test_the_configuration_names_everything_set_up(self, apis: StandIn) -> None:
        assert apis.config() == {"github": {"mode": "off"}, "edge_impulse": {"mode": "off"}, "num_workers": 5}
        apis.github.add_organization("Acme")
        apis.edge_impulse.add_organization(123)
        assert apis.config()["github"]["organizations"] == ["Acme"]
        assert apis.config()["github"]["credentials"]["access_token"] == apis.github.token
        assert apis.config()["edge_impulse"]["organization_ids"] == [123]
        assert apis.config()["edge_impulse"]["api_url"].endswith("/v1")
        assert "enterprises" not in apis.config()["github"]
        apis.github.add_enterprise("Group")
        assert apis.config()["github"]["enterprises"] == ["Group"]

    def test_the_configuration_of_an_enterprise_alone_names_no_organization(
        self, apis: StandIn, group: Enterprise
    ) -> None:
        github = apis.config()["github"]
        assert (github["mode"], github["organizations"], github["enterprises"]) == ("sync", [], ["group"])

    def test_the_clock_can_be_a_function_or_real(self, apis: StandIn) -> None:
        apis.now = lambda: NOW.add(days=3)
        assert str(apis.today) == "2026-11-25"
        apis.now = None
        assert apis.now.timezone_name == "UTC"

    def test_latency_comes_before_every_answer(self, apis: StandIn, acme: Organization, call: Caller) -> None:
        apis.latency = 3600
        with pytest.raises(requests.ReadTimeout):
            call.web.get(apis.github.url, timeout=0.05)
        apis.latency = 0
        assert call.day().status_code == 200

    def test_connections_are_kept_and_many_can_be_open(self, apis: StandIn, acme: Organization) -> None:
        def work() -> None:
            with requests.Session() as own:
                caller = Caller(apis, own)
                statuses.extend(caller.day().status_code for _ in range(20))

        statuses: list[int] = []
        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert (statuses, apis.github.remaining, len(apis.log)) == ([200] * 160, 5000 - 160, 160)

    def test_a_host_can_go_away_and_come_back_on_its_port(
        self, apis: StandIn, acme: Organization, call: Caller
    ) -> None:
        apis.github.close()
        with pytest.raises(requests.ConnectionError):
            call.day()
        apis.github.start()
        assert call.day().status_code == 200

    def test_it_serves_by_hand_the_same_data_after_a_restart(self, tmp_path: Path) -> None:
        answers = [_served(tmp_path / "config.json") for _ in range(2)]
        assert answers[0] == answers[1]


def _served(path: Path) -> dict[str, Any]:
    ports = ["--port-github", "0", "--port-downloads", "0", "--port-edge-impulse", "0"]
    command = [sys.executable, "-m", "integration_tests.standin", *ports, "--days", "30", "--config", str(path)]
    command += ["--enterprises", "1"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as served:
        assert served.stderr is not None
        told = [served.stderr.readline() for _ in range(3)]
        config = json.loads(path.read_text())
        reports = [
            f"orgs/{config['github']['organizations'][1]}/{REPORTS}/organization-28-day/latest",
            f"enterprises/{config['github']['enterprises'][0]}/{REPORTS}/enterprise-28-day/latest",
        ]
        files = [_file(config["github"], path) for path in reports]
        served.terminate()
        assert (served.wait(), str(path) in told[0]) == (0, True)
    return {"files": files, "organization_ids": config["edge_impulse"]["organization_ids"]}


def _file(settings: dict[str, Any], path: str) -> Any:
    headers = {"Authorization": f"Bearer {settings['credentials']['access_token']}"}
    envelope = requests.get(f"{settings['api_url']}/{path}", headers=headers, timeout=5).json()
    return requests.get(envelope["download_links"][0], timeout=5).json()
