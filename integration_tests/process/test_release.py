"""`make release`, in a repository of its own that holds this checkout's files."""

import os
import re
import shutil
import subprocess
import sys
from datetime import datetime, timezone
from pathlib import Path

import pytest

from release.places import VERSION, the_one

CHECKOUT = Path(__file__).parents[2]
SET = {
    "image": "ghcr.io/acme/source-usage-metrics",
    "repository": "https://github.com/acme/source-usage-metrics",
    "documentation": "https://acme.example.com/usage-metrics/",
    "codeowner": "@acme/data",
}
IDENTITY = {f"GIT_{who}_{what}": "release@example.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
NEXT = "100.0.0"
NOT_COPIED = (
    ".git",
    ".venvs",
    ".tmp",
    ".*_cache",
    ".hypothesis",
    ".coverage*",
    "__pycache__",
    "generated",
    "secrets",
    "usage.*",
)

pytestmark = pytest.mark.skipif(not all(map(shutil.which, ("git", "make"))), reason="needs git and make")


class Repository:
    """A repository that releases can be made in."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        shutil.copytree(CHECKOUT, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns(*NOT_COPIED))
        self.write("CHANGELOG.md", "# Changelog\n\n## Unreleased\n\n- **New.**\n\n## 0.1.0\n\n- The first version.\n")
        self.git("init", "--quiet", "--initial-branch=main")
        self.commit()

    def publishable(self) -> "Repository":
        """With everything in it that only the publisher knows."""
        self.write("publisher.cfg", "[publisher]\n" + "".join(f"{key} = {value}\n" for key, value in SET.items()))
        self.commit()
        return self

    def write(self, file: str, text: str) -> None:
        (self.folder / file).parent.mkdir(exist_ok=True)
        (self.folder / file).write_text(text, encoding="utf-8")

    def read(self, file: str) -> str:
        return (self.folder / file).read_text(encoding="utf-8")

    def commit(self) -> None:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "Work")

    def git(self, *arguments: str) -> str:
        command = ["git", *arguments]
        environment = {**os.environ, **IDENTITY}
        return subprocess.run(
            command, cwd=self.folder, env=environment, check=True, capture_output=True, text=True
        ).stdout.strip()

    def make_release(self, *variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["make", "release", f"PYTHON={sys.executable}", *variables],
            cwd=self.folder,
            env={**os.environ, **IDENTITY, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": ""},
            check=False,
            capture_output=True,
            text=True,
        )

    def refuses(self, *variables: str) -> str:
        """The sentence that a release is refused with; nothing may have changed."""
        before = self.git("rev-parse", "HEAD"), self.git("status", "--porcelain"), self.git("tag")
        refused = self.make_release(*variables)
        assert refused.returncode != 0
        assert "Traceback" not in refused.stderr
        assert (self.git("rev-parse", "HEAD"), self.git("status", "--porcelain"), self.git("tag")) == before
        return refused.stderr


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path)


def test_one_command_changes_the_version_everywhere_and_tags_it(repository: Repository) -> None:
    released = repository.publishable().make_release(f"VERSION={NEXT}")

    assert released.returncode == 0, released.stderr
    assert the_one(repository.folder, VERSION) == NEXT
    dated = re.search(rf"^## {NEXT} - (\S+)$", repository.read("CHANGELOG.md"), re.MULTILINE)
    assert dated
    assert f'releaseDate: "{dated[1]}"' in repository.read("metadata.yaml")
    assert abs((datetime.fromisoformat(dated[1]).date() - datetime.now(timezone.utc).date()).days) <= 1
    assert repository.git("tag", "--points-at", "HEAD") == f"v{NEXT}"
    assert repository.git("log", "-1", "--format=%s") == f"Release {NEXT}"
    assert repository.git("status", "--porcelain") == ""


def test_a_release_names_the_publishers_addresses_where_users_meet_them(repository: Repository) -> None:
    repository.publishable().make_release(f"VERSION={NEXT}")

    for file in ("metadata.yaml", "source_usage_metrics/config.py", "unit_tests/golden/spec.json"):
        assert SET["documentation"] in repository.read(file)
    assert f"dockerRepository: {SET['image']}" in repository.read("metadata.yaml")
    assert f'io.airbyte.name="{SET["image"]}"' in repository.read("Dockerfile")
    assert f'org.opencontainers.image.source="{SET["repository"]}"' in repository.read("Dockerfile")
    assert f"({SET['repository']}/security/advisories/new)" in repository.read("SECURITY.md")
    assert repository.read(".github/CODEOWNERS").endswith(f"* {SET['codeowner']}\n")
    assert "OWNER" not in repository.read(".github/ISSUE_TEMPLATE/config.yml")


def test_the_tag_has_the_changelogs_section_as_its_notes(repository: Repository) -> None:
    repository.publishable().make_release(f"VERSION={NEXT}")

    def notes(tag: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "release", "notes", tag]
        return subprocess.run(command, cwd=repository.folder, check=False, capture_output=True, text=True)

    assert notes(f"v{NEXT}").stdout == "- **New.**\n"
    assert f"the tag is v99.0.0, but setup.py says {NEXT}" in notes("v99.0.0").stderr


def test_a_dry_run_shows_everything_and_changes_nothing(repository: Repository) -> None:
    before = repository.git("rev-parse", "HEAD")

    shown = repository.make_release(f"VERSION={NEXT}", "DRY_RUN=1")

    assert shown.returncode == 0, shown.stderr
    assert f'+    version="{NEXT}",' in shown.stdout
    assert f"+## {NEXT} - " in shown.stdout
    assert f"git tag --annotate --message 'Release {NEXT}' v{NEXT}" in shown.stdout
    assert (repository.git("rev-parse", "HEAD"), repository.git("status", "--porcelain")) == (before, "")
    assert repository.git("tag") == ""


def test_a_dry_run_lists_what_the_publisher_has_to_set(repository: Repository) -> None:
    repository.write("publisher.cfg", "[publisher]\nimage = ghcr.io/acme/source\ncodeowner = @nobody/knows\n")
    repository.commit()

    shown = repository.make_release(f"VERSION={NEXT}", "DRY_RUN=1").stdout

    missing = re.findall(r"^Not set in publisher\.cfg: (\w+)$", shown, re.MULTILINE)
    assert missing == ["repository", "documentation"]
    assert "+* @nobody/knows" in shown


def test_no_release_while_the_publishers_values_are_missing(repository: Repository) -> None:
    repository.write("publisher.cfg", "[publisher]\nimage =\n")
    repository.commit()

    assert "Set these first: image, repository, documentation, codeowner." in repository.refuses(f"VERSION={NEXT}")


def test_a_version_that_airbyte_or_python_would_read_differently_is_refused(repository: Repository) -> None:
    assert "Write three numbers" in repository.refuses()
    for version in ("1.2", "v100.0.0", "100.0.0rc1", "100.0.0-rc.1", "0100.0.0"):
        assert f'"{version}" is not a version. Write three numbers' in repository.refuses(f"VERSION={version}")


def test_a_version_that_is_not_newer_is_refused(repository: Repository) -> None:
    for version in ("0.0.9", the_one(repository.folder, VERSION)):
        assert f"{version} is not newer" in repository.refuses(f"VERSION={version}")


def test_unfinished_work_gets_into_no_release(repository: Repository) -> None:
    repository.write("README.md", "half a page")

    assert "README.md" in repository.refuses(f"VERSION={NEXT}")


def test_a_changelog_without_entries_is_refused(repository: Repository) -> None:
    repository.publishable().write("CHANGELOG.md", "# Changelog\n\n## Unreleased\n\n## 0.1.0\n\n- The first version.\n")
    repository.commit()

    assert 'CHANGELOG.md has no entries below "## Unreleased"' in repository.refuses(f"VERSION={NEXT}")


def test_a_tag_is_never_moved(repository: Repository) -> None:
    repository.git("tag", f"v{NEXT}")

    assert f"the tag v{NEXT} is already there" in repository.refuses(f"VERSION={NEXT}")


def test_files_that_disagree_stop_the_release(repository: Repository) -> None:
    project = repository.read("dbt/dbt_project.yml")
    repository.write("dbt/dbt_project.yml", re.sub(r"^version: .+$", "version: 7.7.7", project, flags=re.MULTILINE))
    repository.commit()

    assert "dbt/dbt_project.yml says 7.7.7" in repository.refuses(f"VERSION={NEXT}")
