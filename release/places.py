"""Where the version and the publisher's values stand in the project's files, and how they are read and replaced."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


class Refused(Exception):
    """Why there is no release, and what to do about it."""


@dataclass(frozen=True)
class Place:
    """Files, and the pattern whose first group is the value there."""

    files: str
    pattern: str

    def paths(self, root: Path) -> list[Path]:
        return sorted(path for path in root.glob(self.files) if path.is_file())

    def values(self, text: str) -> list[str]:
        return [match[1] for match in re.finditer(self.pattern, text, re.MULTILINE)]

    def replaced(self, text: str, value: str) -> str:
        def with_value(match: re.Match[str]) -> str:
            start, end = (position - match.start() for position in match.span(1))
            return match[0][:start] + value + match[0][end:]

        return re.sub(self.pattern, with_value, text, flags=re.MULTILINE)


VERSION = (
    Place("setup.py", r'^    version="(.+)",$'),
    Place("metadata.yaml", r"^  dockerImageTag: (.+)$"),
    Place("Dockerfile", r'io\.airbyte\.version="([^"]+)"'),
    Place("Dockerfile", r'org\.opencontainers\.image\.version="([^"]+)"'),
    Place("dbt/dbt_project.yml", r"^version: (.+)$"),
    Place("examples/terraform/variables.tf", r'"image_tag" \{[^}]*?default\s*=\s*"([^"]+)"'),
    Place("docs/**/*.md", r"source[-_]usage[-_]metrics[:-](\d+\.\d+\.\d+)"),
    Place("docs/**/*.md", r"^\| Docker image tag \| `(.+)` \|$"),
    Place("docs/**/*.md", r'"dockerImageTag": "(.+)"'),
)
RELEASE_DATE = (Place("metadata.yaml", r'^  releaseDate: "(.+)"$'),)
# Each value of publisher.cfg, and where the release writes it.
PUBLISHER: Mapping[str, Sequence[Place]] = {
    "image": (
        Place("metadata.yaml", r"^  dockerRepository: (.+)$"),
        Place("Dockerfile", r'io\.airbyte\.name="([^"]+)"'),
    ),
    "repository": (
        Place("Dockerfile", r'org\.opencontainers\.image\.source="([^"]+)"'),
        Place("SECURITY.md", r"\((https://[^()]+)/security/advisories/new\)"),
        Place(".github/ISSUE_TEMPLATE/config.yml", r"^    url: (https://.+)/security/advisories/new$"),
        Place(".github/ISSUE_TEMPLATE/config.yml", r"^    url: (https://.+)/blob/main/docs/troubleshooting\.md$"),
    ),
    "documentation": (
        Place("metadata.yaml", r"^  documentationUrl: (.+)$"),
        Place("source_usage_metrics/config.py", r'^        documentationUrl="(.+)",$'),
        Place("unit_tests/golden/spec.json", r'^  "documentationUrl": "(.+)",$'),
    ),
    "codeowner": (Place(".github/CODEOWNERS", r"^\* (.+)$"),),
}


def found(root: Path, places: Sequence[Place]) -> Iterator[tuple[str, str]]:
    """Each file that holds the value, and the value; a place that nothing is found at is refused."""
    for place in places:
        values = [
            (str(path.relative_to(root)), value)
            for path in place.paths(root)
            for value in place.values(path.read_text(encoding="utf-8"))
        ]
        if not values:
            raise Refused(f"{place.files} has no line like {place.pattern}. Correct the line, or release/places.py.")
        yield from values


def the_one(root: Path, places: Sequence[Place]) -> str:
    """The value that all places agree on."""
    values = sorted(set(found(root, places)))
    if len({value for _, value in values}) > 1:
        told = ", ".join(f"{file} says {value}" for file, value in values)
        raise Refused(f"The project's files disagree: {told}. Write the same value into all of them.")
    return values[0][1]
