"""Answers that nobody should send, through the wire: each ends as records that validate, or as a failure that says so.

HOSTILE_EXAMPLES=200 runs more of them, and other ones each time: an example is a sync with 25 answers.
"""

import gzip
import json
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pendulum
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator

from integration_tests.clock import TurnedClock
from integration_tests.destination import days
from integration_tests.failures.odd_answers import (
    COLUMNS,
    USAGE,
    VALUES,
    damaged,
    envelopes,
    files,
    information,
    older_days,
    usage,
    written,
)
from integration_tests.failures.sentences import assert_readable
from integration_tests.failures.strict_reader import Broken, assert_carried, days_in, plain, strictly
from integration_tests.harness import Connector, Json, Outcome, configured
from integration_tests.memory import peak
from integration_tests.standin import Request, StandIn
from integration_tests.standin.exchange import Exchange, Response
from integration_tests.standin.faults import Answer, Fault
from source_usage_metrics.schema import load_schema

ROOT = Path(__file__).parents[2]
MIB = 1024 * 1024
ANSWERS = 25
EXAMPLES = int(os.environ.get("HOSTILE_EXAMPLES", "0"))
FUZZ = settings(
    max_examples=EXAMPLES or 5,
    derandomize=not EXAMPLES,
    deadline=None,
    database=None,
    phases=[Phase.generate],  # an example is a whole sync: making it smaller would take hours
    suppress_health_check=list(HealthCheck),
)
FIRST_DAY = pendulum.date(2026, 8, 1)
DAYS = [str(FIRST_DAY.add(days=number)) for number in range(ANSWERS)]
LOGINS = [f"org-{number}" for number in range(ANSWERS)]
IDS = list(range(101, 101 + ANSWERS))
VALIDATORS = {stream: Draft7Validator(load_schema(stream)) for stream in COLUMNS}


class Served(Fault):
    """To each request the answer that its key has; else the API's own."""

    def __init__(self, answers: Mapping[str, bytes], key: Callable[[Request], str]) -> None:
        self._answers, self._key = answers, key

    def play(self, exchange: Exchange) -> None:
        body = self._answers.get(self._key(exchange.request))
        exchange.send(exchange.normal() if body is None else Response(200, body))


class Stage:
    """A connector and stand-ins that serve many syncs."""

    def __init__(self, apis: StandIn, folder: Path) -> None:
        self.clock = TurnedClock(pendulum.datetime(2026, 11, 22, 6))
        self.apis, self.apis.now = apis, self.clock.now
        self.connector = Connector(apis, self.clock, folder)
        for number, login in enumerate(LOGINS):
            apis.github.add_organization(login, organization_id=str(1001 + number), since="2026-07-01").row_kb = 0.5
        for number in IDS:
            apis.edge_impulse.add_organization(number)

    def sync(self, host: str, path: str, fault: Fault, **github: Any) -> Outcome:
        """One sync from the beginning with the fault at every such request; what must hold of any sync, holds."""
        self.apis.clear_faults()
        self.apis.log.clear()
        self.clock.slept.clear()
        self.connector.state = []
        self.apis.fault(host, path, fault, times=None)
        config = self.apis.config()
        config["github"] |= github
        config["edge_impulse" if github else "github"] = {"mode": "off"}
        outcome = self.connector.sync(config)
        for stream, validator in VALIDATORS.items():
            for record in outcome.records(stream):
                validator.validate(record)
        for error in outcome.errors:
            assert "Something went wrong" not in error["message"]  # the CDK's words for what nobody foresaw
            assert_readable(_ours(error["message"]))
            assert error["failure_type"] in ("transient_error", "system_error", "config_error")
        assert outcome.failed == bool(outcome.errors)
        return outcome


def _ours(message: str) -> str:
    """Without what the provider said, which may be anything."""
    import re

    return re.sub(r'It said: ".*?"\. ?(?=[A-Z])', "", message, flags=re.DOTALL)


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with StandIn() as apis, tempfile.TemporaryDirectory() as folder:
        yield Stage(apis, Path(folder))


def named(outcome: Outcome) -> str:
    """The last messages, and the log: a message names five organizations that fail alike, and counts the others."""
    return "\n".join([*(error["message"] for error in outcome.errors), *outcome.said("ERROR")])


def day_of(request: Request) -> str:
    return request.path.split("/")[3]


def login_of(request: Request) -> str:
    return request.path.split("/")[2]


@FUZZ
@given(st.tuples(*[files(day) for day in DAYS]))
def test_any_file_is_a_row_a_named_failure_or_truly_no_report(stage: Stage, bodies: tuple[bytes, ...]) -> None:
    answers = dict(zip(DAYS, bodies, strict=True))
    config = {"organizations": LOGINS[:1], "since": DAYS[0], "until": DAYS[-1]}

    outcome = stage.sync("downloads", "-report/", Served(answers, day_of), **config)

    if "The name now belongs to another organization or enterprise" in named(outcome):
        return
    found, state = outcome.days(LOGINS[0]), outcome.state_of(LOGINS[0])
    asked = {day_of(request) for request in stage.apis.calls("downloads")}  # not all, if none of the first has a row
    for day, body in answers.items():
        try:
            meant: Mapping[str, Json] | None = days_in(body)
        except Broken:
            meant = None
        if day in found:
            assert meant is not None
            assert meant.keys() == {day}
            assert_carried(meant[day], found[day])
        elif day in state["failed"]:
            assert f"usage report of {day}" in named(outcome)
        elif day in asked or day in days(state["closed"]):
            assert meant == {}, body


