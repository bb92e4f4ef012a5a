"""What the form was when somebody last looked at it, and `python -m unit_tests.golden`, which renews it."""

import json
from pathlib import Path
from typing import Any

from airbyte_cdk.models import ConnectorSpecificationSerializer

from source_usage_metrics.config import form, specification

SPEC = Path(__file__).with_name("spec.json")
SAVED_FORM = Path(__file__).with_name("saved_form.json")
PROSE = ("title", "description", "order", "examples", "pattern_descriptor")


def spec() -> str:
    """The specification, as `spec` prints it."""
    return _written(ConnectorSpecificationSerializer.dump(specification()), sort_keys=True)


def saved_form() -> str:
    """What saved connections rely on: the form without its texts."""
    return _written(_without_prose(form()))


def _written(content: Any, *, sort_keys: bool = False) -> str:
    return json.dumps(content, indent=2, ensure_ascii=False, sort_keys=sort_keys) + "\n"


def _without_prose(schema: Any) -> Any:
    if isinstance(schema, dict):
        return {
            key: _without_prose(value) for key, value in schema.items() if key not in PROSE or isinstance(value, dict)
        }
    return [_without_prose(item) for item in schema] if isinstance(schema, list) else schema
