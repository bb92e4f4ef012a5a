"""Writes settings.md from the form that Airbyte shows, so that the page has every field: `make docs`."""

import json
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from source_usage_metrics.config import form  # noqa: E402

PAGE = ROOT / "docs" / "settings.md"
Field = Mapping[str, Any]
SECTIONS = ("github", "edge_impulse")
LINK = re.compile(r'<a href="(?P<target>[^"]+)"[^>]*>(?P<text>.+?)</a>', re.DOTALL)

HEAD = """\
# Settings

<!-- Made from source_usage_metrics/config.py by make_settings.py: change the form, then `make docs`. -->

Every field of the form, as Airbyte shows it. *In a file* is the field's name in JSON, for `secrets/config.json`, PyAirbyte, Terraform and the API.
[Credentials](credentials.md) shows how to get each secret, click by click.

A section that is missing, or that has `"mode": "off"`, is not synced. At least one section must have `"mode": "sync"`. The connector prints the same as JSON Schema:

```sh
source-usage-metrics spec | python3 -m json.tool
```
"""  # noqa: E501 # a sentence is not broken for the page's sake
SAMPLES = """\
Copy a sample into `secrets/config.json`, and replace the values. Git ignores the folder `secrets/`.
In JSON, each line break of a private key is written as `\\n`.
"""


def page() -> str:
    """The whole page."""
    spec = form()["properties"]
    parts = [HEAD, *(line for name in SECTIONS for line in _section(name, spec[name]))]
    parts += [
        "## For both\n",
        "In a file, this is at the top level, next to `github` and `edge_impulse`.\n",
        _table({"num_workers": spec["num_workers"]}, set()),
    ]
    return "\n".join([*parts, *_samples()]).rstrip() + "\n"


def samples() -> Iterator[tuple[str, dict[str, Any]]]:
    """A title and a whole configuration for each way to sign in; only the sign-in's own section is on."""
    spec = form()["properties"]
    for name in SECTIONS:
        on = _on(spec[name])
        for way in on["properties"]["credentials"]["oneOf"]:
            named = {"organizations": ["acme"]} if way["title"] == "Access token" else {}
            signed_in = {"mode": "sync", **named, "credentials": _credentials(way)}
            other = next(one for one in SECTIONS if one != name)
            yield f"{spec[name]['title']}: {way['title']}", {name: signed_in, other: {"mode": "off"}}


def _on(section: Field) -> Field:
    """The section's choice *Sync*."""
    found: Field = next(choice for choice in section["oneOf"] if choice["title"] == "Sync")
    return found


def _credentials(way: Field) -> dict[str, Any]:
    """The fields that it requires, with the form's examples."""
    return {
        name: field.get("const") or field["examples"][0]
        for name, field in _ordered(way["properties"])
        if name in way["required"]
    }


def _ordered(properties: Mapping[str, Field]) -> list[tuple[str, Field]]:
    return sorted(properties.items(), key=lambda item: item[1].get("order", 0))


def _section(name: str, section: Field) -> Iterator[str]:
    on = _on(section)
    yield f"## {section['title']}\n"
    yield f"In a file: `{name}`. {_text(section)}\n"
    yield _table(on["properties"], set(on["required"]))
    for way in on["properties"]["credentials"]["oneOf"]:
        yield f"### {section['title']}: {way['title']}\n"
        yield f"{_text(way)}\n"
        yield _table(way["properties"], set(way["required"]))


def _table(properties: Mapping[str, Field], required: set[str]) -> str:
    rows = [
        f"| {field['title']} | `{name}` | {_meaning(field, name in required)} |" for name, field in _ordered(properties)
    ]
    return "\n".join(["| Field | In a file | Meaning |", "|---|---|---|", *rows, ""])


def _meaning(field: Field, is_required: bool) -> str:
    required = "**Required.** " if is_required else ""
    if "const" in field:
        return f"{required}Write `{field['const']}`: it chooses this."
    secret = "**Secret.** " if field.get("airbyte_secret") else ""
    choices = f" One of {', '.join(f'`{choice}`' for choice in field['enum'])}." if "enum" in field else ""
    default = "" if field.get("default") in (None, [], "") else f" Default: `{json.dumps(field['default'])}`."
    return f"{required}{secret}{_text(field)}{choices}{default}"


def _text(field: Field) -> str:
    text = LINK.sub(r"[\g<text>](\g<target>)", " ".join(field.get("description", "").split()))
    return text.replace("|", r"\|")


def _samples() -> Iterator[str]:
    yield "\n## A sample file for each sign-in\n"
    yield SAMPLES
    for title, sample in samples():
        yield f"### Sample: {title}\n"
        yield f"```json\n{json.dumps(sample, indent=2)}\n```\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
