"""What Airbyte's own Snowflake and BigQuery destinations, and PyAirbyte, make of a stream's JSON schema.

    make docs

writes the tables of docs/column-types.md and the columns of dbt/models/sources.yml anew from `schemas/`.

Rules: airbytehq/airbyte, airbyte-cdk/bulk/core/load (JsonSchemaToAirbyteType.kt, ColumnNameResolver.kt,
DestinationCatalog.kt), destination-snowflake (SnowflakeTableSchemaMapper.kt, SnowflakeNamingUtils.kt) and
destination-bigquery (BigqueryDirectLoadSqlGenerator.kt, BigQuerySQLNameTransformer.kt); PyAirbyte: airbyte/types.py.
"""

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from source_usage_metrics.schema import load_schema

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs" / "column-types.md"
SOURCES = ROOT / "dbt" / "models" / "sources.yml"
STREAMS: dict[str, tuple[str, ...]] = {
    "copilot_days": ("organization", "date"),
    "copilot_enterprise_days": ("enterprise", "date"),
    "org_metrics": ("organization_id", "observed_at"),
}
"""Each stream's primary key."""
SWITCHES = {"copilot_days": "copilot", "copilot_enterprise_days": "enterprise", "org_metrics": "edge_impulse"}
"""The dbt variable, after usage_metrics_, that says whether the stream is synced."""
# Without `enabled`, dbt warns of the tests of a table that is left out.
NOT_NULL = """\
            data_tests:
              - not_null:
                  config:
                    enabled: "{{{{ var('usage_metrics_{switch}') }}}}\""""
FRESHNESS = """\
          loaded_at_field: retrieved_at
          freshness:
            warn_after: {count: "{{ var('usage_metrics_stale_warn_days') | as_number }}", period: day}
            error_after: {count: "{{ var('usage_metrics_stale_error_days') | as_number }}", period: day}"""
TYPES = {
    # kind: Snowflake, BigQuery; then as PyAirbyte makes it: DuckDB, BigQuery, Snowflake
    "string": ("VARCHAR", "STRING", "VARCHAR", "STRING", "VARCHAR"),
    "date": ("DATE", "DATE", "DATE", "DATE", "DATE"),
    "timestamp": ("TIMESTAMP_TZ", "TIMESTAMP", "TIMESTAMP", "TIMESTAMP", "TIMESTAMP_NTZ"),
    "integer": ("NUMBER(38,0)", "INT64", "BIGINT", "INT64", "NUMBER(38,0)"),
    "number": ("FLOAT", "NUMERIC", "DECIMAL(38,9)", "NUMERIC", "NUMBER(38,9)"),
    "boolean": ("BOOLEAN", "BOOL", "BOOLEAN", "BOOL", "BOOLEAN"),
    "object": ("OBJECT", "JSON", "JSON", "JSON", "VARIANT"),
    "array": ("ARRAY", "JSON", "JSON", "JSON", "VARIANT"),
}
SNOWFLAKE, BIGQUERY, PYAIRBYTE_DUCKDB, PYAIRBYTE_BIGQUERY, PYAIRBYTE_SNOWFLAKE = range(5)
# https://cloud.google.com/bigquery/docs/schemas#column_names
BIGQUERY_PREFIXES = ("_table_", "_file_", "_partition", "_row_timestamp", "__root__", "_colidentifier", "_change_")
LONGEST_BIGQUERY, LONGEST_SNOWFLAKE = 300, 255
# Words that can't be written as a column without quotes.
# https://cloud.google.com/bigquery/docs/reference/standard-sql/lexical#reserved_keywords
# https://docs.snowflake.com/en/sql-reference/reserved-keywords
RESERVED_WORDS = """
all alter and any array as asc assert_rows_modified at between by case cast check collate column connect
connection constraint contains create cross cube current current_date current_time current_timestamp
current_user database default define delete desc distinct drop else end enum escape except exclude exists
extract false fetch following for from full group grouping groups gschema hash having if ignore ilike in
increment inner insert intersect interval into is issue join lateral left like limit localtime localtimestamp
lookup merge minus natural new no not null nulls of on or order organization outer over partition preceding
proto qualify range recursive regexp respect revoke right rlike rollup row rows sample schema select set some
start struct table tablesample then to treat trigger true try_cast unbounded union unique unnest update using
values view when whenever where window with within
"""
ALLOWED_RESERVED: frozenset[str] = frozenset({"organization"})
"""Snowflake lists ORGANIZATION because of its SHOW commands only; as a column it needs no quotes."""


def kind(declared: Mapping[str, Any]) -> str:
    """The kind of a column, as JsonSchemaToAirbyteType reads a property.

    Raises ValueError for what it would make a union, an untyped object or an unknown type of.
    """
    if {"$ref", "oneOf", "anyOf", "allOf"} & set(declared):
        raise ValueError("a union or a reference")
    types = declared.get("type")
    named = [types] if isinstance(types, str) else [name for name in types or () if name != "null"]
    if len(named) != 1 or named[0] not in TYPES:
        raise ValueError(f"not one type: {types}")
    if named[0] != "string" or "format" not in declared:
        return str(named[0])
    if declared["format"] == "date":
        return "date"
    if declared["format"] == "date-time" and declared.get("airbyte_type") == "timestamp_with_timezone":
        return "timestamp"
    raise ValueError(f"a format that the destinations store as text: {declared['format']}")


