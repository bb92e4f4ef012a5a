"""No server holds a sync for ever: silent, or sending its body a byte now and then.

Headers that dribble are bounded by Python's limits (a line of 64 KiB, 100 headers) and the silence between two bytes.
"""

import contextlib
import ipaddress
import itertools
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pendulum
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from integration_tests.harness import Connector
from integration_tests.standin import StandIn
from integration_tests.standin.faults import Dribble
from source_usage_metrics.clock import Clock
from source_usage_metrics.source import SourceUsageMetrics
from source_usage_metrics.transport import Request, Transport, TransportError

HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKED = HEAD + b"transfer-encoding: chunked\r\n\r\n"
# What a server sends at once, and the bytes that it then sends one by one, without end.
ENDLESS: dict[str, tuple[bytes, bytes]] = {
    "body": (HEAD + b"content-length: 1000000\r\n\r\n", b" "),
    "body without length": (HEAD + b"\r\n", b" "),
    "gzip body": (HEAD + b"content-encoding: gzip\r\n\r\n\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03", b"\x00"),
    "chunks": (CHUNKED, b"1\r\n \r\n"),
}
Serve = Callable[[bytes, bytes], str]


def _certificate(folder: Path) -> Path:
    """A certificate for 127.0.0.1 with its key, as one PEM file."""
    key, start = ec.generate_private_key(ec.SECP256R1()), pendulum.datetime(2020, 1, 1)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "stand-in")])
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
    made = made.not_valid_before(start).not_valid_after(start.add(years=80))
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    signed = made.add_extension(names, critical=False).sign(key, hashes.SHA256())
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file = folder / "certificate.pem"
    file.write_bytes(private + signed.public_bytes(serialization.Encoding.PEM))
    return file


@pytest.fixture(params=["http", "https"])
def serve(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Serve]:
    """Serves what is sent at once, then the rest again and again (none is silence), and gives the address."""
    context = None
    if request.param == "https":
        pem = _certificate(tmp_path)
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(pem))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pem)
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def started(first: bytes, rest: bytes) -> str:
            threading.Thread(target=_dribble, args=(listener, context, first, rest, over), daemon=True).start()
            return f"{request.param}://127.0.0.1:{listener.getsockname()[1]}/"

        yield started
        over.set()


def _dribble(
    listener: socket.socket, context: ssl.SSLContext | None, first: bytes, rest: bytes, over: threading.Event
) -> None:
    with contextlib.suppress(OSError):
        wire, _ = listener.accept()
        with context.wrap_socket(wire, server_side=True) if context else wire as wire:
            wire.recv(65536)
            wire.sendall(first)
            for byte in itertools.cycle(rest):
                if over.wait(0.01):
                    return
                wire.sendall(bytes([byte]))
            over.wait()


@pytest.mark.parametrize("where", ENDLESS)
def test_an_answer_that_never_ends_is_given_up(serve: Serve, monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    minutes = itertools.count(step=60)  # one for each look at the clock
    monkeypatch.setattr("source_usage_metrics.transport.time", SimpleNamespace(monotonic=lambda: next(minutes)))

    assert Transport(1).send(Request(serve(*ENDLESS[where]))) == TransportError("slow")


def test_a_server_that_says_nothing_is_given_up(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("source_usage_metrics.transport.SILENCE_SECONDS", 0.2)

    assert Transport(1).send(Request(serve(b"", b""))) == TransportError("silent")


def test_a_server_that_falls_silent_is_given_up(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("source_usage_metrics.transport.SILENCE_SECONDS", 0.2)

    assert Transport(1).send(Request(serve(HEAD + b"content-length: 9\r\n\r\nhalf", b""))) == TransportError("silent")


def test_a_server_that_takes_no_connection_is_given_up_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    """As behind a firewall that drops what it doesn't let through: the connection is neither made nor refused."""
    monkeypatch.setattr("source_usage_metrics.transport.CONNECT_SECONDS", 0.2)
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        address = listener.getsockname()
        for _ in range(3):  # the queue is full, and nobody accepts
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(address)

        assert Transport(1).send(Request(f"http://127.0.0.1:{address[1]}/")) == TransportError("refused")


def test_a_deadline_that_was_kept_cuts_no_later_answer(apis: StandIn) -> None:
    apis.github.add_organization("acme")
    request = Request(f"{apis.github.url}/orgs/acme", headers={"Authorization": f"Bearer {apis.github.token}"})
    transport = Transport(1)
    while isinstance(transport.send(replace(request, seconds=0.3)), TransportError):
        pass  # the machine is busy: this deadline has to be kept first
    apis.latency = 0.4

    assert not isinstance(transport.send(request), TransportError)


def test_a_whole_sync_ends_though_every_download_dribbles(
    apis: StandIn, connector: Connector, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = SimpleNamespace(monotonic=lambda: time.monotonic() + 301 * len(apis.calls("downloads")))
    monkeypatch.setattr("source_usage_metrics.transport.time", clock)
    apis.github.add_organization("acme", organization_id="1001", since="2026-11-01")
    apis.fault("downloads", "", Dribble(20), times=None)
    config = {**apis.config(), "num_workers": 1}  # the time that a download takes passes for all others, too
    config["github"] |= {"since": "2026-10-01", "until": "2026-11-15"}

    outcome = connector.sync(config)

    assert outcome.statuses("copilot_days")[-1] == "INCOMPLETE"
    assert "timed out: GitHub's download host sent its answer too slowly" in outcome.errors[0]["message"]
    assert outcome.errors[-1]["failure_type"] == "transient_error"


def test_the_machine_s_clock_is_what_a_sync_runs_on() -> None:
    assert type(SourceUsageMetrics()._clock) is Clock
    before = Clock().monotonic()
    Clock().wait(threading.Event(), 0.01)

    assert Clock().monotonic() >= before + 0.01
    assert abs((Clock().now() - pendulum.now("UTC")).total_seconds()) < 60