@FUZZ
@given(st.data())
def test_any_envelope_is_a_row_a_named_failure_or_truly_no_report(stage: Stage, data: st.DataObject) -> None:
    link = stage.apis.downloads.link(f"/organization-1-day-report/1001/{DAYS[0]}/part-00000.json", 10**8)
    bodies = data.draw(st.tuples(*[envelopes(link)] * ANSWERS))
    config = {"organizations": LOGINS, "since": DAYS[0], "until": DAYS[0]}

    outcome = stage.sync("github", "/reports/", Served(dict(zip(LOGINS, bodies, strict=True)), login_of), **config)

    for login, body in zip(LOGINS, bodies, strict=True):
        if f"organization {login}" in named(outcome):
            continue
        envelope = strictly(plain(body)) if plain(body).strip() else None
        links = (envelope.get("download_links") or []) if isinstance(envelope, dict) else []
        assert envelope is None or isinstance(envelope, (str, dict))
        assert {text.split("?")[0] for text in links} <= {link.split("?")[0]}
        assert bool(outcome.days(login)) == bool(links)


@FUZZ
@given(st.tuples(*[older_days(DAYS[-1])] * ANSWERS))
def test_any_page_of_the_older_endpoint_is_rows_or_a_named_failure(stage: Stage, bodies: tuple[bytes, ...]) -> None:
    day = "2026-11-02"
    bodies = tuple(body.replace(DAYS[-1].encode(), day.encode()) for body in bodies)
    config = {"organizations": LOGINS, "since": day, "until": day, "endpoint": "metrics"}
    served = Served(dict(zip(LOGINS, bodies, strict=True)), login_of)

    outcome = stage.sync("github", "/copilot/metrics", served, **config)

    for login, body in zip(LOGINS, bodies, strict=True):
        if f"rganization {login}" in named(outcome):
            continue
        rows_there = [row for row in strictly(plain(body)) if row["date"] == day]
        assert bool(rows_there) == bool(outcome.days(login)), body
        for row in rows_there[:1]:
            assert_carried({name: value for name, value in row.items() if name != "day"}, outcome.days(login)[day])


@FUZZ
@given(st.tuples(*[usage()] * ANSWERS))
def test_any_usage_is_a_record_or_a_named_failure(stage: Stage, bodies: tuple[bytes, ...]) -> None:
    answers = dict(zip(map(str, IDS), bodies, strict=True))

    outcome = stage.sync("edge_impulse", "/metrics", Served(answers, lambda request: request.path.split("/")[4]))

    records = {str(record["organization_id"]): record for record in outcome.records("org_metrics")}
    for number, body in answers.items():
        if number in records:
            answer = strictly(plain(body))
            assert answer["success"] is True
            assert answer["metrics"]
            unclaimed = {name: value for name, value in answer["metrics"].items() if name not in USAGE}
            assert_carried({name: value for name, value in unclaimed.items() if name not in OWN_USAGE}, records[number])
        else:
            assert f"organization {number}" in named(outcome)


@FUZZ
@given(st.tuples(*[information()] * ANSWERS))
def test_any_name_and_limits_leave_the_row_of_metrics_as_it_is(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, bodies: tuple[bytes, ...]
) -> None:
    monkeypatch.setattr("source_usage_metrics.streams.org_metrics.INFORMATION_FAILURES", ANSWERS + 1)
    answers = dict(zip(map(str, IDS), bodies, strict=True))

    outcome = stage.sync("edge_impulse", "", Served(answers, lambda request: "/".join(request.path.split("/")[4:])))

    records = outcome.records("org_metrics")
    assert [record["organization_id"] for record in records] == IDS
    assert [record["user_count"] for record in records] == [
        stage.apis.edge_impulse.organizations[number].truth()["userCount"] for number in IDS
    ]
    assert not outcome.failed
    assert len(outcome.said("WARN")) <= 3


OWN_USAGE = {
    "organization_id",
    "observed_at",
    "exclude_edge_impulse_users",
    "project_visibility",
    *COLUMNS["org_metrics"],
}


