"""The HTTP plumbing that the three stand-in hosts share: a small keep-alive server, requests, answers."""

import email.utils
import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from io import BufferedReader
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote

if TYPE_CHECKING:
    from integration_tests.standin.stage import Stage

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


class Exchange:
    """One request, the answer that the API would give, and the wire that the answer goes to."""

    def __init__(self, request: Request, normal: Callable[[], Response], wire: socket.socket, host: "Host") -> None:
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


class Host:
    """One loopback host: subclasses say how it answers.

    `port` 0 lets the system choose; the port is kept over close() and start(), so a host can be away for a while.
    """

    name: str

    def __init__(self, stage: "Stage", port: int = 0) -> None:
        self.stage = stage
        self.port = port
        self.closing = threading.Event()
        self._listener: socket.socket | None = None
        self._accepting: threading.Thread | None = None
        self._wires: set[socket.socket] = set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def answer(self, request: Request) -> Response | None:
        """What the API answers; None for a path that it doesn't have."""
        raise NotImplementedError

    def not_found(self) -> Response:
        return as_json(404, {"message": "Not Found"})

    def headers(self, request: Request) -> dict[str, str]:
        """Headers of every answer."""
        return {"date": email.utils.formatdate(self.stage.now.timestamp(), usegmt=True)}

    def start(self) -> None:
        self.closing.clear()
        self._listener = socket.create_server(("127.0.0.1", self.port), backlog=256)
        self.port = self._listener.getsockname()[1]
        self._accepting = threading.Thread(target=self._accept, args=(self._listener,), daemon=True)
        self._accepting.start()

    def close(self) -> None:
        listener, self._listener = self._listener, None
        if listener is None or self._accepting is None:
            return
        self.closing.set()
        with socket.socket() as caller:
            caller.connect_ex(("127.0.0.1", self.port))
        self._accepting.join()
        listener.close()
        for wire in list(self._wires):
            _shut(wire)

    def _accept(self, listener: socket.socket) -> None:
        while True:
            wire, _ = listener.accept()
            if self.closing.is_set():
                wire.close()
                return
            self._wires.add(wire)
            threading.Thread(target=self._serve, args=(wire,), daemon=True).start()

    def _serve(self, wire: socket.socket) -> None:
        wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            with wire, wire.makefile("rb") as incoming:
                while request := read_request(incoming, self.name):
                    if not self._exchange(request, wire):
                        return
        except OSError:
            return
        finally:
            self._wires.discard(wire)

    def _exchange(self, request: Request, wire: socket.socket) -> bool:
        exchange = Exchange(request, lambda: self._normal(request), wire, self)
        fault = self.stage.receive(request)
        if self.stage.latency:
            exchange.wait(self.stage.latency)
        if fault is None:
            exchange.send(exchange.normal())
        else:
            fault.play(exchange)
        return exchange.keep_alive

    def _normal(self, request: Request) -> Response:
        response = self.answer(request)
        if response is None:
            self.stage.unexpected.append(request)
            return self.not_found()
        return response


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


def _shut(wire: socket.socket) -> None:
    try:
        wire.shutdown(socket.SHUT_RDWR)
    except OSError:
        return
