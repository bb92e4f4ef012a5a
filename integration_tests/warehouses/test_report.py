"""The report page of the three warehouses: the same page, whichever of them the tables are in."""

import json
import os
import re
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from integration_tests.warehouses.loader import ROOT, VENVS, Loader, Row, existing
from integration_tests.warehouses.story import Story

sys.path.insert(0, str(ROOT / "examples" / "usage_report"))

import copilot
import edge_impulse

pytestmark = [pytest.mark.warehouse, pytest.mark.timeout(1500)]
WRAPPER = Path(__file__).with_name("emulated_report.py")
INSTANTS = ("observed_at", "jobs_compute_time_current_year_since", "_airbyte_extracted_at", "retrieved_at")
SECRET = "ghost-of-a-password"


def address(loader: Loader) -> tuple[str, str]:
    """Where the emulator is, and the URL that the report is given."""
    if loader.warehouse == "bigquery":
        return loader.settings["url"], f"bigquery://{loader.database}/{loader.schema}"
    if loader.warehouse == "snowflake":
        where = f"127.0.0.1:{loader.settings['port']}/{loader.database}/{loader.schema}"
        return "-", f"snowflake://fakesnow:{SECRET}@{where}?protocol=http&account=fakesnow"
    return "-", f"duckdb:///{loader.database}"


def made(loader: Loader, *arguments: str, key: Path | None = None) -> "subprocess.CompletedProcess[str]":
    """The command's end. key: what signs in instead of the password.

    PyAirbyte has closed the warehouse before: a DuckDB file can be open only once.
    """
    loader.close()
    emulator, url = address(loader)
    environment = os.environ | {"DATABASE": url.replace(f":{SECRET}", "") if key else url}
    environment |= {"SNOWFLAKE_PRIVATE_KEY_PATH": str(key)} if key else {}
    command = [str(existing(VENVS / "pyairbyte/bin/python")), "-W", "ignore", str(WRAPPER), emulator, *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def typed(row: Row) -> Row:
    """A row with instants as a driver gives them: the loader has them as text."""
    return row | {name: datetime.fromisoformat(row[name]) for name in INSTANTS if isinstance(row.get(name), str)}


def everything(row: Row, wanted: list[str]) -> Row:
    return dict.fromkeys(wanted) | typed(row)


def test_the_page_is_the_same_from_each_warehouse(story: Story, tmp_path: Path) -> None:
    page = tmp_path / "usage.html"

    done = made(story.loader, "--out", str(page))

    assert done.returncode == 0, done.stdout + done.stderr
    text = page.read_text(encoding="utf-8")
    embedded = re.search(r'<script type="application/json" id="data">(.*?)</script>', text, flags=re.DOTALL)
    assert embedded is not None
    data: dict[str, Any] = json.loads(embedded[1])
    days = story.days["upgraded"].values()
    for table, owner in copilot.OWNERS.items():
        rows = [everything(row, copilot.wanted(table)) for row in days if row.get(owner)]
        found_there = [one for one in data["copilot"] if one["kind"] == owner]
        assert found_there == json.loads(json.dumps(copilot.by_owner(rows, table)))
        assert len(found_there[0]["days"]) > 25
        assert sum(filter(None, found_there[0]["series"]["cli_tokens_sent"])) > 0
    snapshots = [everything(row, edge_impulse.wanted()) for row in story.snapshots["upgraded"]]
    assert data["edge_impulse"] == json.loads(json.dumps(edge_impulse.by_organization(snapshots)))
    assert {one["name"] for one in data["copilot"]} == {name for name, _ in story.days["upgraded"]}
    assert data["source"]["tables"] == sorted([*copilot.OWNERS, "org_metrics"])
    assert SECRET not in text + done.stdout + done.stderr


def test_a_key_signs_in_to_snowflake(story: Story, tmp_path: Path) -> None:
    if story.loader.warehouse != "snowflake":
        pytest.skip("Snowflake alone has key pairs")
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    key = tmp_path / "key.p8"
    key.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))

    done = made(story.loader, "--out", str(tmp_path / "usage.html"), key=key)
    without = made(story.loader, "--out", str(tmp_path / "usage.html"), key=tmp_path / "none.p8")

    assert done.returncode == 0, done.stdout + done.stderr
    assert "can't be opened" in without.stderr


def test_a_schema_without_the_tables_is_named_and_no_secret_is(story: Story, tmp_path: Path) -> None:
    done = made(story.loader, "--schema", "somewhere_else", "--out", str(tmp_path / "usage.html"))

    assert done.returncode == 1
    assert "no table copilot_days or org_metrics in schema somewhere_else" in done.stderr
    assert SECRET not in done.stdout + done.stderr
    assert not (tmp_path / "usage.html").exists()
