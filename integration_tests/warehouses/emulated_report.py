"""Makes the report page of what an emulator holds: the project's own command, in PyAirbyte's environment.

    python emulated_report.py EMULATOR --database bigquery://… --out usage.html

EMULATOR is the address of BigQuery's API, or - for Snowflake and DuckDB, whose URL says where they are. Replaced is
what the emulators lack: BigQuery's sign-in, Snowflake's version and its TLS.
"""

import importlib
import os
import runpy
import sys
import warnings
from pathlib import Path
from typing import Any

warnings.simplefilter("ignore")
REPORT = Path(__file__).parents[2] / "examples/usage_report"


def main() -> None:
    _, emulator, *arguments = sys.argv
    os.environ["SNOWFLAKE_SQLALCHEMY_LEGACY_URL_PARAMS"] = "true"  # it takes protocol=http from no URL otherwise
    importlib.import_module("snowflake.sqlalchemy.snowdialect").SnowflakeDialect._get_server_version_info = lambda *_: (
        9,
        0,
        0,
    )
    bigquery = importlib.import_module("google.cloud.bigquery")
    anonymous = importlib.import_module("google.auth.credentials").AnonymousCredentials()

    def client(*, project_id: str, default_query_job_config: Any, **_: Any) -> Any:
        return bigquery.Client(
            project=project_id,
            credentials=anonymous,
            client_options={"api_endpoint": emulator},
            default_query_job_config=default_query_job_config,
        )

    helpers: Any = importlib.import_module("sqlalchemy_bigquery._helpers")
    helpers.create_bigquery_client = client
    sys.argv = [str(REPORT), *arguments]
    sys.path.insert(0, str(REPORT))
    runpy.run_path(str(REPORT), run_name="__main__")


if __name__ == "__main__":
    main()
