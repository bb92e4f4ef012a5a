"""The example for Airbyte Cloud's users, run as it is: into DuckDB, and into the emulators in place of the services."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pendulum
import pytest

from integration_tests.standin import StandIn
from integration_tests.warehouses.conftest import OPEN, WAREHOUSES
from integration_tests.warehouses.loader import CONNECTOR, ROOT, VENVS, existing

pytestmark = [pytest.mark.warehouse, pytest.mark.timeout(900)]
EXAMPLE = ROOT / "examples" / "sync_to_warehouse.py"
# The services' caches are replaced by those of the emulators; what the script gives them stays.
EMULATED = """
import sys
from functools import partial
sys.path[:0] = {folders!r}
import pyairbyte_worker as worker
from airbyte import caches
worker.cache({where!r}, {staging!r})  # prepares fakesnow's dialect
def snowflake(*, private_key_path, private_key_passphrase, **given):
    return worker.EmulatedSnowflake(password="emulated", emulator_port={where!r}["port"], **given)
caches.SnowflakeCache = snowflake
caches.BigQueryCache = partial(worker.EmulatedBigQuery, emulator={where!r}.get("url"))
import sync_to_warehouse
sys.exit(sync_to_warehouse.main())
"""
SIGNED_IN = {
    **dict.fromkeys(
        ("SNOWFLAKE_ACCOUNT", "SNOWFLAKE_USER", "SNOWFLAKE_PRIVATE_KEY_PATH", "SNOWFLAKE_ROLE", "SNOWFLAKE_WAREHOUSE"),
        "emulated",
    ),
    "SNOWFLAKE_DATABASE": "ANALYTICS",
    "USAGE_METRICS_BIGQUERY_PROJECT": "local",
}


@pytest.mark.parametrize("warehouse", [pytest.param(name, marks=pytest.mark.xdist_group(name)) for name in WAREHOUSES])
def test_the_example_loads_and_reads_only_what_is_new_the_second_time(warehouse: str, tmp_path: Path) -> None:
    since = str(pendulum.today("UTC").date().subtract(days=20))
    with StandIn() as apis, OPEN[warehouse](tmp_path) as loader:
        acme = apis.github.add_organization("acme", organization_id="1001", since=since)
        apis.edge_impulse.add_organization(101)
        (tmp_path / "config.json").write_text(json.dumps(apis.config()))
        code = f"import sys; sys.path[:0] = [{str(EXAMPLE.parent)!r}]; import sync_to_warehouse as s; sys.exit(s.main())"
        if warehouse != "duckdb":
            folders = [str(EXAMPLE.parent), str(Path(__file__).parent)]
            code = EMULATED.format(folders=folders, where=loader.settings, staging=str(tmp_path))
        command = [str(existing(VENVS / "pyairbyte/bin/python")), "-W", "ignore", "-c", code, "--to", warehouse]
        command += ["--config", str(tmp_path / "config.json"), "--connector", str(existing(CONNECTOR))]
        command += ["--schema", loader.schema]
        environment = os.environ | SIGNED_IN | {"USAGE_METRICS_DUCKDB": loader.database}
        environment |= {"AIRBYTE_LOGGING_ROOT": str(tmp_path / "logs")}
        for records in (len(acme.truth()) + 1, 1):
            done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)
            assert f"{records} records into {warehouse}" in done.stdout, done.stdout + done.stderr
        rows = loader.sql(f"select count(*) as rows_there, count(distinct date) as days from {loader.schema}.copilot_days")
        assert rows == [{"rows_there": len(acme.truth()), "days": len(acme.truth())}]


def test_a_missing_sign_in_is_named(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SNOWFLAKE_")}
    command = [str(existing(VENVS / "pyairbyte/bin/python")), "-W", "ignore", str(EXAMPLE), "--to", "snowflake"]
    command += ["--config", str(tmp_path / "config.json"), "--connector", sys.executable]

    done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert "Set the environment variable SNOWFLAKE_ACCOUNT." in done.stderr
