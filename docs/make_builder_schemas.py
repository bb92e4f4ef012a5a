"""Writes the schemas of the Connector Builder's manifest from schemas/: `make docs`."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
MANIFEST = ROOT / "examples" / "builder" / "manifest.yaml"
MARK = "# Below: made from schemas/"
# What a manifest can't fill: the connector's own marks, the 28-day report, the legacy API, a second request.
NOT_FILLED = {
    "copilot_days": {
        "source_endpoint",
        "is_settled",
        "copilot_feature_engagement",
        "total_active_users",
        "total_engaged_users",
        "copilot_ide_code_completions",
        "copilot_ide_chat",
        "copilot_dotcom_chat",
        "copilot_dotcom_pull_requests",
        "additional_fields",
    },
    "org_metrics": {
        "exclude_edge_impulse_users",
        "project_visibility",
        "organization_name",
        "entitlement_limits",
        "additional_fields",
    },
}


def manifest() -> str:
    """The whole file, its hand-written part as it is."""
    written, _, rest = MANIFEST.read_text(encoding="utf-8").partition(MARK)
    return "\n".join([written + MARK + rest.partition("\n")[0], "schemas:", *_schemas()]) + "\n"


def _schemas() -> Iterator[str]:
    for stream, not_filled in NOT_FILLED.items():
        schema = json.loads((ROOT / "schemas" / f"{stream}.json").read_text(encoding="utf-8"))
        yield f"  {stream}:"
        yield "    type: object"
        yield "    additionalProperties: true"
        yield "    properties:"
        for name, how in schema["properties"].items():
            if name not in not_filled:
                yield f"      {name}: {json.dumps(_column(how))}"


def _column(how: dict[str, Any]) -> dict[str, Any]:
    """Its type alone: what nested values hold is no column of its own."""
    return {key: how[key] for key in ("type", "format", "airbyte_type") if key in how}


if __name__ == "__main__":
    MANIFEST.write_text(manifest(), encoding="utf-8")
