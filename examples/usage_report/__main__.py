"""Writes a report page, one HTML file that needs no network, from the tables that a sync left in a warehouse.

    python examples/usage_report --database usage.duckdb --schema usage_metrics --out usage.html
    python examples/usage_report --database snowflake://USER@ACCOUNT/ANALYTICS/USAGE_METRICS?warehouse=…

Its numbers are the tables': `make report` after a sync. docs/report.md says what is on the page.
"""

import argparse
import os
import sys
from pathlib import Path

import duckdb
import page
import tables
from warehouse import Unreadable


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="usage_report", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--database",
        default=os.environ.get("DATABASE") or "usage.duckdb",
        help="a DuckDB file, or a SQLAlchemy URL of Snowflake or BigQuery; default: $DATABASE, else usage.duckdb",
    )
    parser.add_argument("--schema", help="of the tables in it; default: usage_metrics, else the one that has them")
    parser.add_argument(
        "--out", type=Path, help="the page; default: beside a DuckDB file, with its name, else usage.html"
    )
    parser.add_argument(
        "--known-breaks",
        type=Path,
        default=tables.KNOWN_BREAKS,
        help="days on which GitHub's numbers changed, a CSV file",
    )
    return parser.parse_args()


def main() -> int | str:
    options = arguments()
    is_url = "://" in options.database
    out: Path = options.out or (Path("usage.html") if is_url else Path(options.database).with_suffix(".html"))
    try:
        report = tables.read(options.database, options.schema, options.known_breaks)
        from plotly.offline import get_plotlyjs

        out.write_text(page.made_of(report, get_plotlyjs()), encoding="utf-8", newline="\n")
    except ImportError as missing:
        return f"This needs {missing.name}: pip install -c examples/pyairbyte-constraints.txt airbyte plotly"
    except tables.NothingYet as news:
        print(news)
        return 0
    except Unreadable as error:
        return str(error)
    except duckdb.Error as error:
        return f"{options.database} has tables that this page can't read: {str(error).splitlines()[0]}"
    except OSError as error:
        return f"{out} can't be written: {error.strerror}."
    print(f"The report is in {out}: open it in a browser.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
