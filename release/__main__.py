"""Makes a release: one version in every file, the changelog's date, a commit and a tag. `make release` calls it."""

import argparse
import configparser
import difflib
import re
import shlex
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from pathlib import Path

from release import changelog
from release.places import PUBLISHER, RELEASE_DATE, VERSION, Place, Refused, found, the_one

ROOT = Path(__file__).parent.parent
SEMVER = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)")


def main() -> None:
    """Reads the arguments and does what they say."""
    parser = argparse.ArgumentParser(prog="python -m release", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    new = commands.add_parser("new", help="commit and tag a new version")
    new.add_argument("version")
    new.add_argument("--dry-run", action="store_true", help="show the changes and commands, and change nothing")
    notes = commands.add_parser("notes", help="print the release notes of a tag, such as v0.1.0")
    notes.add_argument("tag")
    arguments = parser.parse_args()
    try:
        if arguments.command == "notes":
            sys.stdout.write(release_notes(arguments.tag) + "\n")
        else:
            release(arguments.version, dry_run=arguments.dry_run)
    except Refused as refused:
        sys.exit(f"No release: {refused}")


def release_notes(tag: str) -> str:
    """The changelog's section of the tagged version, which must be the one that all files name."""
    version = the_one(ROOT, VERSION)
    if tag != f"v{version}":
        raise Refused(f"the tag is {tag}, but setup.py says {version}. Tag with make release VERSION=….")
    return changelog.section(read("CHANGELOG.md"), f"## {version}")


def release(version: str, *, dry_run: bool) -> None:
    """Changes the files, commits and tags, or shows what it would do."""
    check_version(version, the_one(ROOT, VERSION))
    check_repository(version)
    publisher = publisher_values()
    unset = [key for key, value in publisher.items() if not value]
    if unset and not dry_run:
        raise Refused(f"publisher.cfg lacks values. Set these first: {', '.join(unset)}.")
    changed = changed_files(version, publisher)
    commands = [
        ["git", "add", *changed],
        ["git", "commit", "--quiet", "--message", f"Release {version}"],
        ["git", "tag", "--annotate", "--message", f"Release {version}", f"v{version}"],
    ]
    if dry_run:
        show(changed, commands, unset)
        return
    for file, text in changed.items():
        (ROOT / file).write_text(text, encoding="utf-8")
    for command in commands:
        subprocess.run(command, cwd=ROOT, check=True)
    say(f"Committed and tagged v{version}. Publish it: git push --atomic origin HEAD v{version}")


def check_version(version: str, current: str) -> None:
    """A release has three numbers, which Python's packaging and semantic versioning read alike, and goes up."""
    if not SEMVER.fullmatch(version):
        raise Refused(f'"{version}" is not a version. Write three numbers: make release VERSION=1.2.3.')
    if numbers(version) <= numbers(current):
        raise Refused(f"{version} is not newer than {current}, which setup.py says. Choose a higher version.")


def numbers(version: str) -> list[int]:
    return [int(number) for number in version.split(".")]


def check_repository(version: str) -> None:
    """Nothing but the release gets into its commit, and a tag is never moved."""
    if changes := git("status", "--porcelain"):
        raise Refused(f"there are uncommitted changes. Commit or stash them first:\n{changes}")
    if git("tag", "--list", f"v{version}"):
        raise Refused(f"the tag v{version} is already there. Choose a higher version.")


def publisher_values() -> dict[str, str]:
    """The values of publisher.cfg; "" for what is not set."""
    parser = configparser.ConfigParser(interpolation=None)
    parser.read_string(read("publisher.cfg"))
    return {key: parser.get("publisher", key, fallback="") for key in PUBLISHER}


def changed_files(version: str, publisher: Mapping[str, str]) -> dict[str, str]:
    """Each file that the release changes, and its new text."""
    today = datetime.now(timezone.utc).date().isoformat()
    texts = {"CHANGELOG.md": changelog.released(read("CHANGELOG.md"), version, today)}
    values: list[tuple[Sequence[Place], str]] = [(VERSION, version), (RELEASE_DATE, today)]
    values += [(places, publisher[key]) for key, places in PUBLISHER.items() if publisher[key]]
    for places, value in values:
        the_one(ROOT, places)
        for place in places:
            for file in {file for file, _ in found(ROOT, [place])}:
                texts[file] = place.replaced(texts.get(file, read(file)), value)
    return {file: text for file, text in sorted(texts.items()) if text != read(file)}


def show(changed: Mapping[str, str], commands: Sequence[Sequence[str]], unset: Sequence[str]) -> None:
    """What a release would do, and what it still lacks."""
    for file, text in changed.items():
        old, new = (content.splitlines(keepends=True) for content in (read(file), text))
        sys.stdout.writelines(difflib.unified_diff(old, new, file, file))
    for command in commands:
        say(shlex.join(command))
    for missing in unset:
        say(f"Not set in publisher.cfg: {missing}")
    say("Nothing was changed. " + ("The release refuses until all is set." if unset else "All is set."))


def read(file: str) -> str:
    path = ROOT / file
    return path.read_text(encoding="utf-8") if path.exists() else ""


def git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()


def say(line: str) -> None:
    sys.stdout.write(line + "\n")


if __name__ == "__main__":
    main()
