"""One exchange of HTTP, with bounds on connecting, on silence, and on the time and the size of the body."""

import html
import json
import logging
import re
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from http.cookiejar import DefaultCookiePolicy
from typing import Any, Literal, TypeGuard
from urllib.parse import quote, quote_plus, urljoin, urlsplit

import requests
import urllib3
from airbyte_cdk.utils.airbyte_secrets_utils import add_to_secrets
from requests.adapters import HTTPAdapter
from requests.structures import CaseInsensitiveDict

from source_usage_metrics.parsing import TooLarge, Truncated, loads, unescaped, unpacked
from source_usage_metrics.url import is_loopback

MIB = 1024 * 1024
CONNECT_SECONDS = 10
SILENCE_SECONDS = 60
WHOLE_SECONDS = 120
ANSWER_LIMIT = 64 * MIB
CHUNK = 256 * 1024
USER_AGENT = "airbyte-source-usage-metrics"
# A shorter secret is as likely to be a piece of the data.
REDACTED_LENGTH = 12
# What a provider says is quoted to this length.
QUOTED_LENGTH = 300
MARKUP = re.compile(r"<[^>]*>")
URL_QUERY = re.compile(r"(:\\?/\\?/[^\s?\"'<>]*)\?[^\s\"'<>]*")

# The query of a signed link is its credential. urllib3 prints it at DEBUG, and at WARNING when headers are odd.
logging.getLogger("urllib3").setLevel(logging.CRITICAL)

TransportErrorKind = Literal[
    "name", "refused", "tls", "silent", "slow", "dropped", "truncated", "damaged", "too large", "redirected"
]


@dataclass(frozen=True)
class Request:
    """One request.

    limit: bytes that the body may have, unpacked. seconds: what the exchange may take until the body ends.
    secrets: what is removed from this one answer, beside what is registered.
    first_bytes_only: enough to know that there is a body; it isn't unpacked then.
    brings_token: the answer holds a token for us, perhaps one that is known as a secret already: it is left as it is.
    """

    url: str = field(repr=False)
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    query: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str] | None = field(default=None, repr=False)
    limit: int = field(default_factory=lambda: ANSWER_LIMIT)
    seconds: float = field(default_factory=lambda: WHOLE_SECONDS)
    first_bytes_only: bool = False
    secrets: Sequence[str] = field(default=(), repr=False)
    brings_token: bool = False


