"""Syncs all streams into a DuckDB file with PyAirbyte: the connector used without Airbyte.

    python examples/sync_to_duckdb.py --config secrets/config.json --database usage.duckdb --connector PATH

Run again, it reads only what is new: PyAirbyte keeps the connector's state in the same file.
"""

import argparse
import json
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

STOPPED = 130
REFUSED = """
Nothing was read, since the check of the settings failed. Correct this, then run it again. The connector said:"""


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--config", type=Path, required=True, help="the connector's settings, a JSON file")
    parser.add_argument("--database", type=Path, default=Path("usage.duckdb"), help="default: %(default)s")
    parser.add_argument("--schema", default="usage_metrics", help="of the tables in it; default: %(default)s")
    parser.add_argument(
        "--connector", default="source-usage-metrics", help="its executable; default: %(default)s on the PATH"
    )
    options = parser.parse_args()
    if shutil.which(options.connector) is None:
        parser.error(f"{options.connector} can't be run: install the connector, or say where it is with --connector")
    if options.database.stem == options.schema:
        parser.error("DuckDB wants another --schema than the name of the --database")
    options.settings = settings(options.config)
    return options


def settings(path: Path) -> dict[str, Any]:
    """What the file holds; without it there is nothing to do."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        sys.exit(f"The settings file {path} can't be read: {error.strerror}. README shows what it contains.")
    except ValueError as error:
        sys.exit(f"The settings file {path} is not JSON: {error}. README shows what it contains.")
    if not isinstance(found, dict):
        sys.exit(f"The settings file {path} is not a JSON object. README shows what it contains.")
    return found


def problem(printed: str) -> str | None:
    """What the connector's `check` found wrong, by what it printed; None if a sync can begin."""
    messages = [json.loads(line) for line in printed.splitlines() if line.startswith("{")]
    for message in messages:
        if message["type"] == "CONNECTION_STATUS":
            status = message["connectionStatus"]
            return None if status["status"] == "SUCCEEDED" else status["message"]
    errors = [message["trace"]["error"]["message"] for message in messages if message["type"] == "TRACE"]
    return errors[-1] if errors else "nothing; its check ended without an answer."


def stop(*_: object) -> None:
    """The first Ctrl-C stops the sync; no other one disturbs the cleaning up."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    raise KeyboardInterrupt


def synced(options: argparse.Namespace) -> str | None:
    """Checks, then syncs; what failed, if something did."""
    print("Checking the settings, and every organization that they name …", flush=True)
    command = [options.connector, "check", "--config", str(options.config)]
    checking = subprocess.Popen(  # noqa: S603
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, encoding="utf-8"
    )
    try:
        import pyairbyte_sync  # it takes seconds, and so does the check

        wrong = problem(checking.communicate()[0])
        return f"{REFUSED}\n{wrong}" if wrong else pyairbyte_sync.run(options)
    finally:
        checking.kill()


def main() -> int | str:
    options = arguments()
    try:
        signal.signal(signal.SIGINT, stop)
        failure = synced(options)
    except KeyboardInterrupt:
        failure = f"Stopped. Nothing more is written to {options.database}."
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        print(f"\n{failure}", file=sys.stderr)
        return STOPPED
    return failure or 0


if __name__ == "__main__":
    sys.exit(main())
