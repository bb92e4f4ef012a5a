"""Serves the stand-in APIs until Ctrl-C, with demo organizations and a configuration that reads them."""

import argparse
import json
import signal
import sys
import threading
from pathlib import Path
from typing import Any

import pendulum

from integration_tests.standin import StandIn, demo

NAMES = ("acme", "beta")
EDGE_IMPULSE = {101: "Acme devices", 102: "Beta devices"}


def arguments(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m integration_tests.standin", description=__doc__)
    parser.add_argument("--port-github", type=int, default=8801, metavar="PORT", help="default %(default)s; 0: any")
    parser.add_argument("--port-downloads", type=int, default=8802, metavar="PORT", help="default %(default)s")
    parser.add_argument("--port-edge-impulse", type=int, default=8803, metavar="PORT", help="default %(default)s")
    parser.add_argument(
        "--demo", action="store_true", help="the enterprise of make sync; --days to --row-kb don't count"
    )
    parser.add_argument("--days", type=int, default=120, help="days of history, then back to the month's first")
    parser.add_argument("--organizations", type=int, default=2, metavar="N", help="GitHub organizations")
    parser.add_argument("--enterprises", type=int, default=0, metavar="N", help="GitHub enterprises, default none")
    parser.add_argument("--latency", type=float, default=0.0, metavar="SECONDS", help="before each answer")
    parser.add_argument("--row-kb", type=float, default=8.0, metavar="KB", help="size of a busy day's row")
    parser.add_argument("--rate-limit", type=int, default=5000, metavar="N", help="calls an hour to GitHub's API host")
    parser.add_argument("--config", type=Path, metavar="FILE", help="write the configuration here, don't print it")
    return parser.parse_args(argv)


def build(options: argparse.Namespace) -> tuple[StandIn, str | None]:
    """The stand-ins, not yet started, and the first day of their history; None: as far back as reports go."""
    apis = StandIn(options.row_kb, (options.port_github, options.port_downloads, options.port_edge_impulse))
    apis.latency = options.latency
    apis.github.rate_limit = options.rate_limit
    if options.demo:
        demo.build(apis)
        return apis, None
    since = str(pendulum.now("UTC").date().subtract(days=options.days).start_of("month"))
    for number in range(options.organizations):
        login = NAMES[number] if number < len(NAMES) else f"organization-{number + 1}"
        apis.github.add_organization(login, organization_id=str(1001 + number), since=since)
    for number in range(options.enterprises):
        slug = f"enterprise-{number + 1}"
        apis.github.add_enterprise(slug, enterprise_id=str(2001 + number), since=since)
    for organization_id, name in EDGE_IMPULSE.items():
        apis.edge_impulse.add_organization(organization_id, name)
    return apis, since


def config(apis: StandIn, since: str | None) -> dict[str, Any]:
    made = apis.config()
    if since and made["github"]["mode"] == "sync":
        made["github"]["since"] = since
    return made


def announce(text: str, path: Path | None) -> None:
    if path is None:
        print(text, flush=True)
    else:
        path.write_text(text + "\n", encoding="utf-8")
    name = path or "config.json (the lines above)"
    print(f"1. source-usage-metrics check --config {name}", file=sys.stderr)
    print(f"2. source-usage-metrics discover --config {name}", file=sys.stderr)
    print(f"3. make sync CONFIG={name}", file=sys.stderr, flush=True)


def main() -> int:
    options = arguments()
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    apis, since = build(options)
    try:
        apis.start()
    except OSError as error:
        apis.close()
        print(f"A port is taken ({error.strerror}): choose others with --port-github, …", file=sys.stderr)
        return 1
    announce(json.dumps(config(apis, since), indent=2), options.config)
    stop.wait()
    apis.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
