"""One HTTP request, its answer, and the wire between the two, whole or broken."""

import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from io import BufferedReader
from typing import Any, Protocol
from urllib.parse import parse_qsl, unquote

NO_HEADERS: Mapping[str, str] = {}
REASONS = {status.value: status.phrase for status in HTTPStatus}


class Headers(Mapping[str, str]):
    """Headers by name, whatever the case; iterating gives the names as they were sent, repeated ones joined by ", "."""

    def __init__(self, pairs: list[tuple[str, str]]) -> None:
        self._fields: dict[str, tuple[str, str]] = {}
        for name, value in pairs:
            before = self._fields.get(name.lower())
            self._fields[name.lower()] = (name, f"{before[1]}, {value}" if before else value)

    def __getitem__(self, name: str) -> str:
        return self._fields[name.lower()][1]

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.lower() in self._fields

    def __iter__(self) -> Iterator[str]:
        return (name for name, _ in self._fields.values())

    def __len__(self) -> int:
        return len(self._fields)


@dataclass
class Request:
    """A request as a stand-in received it; `status` is what it answered (0: nothing), `at` is time.monotonic()."""

    host: str
    method: str
    path: str
    query: dict[str, str]
    headers: Headers
    body: bytes
    at: float
    status: int = 0


@dataclass(frozen=True)
class Response:
    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


def as_json(status: int, content: Any, headers: Mapping[str, str] = NO_HEADERS) -> Response:
    """`content` as a JSON answer, spelled compactly as both vendors do."""
    body = json.dumps(content, separators=(",", ":")).encode()
    return Response(status, body, {"content-type": "application/json; charset=utf-8", **headers})


class Listening(Protocol):
    """What an exchange asks of the host that it is with."""

    closing: threading.Event

    def headers(self, request: Request) -> dict[str, str]:
        """Headers of every answer."""


class Exchange:
    """One request, the answer that the API would give, and the wire that the answer goes to."""

    def __init__(self, request: Request, normal: Callable[[], Response], wire: socket.socket, host: Listening) -> None:
        self.request = request
        self.normal = normal
        self.keep_alive = request.headers.get("connection", "").lower() != "close"
        self._wire = wire
        self._host = host

    def send(self, response: Response) -> None:
        """Sends a whole, well-formed answer."""
        self.raw(response.status, response.headers, response.body, len(response.body))

    def raw(self, status: int, headers: Mapping[str, str], body: bytes, length: int | None) -> None:
        """Sends the head and as much of the body as is given; `length` None leaves Content-Length to the headers."""
        self.request.status = status
        fields = self._host.headers(self.request) | {name.lower(): value for name, value in headers.items()}
        lines = [f"HTTP/1.1 {status} {REASONS.get(status, 'Unknown')}"]
        lines += [f"{name}: {value}" for name, value in fields.items()]
        if length is not None and status not in (204, 304):
            lines.append(f"content-length: {length}")
        head = "\r\n".join([*lines, "", ""]).encode("latin-1", "replace")
        self.more(head + (b"" if self.request.method == "HEAD" or status in (204, 304) else body))

    def more(self, data: bytes) -> None:
        self._wire.sendall(data)

    def wait(self, seconds: float) -> None:
        """Sleeps, but not beyond the end of the stand-in."""
        self._host.closing.wait(seconds)

    def hang_up(self) -> None:
        self.keep_alive = False

    def reset(self) -> None:
        """Hangs up with a TCP reset instead of an orderly end."""
        self._wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.hang_up()


def read_request(incoming: BufferedReader, host: str) -> Request | None:
    """The next request of a connection; None at its end."""
    line = incoming.readline(65536)
    if len(parts := line.decode("latin-1").split()) != 3:
        return None
    at = time.monotonic()
    pairs = []
    while (line := incoming.readline(65536)).strip():
        name, _, value = line.decode("latin-1").partition(":")
        pairs.append((name, value.strip()))
    headers = Headers(pairs)
    body = incoming.read(int(headers.get("content-length", "0")))
    path, _, query = parts[1].partition("?")
    return Request(host, parts[0], unquote(path), dict(parse_qsl(query, keep_blank_values=True)), headers, body, at)
