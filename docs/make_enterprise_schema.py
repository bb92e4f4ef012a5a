"""Writes copilot_enterprise_days.json from copilot_days.json, which has the same fields: `make docs`."""

import re
from pathlib import Path

SCHEMAS = Path(__file__).parents[1] / "schemas"
ENTERPRISES = SCHEMAS / "copilot_enterprise_days.json"
# What only organizations have: their names and ids, and the legacy API.
OF_ORGANIZATIONS = {
    "organization",
    "source_endpoint",
    "organization_id",
    "total_active_users",
    "total_engaged_users",
    "copilot_ide_code_completions",
    "copilot_ide_chat",
    "copilot_dotcom_chat",
    "copilot_dotcom_pull_requests",
}
DESCRIBED_APART = ("date", "enterprise_id", "pull_requests")
COLUMN = re.compile(r'^    "(?P<name>\w+)": .+?(?=,\n    "|\n  }$)', re.MULTILINE | re.DOTALL)
DESCRIPTION = re.compile(r'"description": "(?:[^"\\]|\\.)*"')


def schema() -> str:
    """The whole file, written as the organizations' is: the key and a few descriptions are its own."""
    own, organizations = _columns(ENTERPRISES), _columns(SCHEMAS / "copilot_days.json")
    columns = {name: text for name, text in organizations.items() if name not in OF_ORGANIZATIONS}
    for name in DESCRIBED_APART:
        columns[name] = columns[name].replace(_description(columns[name]), _description(own[name]), 1)
    head, _, _ = ENTERPRISES.read_text(encoding="utf-8").partition('    "')
    return head + ",\n".join([own["enterprise"], *columns.values()]) + "\n  }\n}\n"


def _columns(path: Path) -> dict[str, str]:
    return {column["name"]: column[0] for column in COLUMN.finditer(path.read_text(encoding="utf-8"))}


def _description(column: str) -> str:
    found = DESCRIPTION.search(column)
    return found[0] if found else ""


if __name__ == "__main__":
    ENTERPRISES.write_text(schema(), encoding="utf-8")
