"""A dlt pipeline with `rest_api` for GitHub's Copilot usage reports and its older metrics endpoint, into JSONL files.

    python pipeline.py config.json FOLDER

FOLDER keeps the state between runs and gets the files. The first run reads each day's report; later ones read the
28-day report, and each day again when it no longer reaches back to the last run.
"""

import json
import os
import sys
from collections.abc import Iterator
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

os.environ.setdefault("RUNTIME__DLTHUB_TELEMETRY", "false")
os.environ.setdefault("RUNTIME__LOG_LEVEL", "ERROR")

import dlt
from dlt.sources.rest_api import rest_api_resources

WINDOW = timedelta(days=28)
# A day may come so late that the one asked for last wasn't there yet.
LATE = timedelta(days=4)
NO_REPORT = [
    {"status_code": 204, "action": "ignore"},
    {"status_code": 400, "content": "No report", "action": "ignore"},
    {"status_code": 400, "content": "365 days", "action": "ignore"},
    {"status_code": 404, "content": "No report", "action": "ignore"},
]


def last_day(config: dict[str, Any]) -> date:
    """Yesterday."""
    told = config.get("today")
    return (date.fromisoformat(told) if told else datetime.now(timezone.utc).date()) - timedelta(days=1)


def client(config: dict[str, Any]) -> dict[str, Any]:
    return {
        "base_url": config["api_url"],
        "headers": {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"},
        "auth": {"type": "bearer", "token": config["access_token"]},
        "paginator": "single_page",
    }


def links(envelope: dict[str, Any]) -> Iterator[list[dict[str, Any]]]:
    """As a list: a dependent resource reads its parent's pages."""
    name = envelope["_organizations_organization"]
    yield [{"link": link, "organization": name} for link in envelope.get("download_links") or []]


def rows(file: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A 28-day file holds a list, a 1-day file is the row."""
    name = file.pop("_envelopes_organization")
    for row in file.get("day_totals", [file]):
        yield row | {"organization": name}


def named(row: dict[str, Any]) -> dict[str, Any]:
    row["organization"] = row.pop("_organizations_organization")
    return row


@dlt.source(name="copilot")
def usage_reports(config: dict[str, Any]) -> Any:
    """Two hops: an envelope with signed links, and the files behind them, on another host and without a token."""
    known = {name: date.fromisoformat(day) for name, day in dlt.current.source_state().get("through", {}).items()}
    last = last_day(config)
    recent = [name for name in config["organizations"] if name in known and last - known[name] < WINDOW - LATE]
    first = date.fromisoformat(config["first_day"])

    def ask() -> Iterator[list[dict[str, Any]]]:
        yield [{"organization": name, "report": "organization-28-day/latest", "day": None} for name in recent]
        for name in config["organizations"]:
            if name not in recent:
                yield [
                    {"organization": name, "report": "organization-1-day", "day": str(first + timedelta(days=n))}
                    for n in range((last - first).days + 1)
                ]
            dlt.current.source_state().setdefault("through", {})[name] = str(last)

    path = "orgs/{resources.organizations.organization}/copilot/metrics/reports/{resources.organizations.report}"
    envelopes = {
        "name": "envelopes",
        "selected": False,
        "parallelized": True,
        "include_from_parent": ["organization"],
        "processing_steps": [{"yield_map": links}],
        "endpoint": {
            "path": path,
            "params": {"day": "{resources.organizations.day}"},
            "data_selector": "$",
            "response_actions": NO_REPORT,
        },
    }
    files = {
        "name": "copilot_days",
        "primary_key": ["organization", "day"],
        "max_table_nesting": 0,
        "parallelized": True,
        "include_from_parent": ["organization"],
        "processing_steps": [{"yield_map": rows}],
        "endpoint": {"path": "{resources.envelopes.link}", "auth": None, "data_selector": "$"},
    }
    organizations = dlt.resource(ask, name="organizations", selected=False)
    yield from rest_api_resources({"client": client(config), "resources": [organizations, envelopes, files]})


@dlt.source(name="copilot")
def older_metrics(config: dict[str, Any]) -> Any:
    """One call, and its further pages, for all days since the last one that came, and for 28 days before it."""
    page = [{"organization": name} for name in config["organizations"]]
    organizations = dlt.resource([page], name="organizations", selected=False)
    since = {"cursor_path": "date", "initial_value": config["first_day"], "start_param": "since", "lag": WINDOW.days}
    days = {
        "name": "copilot_days",
        "primary_key": ["organization", "date"],
        "max_table_nesting": 0,
        "include_from_parent": ["organization"],
        "processing_steps": [{"map": named}],
        "endpoint": {
            "path": "orgs/{resources.organizations.organization}/copilot/metrics",
            "params": {"until": f"{last_day(config)}T23:59:59Z", "per_page": 100},
            "paginator": "header_link",
            "incremental": since,
        },
    }
    yield from rest_api_resources({"client": client(config), "resources": [organizations, days]})


def main() -> None:
    config, folder = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")), Path(sys.argv[2])
    os.environ["EXTRACT__WORKERS"] = str(config.get("num_workers", 5))
    pipeline = dlt.pipeline(
        "copilot",
        destination=dlt.destinations.filesystem(bucket_url=str(folder / "out")),
        pipelines_dir=str(folder / "state"),
        dataset_name="days",
    )
    source = older_metrics if config.get("endpoint") == "metrics" else usage_reports
    with pipeline.managed_state():
        made = source(config)
    pipeline.run(made, loader_file_format="jsonl")


if __name__ == "__main__":
    main()