@settings(FUZZ, max_examples=FUZZ.max_examples // 2)
@given(
    st.tuples(
        *[damaged(st.fixed_dictionaries({"id": VALUES, "token": VALUES, "expires_at": VALUES}).map(written))] * ANSWERS
    )
)
@pytest.mark.parametrize("path", ["/installation", "/access_tokens"])
def test_any_sign_in_of_an_app_is_a_named_failure_or_good(stage: Stage, path: str, bodies: tuple[bytes, ...]) -> None:
    app_id, key = stage.apis.github.make_app()
    numbers = [str(50_000_000 + 1001 + number) for number in range(ANSWERS)]
    answers = dict(zip(LOGINS if path == "/installation" else numbers, bodies, strict=True))
    app = {"auth_type": "github_app", "app_id": app_id, "private_key": key}
    key_of = login_of if path == "/installation" else (lambda request: request.path.split("/")[3])

    outcome = stage.sync(
        "github", path, Served(answers, key_of), organizations=LOGINS, since=DAYS[0], until=DAYS[0], credentials=app
    )

    for login in LOGINS:
        assert outcome.days(login) or f"organization {login}" in named(outcome)
    stage.apis.unexpected.clear()  # an installation of any number, and with it the path of its token


HEADER_TEXTS = st.text(st.characters(max_codepoint=255, exclude_categories=["Cc"]), max_size=20) | st.sampled_from(
    [
        "0",
        "-1",
        "9" * 400,
        "1e9",
        "\u00b2",
        "Mon, 01 Jan 0001 00:00:00 GMT",
        "now",
        "P1D",
        "2026-11-22 06:00:00 UTC",
        "00:00",
    ]
)
HEADERS = st.dictionaries(
    st.sampled_from(
        ["retry-after", "x-ratelimit-remaining", "x-ratelimit-reset", "date", "link", "location", "content-encoding",
         "github-authentication-token-expiration", "x-github-sso", "x-accepted-github-permissions", "set-cookie"]
    ),
    HEADER_TEXTS,
    max_size=4,
)  # fmt: skip


@settings(FUZZ, max_examples=5 * FUZZ.max_examples)
@given(st.sampled_from([200, 204, 302, 400, 403, 404, 422, 429, 503]), HEADERS)
@pytest.mark.parametrize("endpoint", ["usage_reports", "metrics"])
def test_any_headers_are_borne(stage: Stage, endpoint: str, status: int, headers: dict[str, str]) -> None:
    config = {"organizations": LOGINS[:1], "since": "2026-11-02", "until": "2026-11-02", "endpoint": endpoint}

    stage.sync("github", "/copilot/metrics", Answer(status, b"[]", headers), **config)

    assert sum(stage.clock.slept) <= 2 * 65 * 60


def test_a_list_of_pages_that_leads_back_to_itself_ends(stage: Stage) -> None:
    link = f'<{stage.apis.github.url}/orgs/{LOGINS[0]}/copilot/metrics?page=1>; rel="next"'

    outcome = stage.sync(
        "github",
        "/copilot/metrics",
        Answer(200, "[]", {"link": link}),
        organizations=LOGINS[:1],
        since="2026-11-02",
        until="2026-11-02",
        endpoint="metrics",
    )

    assert "more than 100 pages" in named(outcome)


def test_bombs_and_floods_end_in_bounded_memory(tmp_path: Path) -> None:
    """A gigabyte packed into a megabyte, as content coding and as a file; 65 MiB of blanks; 60 MiB of empty objects."""
    bomb = gzip.compress(b"\0" * 64 * MIB, compresslevel=1) * 16
    with StandIn() as apis:
        today = pendulum.now("UTC").date()
        days = [str(today.subtract(days=ago)) for ago in (60, 59)]
        acme = apis.github.add_organization("acme", since=days[0])
        for number in IDS[:3]:
            apis.edge_impulse.add_organization(number)
        files = {days[0]: bomb, days[1]: gzip.compress(b"x" + b"\n" * 100 * MIB, compresslevel=1)}
        apis.fault("downloads", "", Served(files, day_of), times=None)
        apis.fault("edge_impulse", "/101/", Answer(200, bomb, {"content-encoding": "gzip"}), times=None)
        apis.fault("edge_impulse", "/102/", Answer(200, b" " * 65 * MIB), times=None)
        metrics = b'{"success": true, "metrics": {"a": [' + b"{}," * 20 * MIB + b"1]}}"
        apis.fault("edge_impulse", "/103/", Answer(200, metrics), times=2)
        config = apis.config()
        config["github"] |= {"since": days[0], "until": days[1]}

        peak, messages = peak_of({**config, "num_workers": 1}, tmp_path)

    text = "\n".join(
        message["trace"]["error"]["message"] for message in messages if message.get("trace", {}).get("error")
    )
    assert acme.truth()
    assert f"more than 256 MiB for the usage report of {days[0]}" in text
    assert (
        f"organization acme: The connector can't read the usage report of {days[1]} from GitHub: it is not JSON" in text
    )
    assert "Edge Impulse organizations 101 and 102: Edge Impulse sent more than 64 MiB for the metrics" in text
    assert peak < 600 * MIB


def peak_of(config: Json, folder: Path) -> tuple[int, list[Json]]:
    """The most memory that a sync in a process of its own takes, in bytes, and what it printed."""
    arguments = ["read"]
    for name, content in {"config": config, "catalog": configured(["org_metrics", "copilot_days"])}.items():
        (folder / f"{name}.json").write_text(json.dumps(content))
        arguments += [f"--{name}", str(folder / f"{name}.json")]
    return peak(*arguments)