@dataclass(frozen=True)
class Response:
    """What came back: whole, unpacked, and free of our own secrets."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    def json(self) -> Any:
        """The body as JSON; None where there are no bytes.

        Raises:
            ValueError: it isn't JSON.
        """
        content, is_json = self._content
        if not is_json:
            raise ValueError("the body is not JSON")
        return content

    @cached_property
    def _content(self) -> tuple[Any, bool]:
        try:
            return loads(self.body) if self.body.strip() else None, True
        except ValueError:
            return None, False

    def next_page(self) -> str | None:
        """Where the header `Link` says that the list goes on."""
        links = requests.utils.parse_header_links(self.headers.get("link", ""))
        return next((link["url"] for link in links if link.get("rel") == "next"), None)

    def text(self) -> str:
        """What the provider says: `message` or `error` of a JSON body; of a refusal also its first characters.

        Without markup, and without the query of a URL, which may be a credential.
        """
        content, _ = self._content
        texts = [content.get("message"), content.get("error")] if isinstance(content, dict) else []
        refused = "" if 200 <= self.status < 300 else self.body[:2000].decode(errors="replace")
        said = next((text for text in texts if isinstance(text, str) and text), refused)[:2000]
        plain = URL_QUERY.sub(r"\1", MARKUP.sub(" ", said))
        return " ".join("".join(letter if letter.isprintable() else " " for letter in plain).split())[:QUOTED_LENGTH]


@dataclass(frozen=True)
class TransportError:
    """No whole response came."""

    kind: TransportErrorKind


Outcome = Response | TransportError


class Transport:
    """Sends one request and returns what came of it; never raises for what the other side does.

    It follows no redirects, keeps no cookies, reads no .netrc, and takes proxies from the environment, except for
    this machine's own addresses.
    """

    def __init__(self, connections: int) -> None:
        self._secrets: frozenset[bytes] = frozenset()
        self._lock, self._free = threading.Lock(), threading.Semaphore(connections)
        self._session = _Session()
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self._session.auth = _unsigned
        adapter = HTTPAdapter(pool_connections=8, pool_maxsize=connections)
        self._session.mount("https://", adapter)
        self._session.mount("http://", adapter)

    def register_secret(self, secret: str) -> None:
        """From now on this text is removed from whatever comes in, and from logs and traces."""
        add_to_secrets(secret)
        with self._lock:
            self._secrets |= _spellings([secret])

    def send(self, request: Request) -> Outcome:
        """The response to this one request, or why there is no whole one."""
        kind: TransportErrorKind
        try:
            return self._exchange(request)
        except TooLarge:
            kind = "too large"
        except Truncated:
            kind = "truncated"
        except _Slow:
            kind = "slow"
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            kind = _kind(error)
        except UnicodeError:
            kind = "name"
        except ValueError:
            kind = "damaged"
        return TransportError(kind)

    def _exchange(self, request: Request) -> Response:
        with self._free:
            end = time.monotonic() + request.seconds
            response = self._session.request(
                request.method,
                request.url,
                params=dict(request.query) or None,
                data=request.form,
                headers={"User-Agent": USER_AGENT, "Accept-Encoding": "gzip", **request.headers},
                timeout=(CONNECT_SECONDS, min(SILENCE_SECONDS, request.seconds)),
                allow_redirects=False,
                stream=True,
                proxies=_no_proxy_to_this_machine(request.url),
            )
            with response:
                packed = b"".join(self._chunks(response.raw, request, end))
        if not packed and not _may_be_empty(response):
            raise Truncated
        body = packed if request.first_bytes_only else unpacked(unpacked(packed, request.limit), request.limit)
        secrets = self._secrets | _spellings(request.secrets)
        headers = {
            name: _redacted(value.encode("latin-1"), secrets).decode("latin-1")
            for name, value in response.headers.items()
        }
        brought = request.brings_token and response.ok
        return Response(
            response.status_code, CaseInsensitiveDict(headers), body if brought else _redacted(body, secrets)
        )

    def _chunks(self, raw: Any, request: Request, end: float) -> Iterator[bytes]:
        room = request.limit
        while chunk := raw.read1(CHUNK, decode_content=False):
            yield chunk
            if time.monotonic() > end:
                raise _Slow
            room -= len(chunk)
            if request.first_bytes_only:
                return
            if room < 0:
                raise TooLarge


class _Session(requests.Session):
    def get_redirect_target(self, resp: requests.Response) -> None:
        """Nowhere: `requests` would read the whole body of a redirect, however long, even to say where it leads."""


class _Slow(Exception):
    """The body takes too long."""


def is_sendable(token: object) -> TypeGuard[str]:
    """Whether this is a text that a header can carry as a token."""
    return isinstance(token, str) and re.fullmatch(r"[!-~]+", token) is not None


def _redacted(body: bytes, secrets: Iterable[bytes]) -> bytes:
    body = unescaped(body)
    for secret in secrets:
        if secret in body:
            body = body.replace(secret, b"****")
    return body


def _spellings(secrets: Iterable[str]) -> frozenset[bytes]:
    """As a server may repeat them: plain, in a form or a URL, in JSON, in HTML."""
    return frozenset(
        spelled.encode()
        for secret in secrets
        if len(secret) >= REDACTED_LENGTH
        for quoted in (quote(secret), quote(secret, safe=""), quote_plus(secret))
        for spelled in (secret, quoted, json.dumps(secret)[1:-1], html.escape(secret))
    )


def _may_be_empty(response: requests.Response) -> bool:
    """Whether nothing is the whole body: a connection that closes amid the headers looks like an answer of no bytes."""
    length = response.headers.get("content-length", "").strip()
    chunked = response.headers.get("transfer-encoding", "").strip().lower() == "chunked"
    return response.status_code not in (200, 201) or length == "0" or chunked


def redirected(request: Request, outcome: Outcome) -> Request | TransportError | None:
    """Where the response sends the request on to, on the same host; an error if elsewhere; None if nowhere."""
    if not isinstance(outcome, Response) or outcome.status not in (301, 302, 303, 307, 308):
        return None
    try:
        target = urljoin(request.url, outcome.headers.get("location", ""))
        is_same_host = urlsplit(target)[:2] == urlsplit(request.url)[:2]
    except ValueError:
        is_same_host = False
    return replace(request, url=target, query={}) if is_same_host else TransportError("redirected")


def _no_proxy_to_this_machine(url: str) -> dict[str, str]:
    """`requests` would send even this through a proxy of the environment, and a token with it in clear."""
    return {"no_proxy": urlsplit(url).hostname or ""} if is_loopback(url) else {}


def _kind(error: BaseException) -> TransportErrorKind:
    """Our name for a library's exception; its text, which may hold a URL, is dropped."""
    text = f"{type(error).__name__} {error!r}"
    if isinstance(error, requests.exceptions.SSLError) or "SSLError" in text:
        return "tls"
    if isinstance(error, (requests.exceptions.InvalidURL, urllib3.exceptions.LocationParseError)):
        return "name"
    if "NameResolutionError" in text or "gaierror" in text:
        return "name"
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return "refused"
    if isinstance(error, (requests.Timeout, urllib3.exceptions.TimeoutError, TimeoutError)):
        return "silent"
    if "NewConnectionError" in text or "ProxyError" in text:
        return "refused"
    if "IncompleteRead" in text or "InvalidChunkLength" in text:
        return "truncated"
    return "dropped"


def _unsigned(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Without an auth of its own, requests would look for one in .netrc and put it over our header."""
    return request