def column_type(declared: Mapping[str, Any], warehouse: int) -> str:
    """The type of a property's column: `warehouse` is SNOWFLAKE, BIGQUERY, PYAIRBYTE_DUCKDB, …"""
    return TYPES[kind(declared)][warehouse]


def snowflake_name(name: str) -> str:
    """Upper-cased; quotes are all that it replaces."""
    return name.upper().replace('"', "_")


def bigquery_name(name: str) -> str:
    """Without accents; everything but letters, digits and _ becomes _; a leading digit gets one before it."""
    plain = "".join(letter for letter in unicodedata.normalize("NFKD", name) if not unicodedata.combining(letter))
    cleaned = re.sub(r"[^A-Za-z0-9_]", "_", plain)
    return f"_{cleaned}" if cleaned[:1].isdigit() else cleaned


def objections(stream: Mapping[str, Any]) -> list[str]:
    """What the destinations refuse, rename or store otherwise than meant in a stream of a catalog."""
    properties: Mapping[str, Any] = stream["json_schema"]["properties"]
    found = [f"{stream['name']}.{name}: {text}" for name in properties for text in _of_name(name)]
    for rename in (snowflake_name, bigquery_name):
        written = [rename(name).lower() for name in properties]
        found += [f"{stream['name']}: two columns {name}" for name in set(written) if written.count(name) > 1]
    for name, declared in properties.items():
        try:
            kind(declared)
        except ValueError as error:
            found.append(f"{stream['name']}.{name}: {error}")
    return [*found, *_of_keys(stream, properties)]


def _of_name(name: str) -> list[str]:
    found = []
    if bigquery_name(name) != name or snowflake_name(name).lower() != name:
        found.append("is renamed, or needs quotes in Snowflake")
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        found.append("needs quotes")
    if name.lower() in set(RESERVED_WORDS.split()) - ALLOWED_RESERVED:
        found.append("is a reserved word")
    if len(name) > min(LONGEST_BIGQUERY, LONGEST_SNOWFLAKE):
        found.append("is too long")
    if name.lower().startswith((*BIGQUERY_PREFIXES, "_airbyte", "_ab")):
        found.append("has a prefix that is taken")
    return found


def _of_keys(stream: Mapping[str, Any], properties: Mapping[str, Any]) -> list[str]:
    """A key column has to be at the top, of a comparable type, and never null (a null never equals another)."""
    paths = [*stream.get("source_defined_primary_key", ()), stream.get("default_cursor_field") or []]
    found = []
    for path in filter(None, paths):
        declared = properties.get(path[0])
        if len(path) != 1 or declared is None:
            found.append(f"{stream['name']}: {path} is not a column")
        elif "null" in declared["type"] or declared["type"] in ("object", "array"):
            found.append(f"{stream['name']}: {path} may be null, or can't be compared")
    return found


def type_table(name: str) -> str:
    """The stream's columns and their types in each warehouse, as Markdown."""
    key = STREAMS[name]
    lines = [
        "| column | Snowflake | BigQuery | DuckDB (PyAirbyte) |",
        "|---|---|---|---|",
    ]
    for column, declared in load_schema(name)["properties"].items():
        types = [column_type(declared, warehouse) for warehouse in (SNOWFLAKE, BIGQUERY, PYAIRBYTE_DUCKDB)]
        link = f"[`{column}`](streams.md#{name}-{column})"
        lines.append(f"| {link}{' (key)' if column in key else ''} | {' | '.join(types)} |")
    return "\n".join(lines)


def docs(text: str) -> str:
    """The page with its type tables made anew."""
    for name in STREAMS:
        begin, end = f"<!-- {name}: generated -->", f"<!-- {name}: end -->"
        before, rest = text.split(begin)
        text = f"{before}{begin}\n{type_table(name)}\n{end}{rest.split(end)[1]}"
    return text


def sources() -> str:
    """dbt/models/sources.yml, with each column as the schemas describe it."""
    lines = [
        "# The connector's tables. Generated from schemas/ by make docs.",
        "version: 2",
        "",
        "sources:",
        "  - name: usage_metrics",
        "    description: What Airbyte, or PyAirbyte, loaded.",
        "    database: \"{{ var('usage_metrics_database') or target.database }}\"",
        "    schema: \"{{ var('usage_metrics_schema') }}\"",
        "    tables:",
    ]
    for name, switch in SWITCHES.items():
        lines += [
            f"      - name: {name}",
            f"        identifier: \"{{{{ var('usage_metrics_{name}') }}}}\"",
            "        config:",
            f"          enabled: \"{{{{ var('usage_metrics_{switch}') }}}}\"",
            *(FRESHNESS.splitlines() if "date" in STREAMS[name] else []),
            "        columns:",
        ]
        for column, declared in load_schema(name)["properties"].items():
            lines += [
                f"          - name: {column}",
                f"            description: {json.dumps(declared['description'], ensure_ascii=False)}",
                *(NOT_NULL.format(switch=switch).splitlines() if column in STREAMS[name] else []),
            ]
    return "\n".join(lines) + "\n"


def create_table(name: str, columns: Sequence[tuple[str, str]]) -> str:
    """The statement with which a destination would make its table, without partitions."""
    return f"CREATE TABLE {name} ({', '.join(f'{column} {type_}' for column, type_ in columns)})"


def main() -> None:
    DOCS.write_text(docs(DOCS.read_text(encoding="utf-8")), encoding="utf-8")
    SOURCES.write_text(sources(), encoding="utf-8")


if __name__ == "__main__":
    main()
