"""The changelog's sections: the unreleased one gets a version and a date, a version's section is its release notes."""

import re

from release.places import Refused

UNRELEASED = "## Unreleased"


def section(changelog: str, heading: str) -> str:
    """What stands below the heading that starts so."""
    match = re.search(rf"^{re.escape(heading)}(?: [^\n]*)?\n(.*?)(?=^## |\Z)", changelog, re.MULTILINE | re.DOTALL)
    if not match or not match[1].strip():
        raise Refused(f'CHANGELOG.md has no entries below "{heading}". Write there what changes for users.')
    return match[1].strip()


def released(changelog: str, version: str, date: str) -> str:
    """The changelog with its unreleased section as this version's."""
    section(changelog, UNRELEASED)
    return re.sub(rf"^{UNRELEASED}$", f"## {version} - {date}", changelog, count=1, flags=re.MULTILINE)
