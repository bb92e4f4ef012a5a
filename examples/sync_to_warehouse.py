"""Syncs all streams into Snowflake or BigQuery with PyAirbyte: for users of Airbyte Cloud, or without any Airbyte.

    python examples/sync_to_warehouse.py --to snowflake --config secrets/config.json --connector PATH

Run again, it reads only what is new: PyAirbyte keeps the connector's state in the warehouse, in the table _airbyte_state.
How it signs in to the warehouse is read from the environment: docs/airbyte-cloud.md lists the variables.
"""

import argparse
import json
import os
import sys
import tempfile
import warnings
from pathlib import Path
from typing import Any

# PyAirbyte reads these when it is imported: no look-up in Airbyte's registry, no telemetry, no redrawn progress.
os.environ |= {"AIRBYTE_OFFLINE_MODE": "1", "DO_NOT_TRACK": "1", "NO_LIVE_PROGRESS": "1"}
# On Python 3.10 and 3.11 Google's libraries, which PyAirbyte loads, warn that they will stop supporting it.
warnings.simplefilter("ignore", FutureWarning)

import airbyte as ab  # noqa: E402
from airbyte import caches  # noqa: E402

NAME = "source-usage-metrics"


def snowflake(schema: str, staging: str) -> Any:
    """Signed in with a key pair, which needs no second factor."""
    return caches.SnowflakeCache(
        account=os.environ["SNOWFLAKE_ACCOUNT"],
        username=os.environ["SNOWFLAKE_USER"],
        private_key_path=os.environ["SNOWFLAKE_PRIVATE_KEY_PATH"],
        private_key_passphrase=os.environ.get("SNOWFLAKE_PRIVATE_KEY_PASSPHRASE"),
        role=os.environ["SNOWFLAKE_ROLE"],
        warehouse=os.environ["SNOWFLAKE_WAREHOUSE"],
        database=os.environ["SNOWFLAKE_DATABASE"],
        schema_name=schema,
        cache_dir=staging,
    )


def bigquery(schema: str, staging: str) -> Any:
    """Signed in with a service account's file, or else as `gcloud auth application-default login` left it."""
    return caches.BigQueryCache(
        project_name=os.environ["USAGE_METRICS_BIGQUERY_PROJECT"],
        dataset_name=schema,
        dataset_location=os.environ.get("USAGE_METRICS_BIGQUERY_LOCATION", "US"),
        credentials_path=os.environ.get("GOOGLE_APPLICATION_CREDENTIALS"),
        cache_dir=staging,
    )


def duckdb(schema: str, staging: str) -> Any:
    """A file on this machine, to try the script without a warehouse."""
    return caches.DuckDBCache(
        db_path=os.environ.get("USAGE_METRICS_DUCKDB", "usage.duckdb"), schema_name=schema, cache_dir=staging
    )


WAREHOUSES = {"snowflake": snowflake, "bigquery": bigquery, "duckdb": duckdb}


def sync(options: argparse.Namespace) -> None:
    """Reads every stream. A row with a primary key that is already there replaces the older row."""
    with tempfile.TemporaryDirectory() as staging:
        cache = WAREHOUSES[options.to](options.schema, staging)
        source = ab.get_source(
            NAME,
            config=json.loads(options.config.read_text(encoding="utf-8")),
            local_executable=options.connector,
            streams="*",
        )
        result = source.read(cache=cache, skip_validation=True)  # the connector validates, and says what to do
    print(f"{result.processed_records} records into {options.to}, schema {options.schema}: {', '.join(result.streams)}")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--to", choices=WAREHOUSES, required=True, help="where the tables are")
    parser.add_argument("--config", type=Path, required=True, help="the connector's settings, a JSON file")
    parser.add_argument("--schema", default="usage_metrics", help="BigQuery: dataset; default: %(default)s")
    parser.add_argument("--connector", default=NAME, help="its executable; default: %(default)s on the PATH")
    return parser.parse_args()


def main() -> int | str:
    try:
        sync(arguments())
    except KeyError as missing:
        return f"Set the environment variable {missing.args[0]}."
    except ab.exceptions.PyAirbyteError as error:
        return f"{error.get_message()}\nPyAirbyte stored nothing of this sync. Its log file, named above, says more."
    return 0


if __name__ == "__main__":
    sys.exit(main())
