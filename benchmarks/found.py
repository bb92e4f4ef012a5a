"""Sixty organizations that a GitHub App lists: what a check costs, and a sync on a day when several of them are odd."""

import json
from pathlib import Path
from typing import Any

from benchmarks.contestants import GITHUBS_PACE, Job, Ours, forget
from benchmarks.processes import must, run
from benchmarks.promises import Promise
from benchmarks.world import LATENCY, TODAY, World, day, world

COUNT = 60
# GitHub's reports have been seen at 03:36 UTC of the next day: at six in the morning yesterday's is there.
DELAY_HOURS = 27.6
NEW, GONE, REFUSED, NEVER = "organization-061", "organization-059", ("organization-010", "organization-020"), "void"


def measure(ours: Ours) -> list[Promise]:
    """One is new since the last sync, one gone, two are refused, one never had a report."""
    with world(TODAY.subtract(days=1)) as apis:
        config = _config(apis, ours)
        _add(apis, COUNT - 1, NEVER)
        forget(ours)
        options = ours.options(config)
        must(run(ours.launch(apis, GITHUBS_PACE, options), ours.output), ours.output)
        ours.keep_state()
        apis.turn_to(TODAY)
        apis.apis.latency = LATENCY
        github = apis.apis.github
        github.organizations[GONE].app_installed = False
        for refused in REFUSED:
            github.organizations[refused].reports = "policy off"
        _add(apis, 1)
        apis.forget()
        checked = must(run(_check(apis, ours, config), ours.output), ours.output)
        wall, answers = checked.ended - apis.first_request(), apis.calls() + apis.downloads()
        apis.forget()
        run(ours.launch(apis, GITHUBS_PACE, ours.options(config)), ours.output)  # it fails: two are refused
        said = ours.output.read_text(encoding="utf-8")
        usual = [
            login
            for login, organization in github.organizations.items()
            if organization.app_installed and login not in (NEW, NEVER, *REFUSED)
        ]
        calls = {login: apis.calls(f"/orgs/{login}/") for login in usual}
    _hold(said)
    return [_check_promise(wall, answers), _daily_promise(calls)]


def _config(apis: World, ours: Ours) -> dict[str, Any]:
    config = ours.config(apis, Job([], day(TODAY, 28), calls_per_minute=GITHUBS_PACE))
    app_id, key = apis.apis.github.make_app()
    config["github"] |= {
        "mode": "sync",
        "credentials": {"auth_type": "github_app", "app_id": app_id, "private_key": key},
        "api_url": apis.apis.github.url,
    }
    return config


def _add(apis: World, count: int, *never: str) -> None:
    for login in apis.add(count):
        apis.apis.github.organizations[login].delay_hours = DELAY_HOURS
    for login in never:
        apis.apis.github.add_organization(login, "9001", since="2099-01-01")


def _check(apis: World, ours: Ours, config: dict[str, Any]) -> list[str | Path]:
    return ours.launch(apis, GITHUBS_PACE, ["check", "--config", ours.file("config", config)])


def _hold(said: str) -> None:
    """The figures are those of a sync that went as it should."""
    lines = [line for line in map(_message, said.splitlines()) if line]
    assert f"copilot_days: These organizations were never synced before: {NEW}." in lines
    assert any(line.startswith(f"copilot_days: GitHub no longer lists {GONE}. ") for line in lines)
    assert any("1 without a report so far: void; 2 failed;" in line for line in lines)


def _message(line: str) -> str:
    return str(json.loads(line).get("log", {}).get("message", "")) if line.startswith("{") else ""


def _check_promise(wall: float, answers: int) -> Promise:
    limit = answers * LATENCY / 5
    return Promise(
        "found check",
        f"`check` of {COUNT} organizations that a GitHub App lists (2 refused), 200 ms per answer, num_workers 5",
        f"{wall:.1f} s ({wall / limit:.2f} ×)",
        f"{answers} answers, tokens among them, × 0.2 s ÷ 5: {limit:.1f} s",
        "≤ 1.2 ×",
        wall <= 1.2 * limit,
        1,
    )


def _daily_promise(calls: dict[str, int]) -> Promise:
    return Promise(
        "found daily",
        f"API calls per organization in a daily sync of {COUNT} that are found (1 new, 1 gone, 2 refused, 1 without "
        "any report; the others count)",
        f"{sum(calls.values()) / len(calls):.1f}, at most {max(calls.values())}",
        "1",
        "≤ 3",
        max(calls.values()) <= 3,
        1,
    )
