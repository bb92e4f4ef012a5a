"""The command line: spec, check, discover, read."""

import gc

gc.disable()  # what is imported stays: looking for garbage among it takes a tenth of the start-up time

import contextlib
import ctypes
import json
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from airbyte_cdk.entrypoint import AirbyteEntrypoint
from airbyte_cdk.exception_handler import init_uncaught_exception_handler
from airbyte_cdk.logger import PRINT_BUFFER, init_logger
from airbyte_cdk.models import ConnectorSpecification
from airbyte_cdk.utils.airbyte_secrets_utils import get_secrets, update_secrets

from source_usage_metrics.error_table import FILES
from source_usage_metrics.errors import Failure
from source_usage_metrics.source import SourceUsageMetrics

gc.freeze()
gc.enable()

STOPS = (signal.SIGTERM, signal.SIGINT)
# Longer, and a reader that no longer reads would keep us.
LAST_WORDS_SECONDS = 1
SHORTEST_SECRET = 4
LONG = 64 * 1024
M_MMAP_THRESHOLD, LARGE_BLOCK = -3, 256 * 1024


class Entrypoint(AirbyteEntrypoint):
    """The CDK's, but what is wrong with the settings is said by our reading of them, in the words of the form."""

    source: SourceUsageMetrics

    def validate_connection(self, source_spec: ConnectorSpecification, config: Mapping[str, Any]) -> None:  # type: ignore[override]
        """Raises a `Failure` that names each setting that can't be used by its title, by the source's own clock."""
        self.source.settings(config)

    @staticmethod
    def set_up_secret_filter(config: Mapping[str, Any], connection_specification: Mapping[str, Any]) -> None:
        """The CDK's, but for a secret that is blank or nearly so: masking it would leave no sentence readable."""
        secrets = [str(secret) for secret in get_secrets(connection_specification, config)]
        update_secrets([secret for secret in secrets if len(secret.strip()) >= SHORTEST_SECRET])


def run() -> None:
    """Runs the command that the arguments name and prints Airbyte messages, one a line."""
    stop_when_told()
    init_uncaught_exception_handler(init_logger("airbyte"))
    for handler in logging.getLogger().handlers:
        handler.addFilter(without_traceback)
    arguments = Entrypoint.parse_args(sys.argv[1:] or ["--help"])
    if arguments.command == "spec" and not arguments.debug:  # one line of JSON, without the CDK's log before it
        logging.getLogger("airbyte").setLevel(logging.WARNING)
    entrypoint = Entrypoint(SourceUsageMetrics())
    for option in DUE:
        refuse_unreadable(option, getattr(arguments, option, None))
    if arguments.command == "read":
        give_memory_back()
    with PRINT_BUFFER:
        for message in entrypoint.run(arguments):
            write(message)


def write(message: str) -> None:
    """Prints the message as one line; a long one at once, since the CDK's buffer would copy it four times."""
    with PRINT_BUFFER.lock:
        if len(message) < LONG or sys.__stdout__ is None:
            print(f"{message}\n", end="")
            return
        PRINT_BUFFER.flush()
        sys.__stdout__.writelines((message, "\n"))
        sys.__stdout__.flush()


def give_memory_back() -> None:
    """What the imports left behind goes back to the system; so do large blocks, as soon as they are free.

    By default glibc keeps more of both: https://man7.org/linux/man-pages/man3/mallopt.3.html.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):  # another C library
            library = ctypes.CDLL(None)
            library.mallopt(M_MMAP_THRESHOLD, LARGE_BLOCK)
            library.malloc_trim(0)


def refuse_unreadable(option: str, path: str | None) -> None:
    """Raises a `Failure` if the option names a file that isn't there, isn't JSON, or holds something else."""
    if path is None:
        return
    names = {"option": option, "path": path}
    try:
        content = json.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise FILES["unreadable"].named({**names, "reason_to_fail": str(error.strerror)}) from None
    except ValueError:
        raise FILES["not JSON"].named(names) from None
    due, fits = DUE[option]
    if not fits(content):
        raise FILES["another type"].named({**names, "due": due})


def _is_object(content: Any) -> bool:
    return isinstance(content, dict)


def _is_state(content: Any) -> bool:
    """Airbyte also writes `{}` for the state of a connection that has none."""
    return content in ({}, None) or (isinstance(content, list) and all(map(_is_object, content)))


DUE: Mapping[str, tuple[str, Callable[[Any], bool]]] = {
    "config": ("a JSON object", _is_object),
    "catalog": ("a JSON object", _is_object),
    "state": ("a JSON list of state messages", _is_state),
}


def without_traceback(record: logging.LogRecord) -> bool:
    """A failure that we have a sentence for is logged as that sentence; a traceback only tells of our mistakes."""
    if record.exc_info and isinstance(record.exc_info[1], Failure):
        record.exc_info = None
    return True


def stop_when_told() -> None:
    """SIGTERM (also to process 1 of a container) and Ctrl-C end the process at once, after a whole line.

    Python itself would first join the threads that wait, up to 65 minutes for a rate limit. Exit code: 128 + signal.
    """
    if sys.platform == "win32":
        return
    signal.pthread_sigmask(signal.SIG_BLOCK, STOPS)
    threading.Thread(target=_stop, name="stop", daemon=True).start()


def _stop() -> None:
    code = 128 + signal.sigwait(STOPS)
    threading.Timer(LAST_WORDS_SECONDS, os._exit, [code]).start()
    with PRINT_BUFFER.lock:
        PRINT_BUFFER.flush()
        os._exit(code)


if __name__ == "__main__":
    run()
