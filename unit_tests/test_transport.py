"""One exchange: what is let in, what is kept from the other side, and what is seen of its troubles."""

import gzip
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, quote_plus

import pendulum
import pytest
from hypothesis import given
from hypothesis import strategies as st

from integration_tests.clock import TurnedClock
from integration_tests.standin import Request as Received
from integration_tests.standin import StandIn
from integration_tests.standin.exchange import Exchange
from integration_tests.standin.faults import Answer, Fault, Redirect
from source_usage_metrics.error_table import DOWNLOAD
from source_usage_metrics.errors import Failure
from source_usage_metrics.http import ApiClient, CircuitBreakers
from source_usage_metrics.transport import MIB, Request, Response, Transport, TransportError, is_sendable

NOON = pendulum.datetime(2026, 11, 22, 12)
SECRET = "gh$p/a+b=c%d&e<f>\"g'h\\i~0123456789"


@pytest.fixture
def apis() -> Iterator[StandIn]:
    with StandIn() as standin:
        yield standin


@pytest.fixture
def transport() -> Transport:
    return Transport(2)


class Raw(Fault):
    """These very bytes, and then the end of the connection."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def play(self, exchange: Exchange) -> None:
        exchange.more(self._data)
        exchange.hang_up()


def asked(apis: StandIn, transport: Transport, fault: Fault, **request: object) -> Response | TransportError:
    apis.fault("github", "/thing", fault, times=None, when=lambda request: "done" not in request.query)
    apis.fault("github", "/thing", Answer(200, "done"), times=None)
    return transport.send(Request(f"{apis.github.url}/thing", **request))  # type: ignore[arg-type]


def body_of(seen: Response | TransportError) -> bytes:
    assert isinstance(seen, Response)
    return seen.body


def followed(apis: StandIn, transport: Transport, redirect: Fault, **request: object) -> Response:
    """As a client of an API sends it."""
    apis.fault("github", "/thing", redirect, times=None, when=lambda request: "done" not in request.query)
    apis.fault("github", "/thing", Answer(200, "done"), times=None)
    client = ApiClient(transport, TurnedClock(NOON), DOWNLOAD, {"api": "The API", "hosts": ""}, None, CircuitBreakers())
    return client.send(Request(f"{apis.github.url}/thing", **request), "a thing", "acme")  # type: ignore[arg-type]


@pytest.mark.parametrize("to", ["?done", "/thing?done", "http://127.0.0.1:{port}/thing?done=1"])
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_on_the_same_host_is_followed_with_what_was_sent(
    apis: StandIn, transport: Transport, to: str, status: int
) -> None:
    redirect = Redirect(to.format(port=apis.github.port), status)

    assert followed(apis, transport, redirect, headers={"x-api-key": "k"}, method="POST").body == b"done"
    assert {(request.method, request.headers["x-api-key"]) for request in apis.log} == {("POST", "k")}


@pytest.mark.parametrize(
    "to",
    [
        "http://127.0.0.1:{other}/thing",
        "//127.0.0.1:{other}/thing",
        "https://127.0.0.1:{port}/thing",
        "http://user@127.0.0.1:{port}/thing",
        "http://localhost:{port}/thing",
        "http://[::1/thing",
        "ftp://127.0.0.1:{port}/thing",
        "file:///etc/passwd",
        "",
    ],
)
def test_a_redirect_elsewhere_or_nowhere_is_not_followed(apis: StandIn, transport: Transport, to: str) -> None:
    target = to.format(port=apis.github.port, other=apis.downloads.port)

    with pytest.raises(Failure, match="redirected to another host, or in a loop"):
        followed(apis, transport, Redirect(target), headers={"x-api-key": "k"})

    assert not apis.calls("downloads")


def test_a_redirect_without_end_is_given_up(apis: StandIn, transport: Transport) -> None:
    with pytest.raises(Failure, match="in a loop"):
        followed(apis, transport, Redirect("/thing"))

    assert len(apis.log) == 6


def test_no_cookie_is_kept_and_no_password_file_is_read(
    apis: StandIn, transport: Transport, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password hunter2\n")
    monkeypatch.setenv("NETRC", str(netrc))

    asked(apis, transport, Answer(200, "", {"set-cookie": "session=1; path=/"}))
    asked(apis, transport, Answer(200, ""), headers={"Authorization": "Bearer ours"})

    first, second = apis.log
    assert "authorization" not in first.headers
    assert second.headers["authorization"] == "Bearer ours"
    assert "cookie" not in second.headers


@pytest.mark.parametrize(
    "spelled",
    [SECRET, quote(SECRET, safe=""), quote_plus(SECRET), json.dumps(SECRET)[1:-1], SECRET.replace("&", "&amp;")],
    ids=["plain", "in a URL", "in a form", "in JSON", "in HTML"],
)
def test_a_secret_that_comes_back_is_washed_out_however_it_is_spelled(
    apis: StandIn, transport: Transport, spelled: str
) -> None:
    transport.register_secret(SECRET)

    packed = gzip.compress(f"1 {spelled} 2".encode())
    seen = asked(apis, transport, Answer(200, packed, {"content-encoding": "gzip", "x-echo": f"a {spelled} b"}))

    assert isinstance(seen, Response)
    washed = seen.body.decode() + seen.headers["X-Echo"]
    assert washed.count("****") == 2 or "&amp;" in spelled
    assert "0123456789" not in washed or "&amp;" in spelled


def test_a_token_that_is_fetched_again_is_not_washed_out_of_its_own_answer(apis: StandIn, transport: Transport) -> None:
    transport.register_secret(SECRET)

    assert SECRET.encode() in body_of(asked(apis, transport, Answer(200, f"1 {SECRET}"), brings_token=True))
    apis.clear_faults()
    assert SECRET.encode() not in body_of(asked(apis, transport, Answer(403, f"1 {SECRET}"), brings_token=True))


def test_a_short_secret_leaves_the_data_alone(apis: StandIn, transport: Transport) -> None:
    transport.register_secret("2026")

    assert body_of(asked(apis, transport, Answer(200, "in 2026"))) == b"in 2026"


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b"x" * 101, {}),
        (gzip.compress(b"x" * 101, mtime=0), {}),
        (gzip.compress(b"x" * 101, mtime=0), {"content-encoding": "gzip"}),
        (gzip.compress(gzip.compress(b"x" * 101, mtime=0), mtime=0), {"content-encoding": "gzip"}),
    ],
)
def test_a_body_is_let_in_up_to_its_limit(
    apis: StandIn, transport: Transport, body: bytes, headers: dict[str, str]
) -> None:
    assert body_of(asked(apis, transport, Answer(200, body, headers), limit=101)) == b"x" * 101
    apis.clear_faults()
    assert asked(apis, transport, Answer(200, body, headers), limit=100) == TransportError("too large")


@pytest.mark.parametrize("body", [b"x" * 3 * MIB, gzip.compress(b"x" * 3 * MIB)], ids=["plain", "gzip"])
def test_the_body_of_a_redirect_has_the_same_limit(apis: StandIn, transport: Transport, body: bytes) -> None:
    fault = Answer(302, body, {"location": "?done", "content-encoding": "gzip"})

    assert asked(apis, transport, fault, limit=MIB) == TransportError("too large")


def test_of_a_large_file_only_the_first_bytes_are_fetched(apis: StandIn, transport: Transport) -> None:
    body = body_of(asked(apis, transport, Answer(200, b"x" * 8 * MIB), limit=MIB, first_bytes_only=True))

    assert 0 < len(body) <= MIB


@pytest.mark.parametrize(
    "data",
    [
        b"\xff\x00garbage\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"HTTP/1.1 twohundred OK\r\n\r\n",
        b"HTTP/1.1 -1 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 200 + b"\r\n",
        b"HTTP/1.1 200 OK\r\na: " + b"b" * 100_000 + b"\r\n\r\n",
        b"",
    ],
)
def test_what_is_no_http_is_a_dropped_connection(apis: StandIn, transport: Transport, data: bytes) -> None:
    assert asked(apis, transport, Raw(data)) == TransportError("dropped")


@pytest.mark.parametrize(
    "data",
    [
        b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhel",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n-5\r\nhello\r\n0\r\n\r\n",
    ],
)
def test_a_part_of_a_body_is_never_taken_for_the_whole(apis: StandIn, transport: Transport, data: bytes) -> None:
    assert asked(apis, transport, Raw(data)) in (
        TransportError("truncated"),
        TransportError("damaged"),
        TransportError("dropped"),
    )


@pytest.mark.parametrize("end", [12, 15, 17, 30, 40, 51, 52, 60, 67, 70, 80, 90])
def test_an_answer_that_breaks_off_amid_its_headers_is_not_an_empty_one(
    apis: StandIn, transport: Transport, end: int
) -> None:
    head = b"HTTP/1.1 200 OK\r\nserver: GitHub.com\r\ncontent-length: 10\r\ntransfer-encoding: chunked\r\n\r\n"

    assert asked(apis, transport, Raw(head[:end])) in (TransportError("truncated"), TransportError("dropped"))


@pytest.mark.parametrize(
    "data",
    [
        b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",
        b"HTTP/1.1 204 No Content\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    ],
)
def test_an_answer_that_says_it_is_empty_is(apis: StandIn, transport: Transport, data: bytes) -> None:
    assert body_of(asked(apis, transport, Raw(data))) == b""


def test_odd_headers_print_no_link(apis: StandIn, transport: Transport, caplog: pytest.LogCaptureFixture) -> None:
    data = b"HTTP/1.1 200 OK\r\nno colon in this line\r\ncontent-length: 2\r\n\r\nok"
    apis.fault("github", "/thing", Raw(data))

    with caplog.at_level(logging.DEBUG):
        transport.send(Request(f"{apis.github.url}/thing?sig=S1gn4tur3"))

    assert "S1gn4tur3" not in caplog.text


@pytest.mark.parametrize("host", ["nowhere.invalid", "a..b", "a" * 64 + ".com", "*.example.com", "exa mple.com"])
def test_a_host_that_cannot_be_is_a_host_not_found(transport: Transport, host: str) -> None:
    assert transport.send(Request(f"https://{host}/thing")) == TransportError("name")


def test_what_is_asked_shows_no_link_where_it_is_printed() -> None:
    request = Request(
        "https://example.com/?sig=S1gn4tur3", headers={"Authorization": "Bearer t0ken"}, form={"secret": "s"}
    )

    assert not any(secret in repr(request) for secret in ("S1gn4tur3", "t0ken", "secret"))


@pytest.mark.parametrize(
    ("status", "body", "text"),
    [
        (403, b'{"message": "No."}', "No."),
        (403, b'{"error": "No."}', "No."),
        (403, b'{"message": 7, "error": "No."}', "No."),
        (403, b'{"message": "", "error": {"code": 7}}', '{"message": "", "error": {"code": 7}}'),
        (200, b'{"success": false, "error": "No."}', "No."),
        (200, b'{"day": "2026-11-20"}', ""),
        (200, b"<html>Hello</html>", ""),
        (502, b"<html><h1>Bad\n Gateway</h1></html>", "Bad Gateway"),
        (502, b"", ""),
        (403, b'{"message": "see https://h/p?sig=S1 now"}', "see https://h/p now"),
        (403, b"see https:\\/\\/h\\/p?sig=S1, now", "see https:\\/\\/h\\/p now"),
        (403, b'{"message": "a\\u0000b\\u001b[31mc\\u202e"}', "a b [31mc"),
        (418, b"\xff\xfe", "\ufffd\ufffd"),
    ],
)
def test_what_a_provider_says_is_told_without_markup_links_and_controls(status: int, body: bytes, text: str) -> None:
    assert Response(status, {}, body).text() == text


@given(st.integers(100, 999), st.binary() | st.text().map(lambda text: json.dumps({"message": text}).encode()))
def test_what_a_provider_says_is_one_short_line(status: int, body: bytes) -> None:
    text = Response(status, {}, body).text()

    assert len(text) <= 300
    assert text.isprintable()


def test_a_text_of_many_brackets_is_told_at_once() -> None:
    assert Response(500, {}, b"<" * 10_000_000).text()
    assert Response(500, {}, json.dumps({"message": "<" * 10_000_000}).encode()).text()


@pytest.mark.parametrize("token", ["a", "ghs_~!", "a.b-c_d=="])
def test_a_token_can_be_sent(token: str) -> None:
    assert is_sendable(token)


@pytest.mark.parametrize("token", ["", "a b", "a\nb", "a\r\nx-evil: 1", "\u00e9", "a\x00", None, 7, ["a"]])
def test_what_no_header_can_carry_is_not_sent(token: object) -> None:
    assert not is_sendable(token)


@pytest.mark.parametrize(
    ("header", "page"),
    [
        ('<https://h/p?page=2>; rel="next", <https://h/p?page=9>; rel="last"', "https://h/p?page=2"),
        ('<https://h/p?page=9>; rel="last"', None),
        ("", None),
        ("<>;;;,,=", None),
    ],
)
def test_the_next_page_is_where_the_link_header_says(header: str, page: str | None) -> None:
    assert Response(200, {"link": header}, b"[]").next_page() == page


@given(st.text())
def test_any_link_header_is_read(header: str) -> None:
    Response(200, {"link": header}, b"[]").next_page()


def test_the_stand_in_sees_what_is_sent(apis: StandIn, transport: Transport) -> None:
    asked(apis, transport, Answer(200, ""), query={"day": "2026-11-20"}, form={"a": "b c"}, method="POST")

    (request,) = apis.log
    assert isinstance(request, Received)
    assert (request.method, request.query, request.body) == ("POST", {"day": "2026-11-20"}, b"a=b+c")
    assert request.headers["user-agent"] == "airbyte-source-usage-metrics"


@pytest.mark.parametrize("scheme", ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_token_for_this_machine_never_goes_through_a_proxy(
    apis: StandIn, transport: Transport, monkeypatch: pytest.MonkeyPatch, scheme: str, host: str
) -> None:
    monkeypatch.setenv(scheme, apis.downloads.url)
    apis.fault("github", "/thing", Answer(200, "done"))

    response = transport.send(Request(f"http://{host}:{apis.github.port}/thing", headers={"x-api-key": "k"}))

    assert body_of(response) == b"done"
    assert not apis.calls("downloads")


def test_other_hosts_are_reached_through_the_proxy_of_the_environment(
    apis: StandIn, transport: Transport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", apis.github.url)
    apis.fault("github", "", Answer(200, "done"))

    assert body_of(transport.send(Request("http://api.example.com/thing"))) == b"done"
