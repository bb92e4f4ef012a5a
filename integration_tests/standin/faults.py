"""Ways in which an answer can go wrong, each planned with StandIn.fault()."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from integration_tests.standin.exchange import NO_HEADERS, Exchange, Response, as_json


class Fault:
    """Answers a request instead of the API."""

    def play(self, exchange: Exchange) -> None:
        raise NotImplementedError


@dataclass(frozen=True)
class Answer(Fault):
    """This status, body (a dict or list as JSON, a str as text, bytes as they are) and headers."""

    status: int
    body: bytes | str | dict[str, Any] | list[Any] = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    def play(self, exchange: Exchange) -> None:
        if isinstance(self.body, dict | list):
            exchange.send(as_json(self.status, self.body, self.headers))
        else:
            body = self.body.encode() if isinstance(self.body, str) else self.body
            exchange.send(Response(self.status, body, self.headers))


@dataclass(frozen=True)
class Reset(Fault):
    """A TCP reset in place of an answer."""

    def play(self, exchange: Exchange) -> None:
        exchange.reset()


@dataclass(frozen=True)
class Hang(Fault):
    """Silence for so many seconds, then the end of the connection."""

    seconds: float

    def play(self, exchange: Exchange) -> None:
        exchange.wait(self.seconds)
        exchange.hang_up()


@dataclass(frozen=True)
class Slow(Fault):
    """The API's answer, so many seconds late."""

    seconds: float

    def play(self, exchange: Exchange) -> None:
        exchange.wait(self.seconds)
        exchange.send(exchange.normal())


@dataclass(frozen=True)
class Truncated(Fault):
    """The API's answer with its true Content-Length, but only half of the body."""

    def play(self, exchange: Exchange) -> None:
        response = exchange.normal()
        length = max(len(response.body), 2)
        exchange.raw(response.status, response.headers, response.body[: len(response.body) // 2], length)
        exchange.hang_up()


@dataclass(frozen=True)
class BrokenChunk(Fault):
    """The API's answer in chunks, of which the second has no valid size."""

    def play(self, exchange: Exchange) -> None:
        response = exchange.normal()
        half = response.body[: len(response.body) // 2] or b"{"
        chunks = b"%x\r\n%s\r\nzz\r\n" % (len(half), half)
        exchange.raw(response.status, {**response.headers, "transfer-encoding": "chunked"}, chunks, None)
        exchange.hang_up()


@dataclass(frozen=True)
class Dribble(Fault):
    """The API's answer, its body at so many bytes a second."""

    bytes_per_second: float

    def play(self, exchange: Exchange) -> None:
        response = exchange.normal()
        exchange.raw(response.status, response.headers, b"", len(response.body))
        step = max(1, int(self.bytes_per_second / 20))
        for start in range(0, len(response.body), step):
            exchange.wait(step / self.bytes_per_second)
            exchange.more(response.body[start : start + step])


@dataclass(frozen=True)
class Redirect(Fault):
    """A redirect to an absolute or relative address."""

    to: str
    status: int = 302

    def play(self, exchange: Exchange) -> None:
        exchange.send(Response(self.status, b"", {"location": self.to}))


@dataclass(frozen=True)
class Echo(Fault):
    """An answer whose headers and body repeat all headers, the query and the body of the request: finds leaks."""

    status: int
    headers: Mapping[str, str] = field(default_factory=lambda: NO_HEADERS)

    def play(self, exchange: Exchange) -> None:
        request = exchange.request
        told = {**request.headers, "query": "&".join(f"{k}={v}" for k, v in request.query.items())}
        told["body"] = request.body.decode("utf-8", "replace")
        text = json.dumps(told)
        echoed = {f"x-echo-{name}": value.replace("\r", " ").replace("\n", " ") for name, value in told.items()}
        exchange.send(as_json(self.status, {"message": text, "error": text, **told}, {**echoed, **self.headers}))
