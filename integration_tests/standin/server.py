"""The small keep-alive server that the three stand-in hosts share."""

import email.utils
import socket
import threading

from integration_tests.standin.exchange import Exchange, Request, Response, as_json, read_request
from integration_tests.standin.stage import Stage


class Host:
    """One loopback host: subclasses say how it answers.

    `port` 0 lets the system choose; the port is kept over close() and start(), so a host can be away for a while.
    """

    name: str

    def __init__(self, stage: Stage, port: int = 0) -> None:
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


def _shut(wire: socket.socket) -> None:
    try:
        wire.shutdown(socket.SHUT_RDWR)
    except OSError:
        return
