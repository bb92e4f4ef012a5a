"""Every row of the failure table, met on the wire by `read` and `check` as Airbyte runs them."""

import re
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pendulum
import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from integration_tests.failures.cases import CASES, KINDS, ONLY_WARNED_OF, TABLES, Case, Kind, Stage, told
from integration_tests.failures.sentences import assert_readable, sentence
from integration_tests.harness import Connector, Json, Outcome
from integration_tests.standin import Request, StandIn
from integration_tests.standin.faults import Answer, Fault
from source_usage_metrics import error_table
from source_usage_metrics.errors import CONFIG, TRANSIENT, Rule, rule_for
from source_usage_metrics.transport import MIB, Response

TRIES = {"fail": 1, "retry": 6, "renew": 3}


def test_no_row_is_without_a_test() -> None:
    rows = {(name, rule.key) for name, table in TABLES.items() for rule in table}

    assert rows == {(name, key) for name, cases in CASES.items() for key in cases} | ONLY_WARNED_OF


@pytest.fixture(scope="module")
def untrusted() -> Iterator[str]:
    """The address of a server with a certificate that nobody has signed."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_serve_untrusted, args=(listener, _certificate()), daemon=True).start()
        yield f"https://127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)


def _certificate() -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    start = pendulum.datetime(2020, 1, 1)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(1).not_valid_before(start).not_valid_after(start.add(years=80))
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return private + made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def _serve_untrusted(listener: socket.socket, pem: bytes) -> None:
    import tempfile

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.NamedTemporaryFile() as file:
        Path(file.name).write_bytes(pem)
        context.load_cert_chain(file.name)
    while True:
        try:
            transport, _ = listener.accept()
            with context.wrap_socket(transport, server_side=True):
                pass
        except ssl.SSLError:
            continue
        except OSError:
            return


@pytest.fixture
def addresses(untrusted: str, monkeypatch: pytest.MonkeyPatch) -> Mapping[str, str]:
    """Addresses that can't be talked to: a host unknown to DNS, a port that nobody listens on, an odd certificate."""
    real = socket.getaddrinfo

    def looked_up(host: Any, *arguments: Any, **options: Any) -> Any:
        if host == "nowhere.invalid":
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return real(host, *arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", looked_up)
    with socket.create_server(("127.0.0.1", 0)) as free:
        closed_port = free.getsockname()[1]
    return {
        "nowhere": "https://nowhere.invalid",
        "closed": f"http://127.0.0.1:{closed_port}",
        "untrusted": untrusted,
    }


def less_patience(patch: pytest.MonkeyPatch, apis: StandIn, kind: Kind, key: str) -> None:
    """Nothing real is waited for, nor is much read; requests of other kinds keep all their time."""
    if key == "silent":
        request = requests.Session.request

        def of_less_silence(session: Any, method: str, url: str, timeout: tuple[float, float], **options: Any) -> Any:
            is_asked = url.startswith(getattr(apis, kind.host).url) and re.search(kind.path, urlsplit(url).path)
            seconds = timeout[1] / 1000 if is_asked else timeout[1]
            return request(session, method, url, timeout=(timeout[0], seconds), **options)

        patch.setattr(requests.Session, "request", of_less_silence)
    if key == "slow":
        clock = SimpleNamespace(monotonic=lambda: time.monotonic() + 121 * sum(map(kind.is_asked, list(apis.log))))
        patch.setattr("source_usage_metrics.transport.time", clock)
        patch.setattr("source_usage_metrics.github.DOWNLOAD_SECONDS", 5)
    if key == "too large":
        patch.setattr("source_usage_metrics.transport.ANSWER_LIMIT", MIB)
        patch.setattr("source_usage_metrics.github.FILE_LIMIT", MIB)


def configured(apis: StandIn, kind: Kind) -> Json:
    """Settings of which only the section is on that makes this kind of request."""
    apis.github.add_organization("acme", organization_id="1001", since="2026-09-01").row_kb = 0.5
    apis.github.add_enterprise("acme", since="2026-09-01").row_kb = 0.5
    apis.edge_impulse.add_organization(101)
    config = apis.config()
    del config["github"]["enterprises"]
    app_id, key = apis.github.make_app()
    credentials = {
        "app": {"auth_type": "github_app", "app_id": app_id, "private_key": key},
        "client": {
            "auth_type": "client_credentials",
            "client_id": apis.edge_impulse.client_id,
            "client_secret": apis.edge_impulse.client_secret,
        },
    }
    for section, changes in (("github", kind.github), ("edge_impulse", kind.edge_impulse)):
        chosen = changes.get("credentials")
        config[section] |= {**changes, **({"credentials": credentials[chosen]} if chosen else {})}
    config["github" if kind.stream == "org_metrics" else "edge_impulse"]["mode"] = "off"
    return config


NAMES = {
    "copilot_days": "GitHub organization acme: ",
    "copilot_enterprise_days": "GitHub enterprise acme: ",
    "org_metrics": "Edge Impulse organization 101: ",
}
LISTS = (KINDS["list"], KINDS["organizations"], KINDS["installations"])


def without_name(message: str, kind: Kind) -> str:
    """The message without whose it is, which only a list of organizations doesn't begin with."""
    name = NAMES[kind.stream]
    assert message.startswith(name) or kind in LISTS
    return message.removeprefix(name)


@pytest.mark.parametrize(("name", "key"), [(name, key) for name, cases in CASES.items() for key in cases])
def test_a_row_is_read_as_it_stands(
    apis: StandIn,
    connector: Connector,
    addresses: Mapping[str, str],
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    key: str,
) -> None:
    case, rule = CASES[name][key], next(rule for rule in TABLES[name] if rule.key == key)
    kind = KINDS[case.kind]
    less_patience(monkeypatch, apis, kind, key)
    stage = Stage(apis, configured(apis, kind), addresses)
    if name == "GITHUB_CONTENT" and key == "another account":
        connector.sync(
            {**stage.config, "github": {**stage.config["github"], "since": "2026-10-02", "until": "2026-10-02"}}
        )
        apis.log.clear()
    case.turn(stage)
    if case.answer:
        apis.fault(kind.host, "", case.answer, times=None, when=kind.is_asked)
        assert_first_match(name, rule, case.answer)

    read = connector.sync(stage.config, streams=[kind.stream])

    if key == "silent":
        wait_until_received(apis, kind, TRIES[rule.action])
    assert_tried(case, rule, [request for request in apis.log if kind.is_asked(request)], connector.clock.slept)
    assert_read_failed(read, kind, rule)
    if kind.stream == "copilot_enterprise_days" and not case.answer:
        kind = KINDS["app"]  # a check tells what everybody meets once, of the organization
    if case.check_passes:  # the first bytes come in time
        monkeypatch.setattr("source_usage_metrics.transport.time", time)
    check = connector.check(stage.config)
    assert check.connection["status"] == ("SUCCEEDED" if case.check_passes else "FAILED")
    if not case.check_passes:
        assert sentence(rule, in_check=True).fullmatch(without_name(check.connection["message"], kind))
        assert_readable(check.connection["message"])


def assert_first_match(name: str, rule: Rule, fault: Fault) -> None:
    """No earlier row takes the answer, even where it says the same."""
    if isinstance(fault, Answer) and rule.key != "too large" and not name.endswith("CONTENT"):
        reply = Response(fault.status, fault.headers, b"" if fault.body == b"" else _bytes(fault.body))
        assert rule_for(list(TABLES[name]), reply) is rule


def _bytes(body: Any) -> bytes:
    import json

    return body.encode() if isinstance(body, str) else json.dumps(body).encode()


def wait_until_received(apis: StandIn, kind: Kind, tries: int) -> None:
    """On a busy machine a request may be given up before the stand-in has read it."""
    end = time.monotonic() + 10
    while sum(map(kind.is_asked, list(apis.log))) < tries and time.monotonic() < end:
        time.sleep(0.01)


def assert_tried(case: Case, rule: Rule, requests: list[Request], slept: list[float]) -> None:
    """Six tries and 31 seconds at most; a limit is waited out, and not for more than 65 minutes."""
    if rule.action == "wait":
        assert len(requests) == case.tries
        assert 40 * 60 < sum(slept) <= 65 * 60
        assert max(slept) <= 60
    else:
        most = [1, 2, 4, 8, 16] if rule.action == "retry" else []
        assert len(slept) == len(most)
        assert all(longest / 2 <= pause <= longest for pause, longest in zip(slept, most, strict=True))
        assert len(requests) == (TRIES[rule.action] if case.tries is None else case.tries)


def assert_read_failed(outcome: Outcome, kind: Kind, rule: Rule) -> None:
    """INCOMPLETE, with the row's sentence and type in the stream's trace and in the last one."""
    first, last = outcome.errors
    statuses = outcome.statuses(kind.stream)
    assert outcome.failed
    assert [status for status in statuses if status != "RATE_LIMITED"] == ["STARTED", "INCOMPLETE"]
    assert statuses.count("RATE_LIMITED") >= (40 if rule.action == "wait" else 0)
    assert first["stream_descriptor"]["name"] == kind.stream
    assert sentence(rule).fullmatch(without_name(first["message"], kind))
    assert_readable(first["message"])
    assert last["message"] == f"{kind.stream}: {first['message']}"
    assert first["failure_type"] == last["failure_type"] == rule.kind.value
    assert not outcome.records(kind.stream)


def test_a_missing_28_day_report_is_told_and_costs_no_day(apis: StandIn, connector: Connector) -> None:
    acme = apis.github.add_organization("acme", organization_id="1001", since="2026-11-01")
    apis.fault("github", "organization-28-day", told(404, "Not Found"), times=None)
    (rule,) = (rule for rule in error_table.GITHUB if rule.key == "missing")

    outcome = connector.sync()

    (warning,) = outcome.said("WARN")
    assert sentence(rule).search(warning)
    assert_readable(warning)
    assert outcome.days("acme").keys() == acme.truth().keys()


def test_what_only_the_user_can_mend_is_never_retried() -> None:
    for table in TABLES.values():
        for rule in table:
            assert rule.action == "fail" or rule.kind == TRANSIENT or (rule.key, rule.kind) == ("tls", CONFIG)
