"""Connections that are cut when the time of their exchange is over, wherever it dribbles: headers, chunks or body.

A timeout of `requests` bounds one silence only: a server that sends a byte now and then would hold a sync for ever.
"""

import contextlib
import socket
import threading
from types import TracebackType
from typing import Any

import urllib3
from requests.adapters import HTTPAdapter

_here = threading.local()


class Deadline:
    """Around one exchange, in the thread that makes it. `over` tells whether the connection was cut."""

    def __init__(self, seconds: float) -> None:
        self.over = False
        self._sock: socket.socket | None = None
        self._lock = threading.Lock()
        self._timer = threading.Timer(seconds, self._end)
        self._timer.daemon = True

    def __enter__(self) -> "Deadline":
        _here.deadline = self
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        with self._lock:
            self._sock = None
        _here.deadline = None

    def hold(self, sock: socket.socket | None) -> None:
        """From now on this is the connection to cut."""
        with self._lock:
            self._sock = sock
            if self.over:
                _cut(sock)

    def _end(self) -> None:
        with self._lock:
            self.over = True
            _cut(self._sock)


def _cut(sock: socket.socket | None) -> None:
    with contextlib.suppress(OSError):
        if sock:
            sock.shutdown(socket.SHUT_RDWR)


class _Held:
    """A connection that tells the deadline of its thread about its socket before it waits for an answer."""

    sock: socket.socket | None

    def getresponse(self, *arguments: Any, **options: Any) -> Any:
        deadline: Deadline | None = getattr(_here, "deadline", None)
        if deadline:
            deadline.hold(self.sock)
        return super().getresponse(*arguments, **options)  # type: ignore[misc]


class _HTTPConnection(_Held, urllib3.connection.HTTPConnection):
    pass


class _HTTPSConnection(_Held, urllib3.connection.HTTPSConnection):
    pass


class _HTTPPool(urllib3.HTTPConnectionPool):
    ConnectionCls = _HTTPConnection


class _HTTPSPool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _HTTPSConnection


class Adapter(HTTPAdapter):
    """For a `requests` session whose exchanges run inside a `Deadline`."""

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        """As `requests` does, but with our connections."""
        super().init_poolmanager(*arguments, **options)
        self.poolmanager.pool_classes_by_scheme = {"http": _HTTPPool, "https": _HTTPSPool}
