"""Writes a report page, one HTML file that needs no network, from the tables that a sync left in DuckDB.

    python examples/usage_report --database usage.duckdb --schema usage_metrics --out usage.html

Its numbers are the tables': `make report` after a sync. docs/report.md says what is on the page.
"""

import argparse
import sys
from pathlib import Path

import duckdb
import page
import tables


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="usage_report", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--database", type=Path, default=Path("usage.duckdb"), help="default: %(default)s")
    parser.add_argument("--schema", help="of the tables in it; default: usage_metrics, else the one that has them")
    parser.add_argument("--out", type=Path, help="the page; default: beside the database, with its name")
    parser.add_argument(
        "--known-breaks",
        type=Path,
        default=tables.KNOWN_BREAKS,
        help="days on which GitHub's numbers changed, a CSV file",
    )
    return parser.parse_args()


def main() -> int | str:
    options = arguments()
    out: Path = options.out or options.database.with_suffix(".html")
    try:
        report = tables.read(options.database, options.schema, options.known_breaks)
        from plotly.offline import get_plotlyjs

        out.write_text(page.made_of(report, get_plotlyjs()), encoding="utf-8", newline="\n")
    except ImportError:
        return "This needs plotly: pip install -c examples/pyairbyte-constraints.txt plotly duckdb"
    except tables.NothingYet as news:
        print(news)
        return 0
    except tables.Unreadable as error:
        return str(error)
    except duckdb.Error as error:
        return f"{options.database} has tables that this page can't read: {str(error).splitlines()[0]}"
    except OSError as error:
        return f"{out} can't be written: {error.strerror}."
    print(f"The report is in {out}: open it in a browser.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
