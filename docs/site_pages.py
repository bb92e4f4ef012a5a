"""What the site has that docs/ has not: pages from elsewhere in the project, boxes, and names that break at their "_"."""

import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

ROOT = Path(__file__).parents[1]
TOP_PAGES = {
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
    "SECURITY.md": "security.md",
    "dbt/README.md": "dbt-package.md",
}
LINK = re.compile(r"\[(?P<text>[^]\n]+)\]\((?P<target>\.\./[^)#\s]+)(?P<anchor>#[^)\s]*)?\)")
# GitHub's boxes, so that the pages read well there, too: https://docs.github.com/get-started/writing-on-github (alerts)
ALERT = re.compile(r"^> \[!(?P<kind>[A-Z]+)\]\n> \*\*(?P<title>.+)\*\*\n(?P<text>(?:>.*\n)+)", re.MULTILINE)
KINDS = {"CAUTION": "danger", "WARNING": "warning", "NOTE": "note", "TIP": "tip"}
# Of a name in a table: a browser may break it after an underscore, and nowhere else.
NAME = re.compile(r"(?<=<code>)[a-z0-9_…]+(?=</code>)")


def on_files(files: Files, *, config: MkDocsConfig) -> Files:
    """Takes these pages in, and the icon; their links lead into docs/, which is the site's top."""
    for name, page in TOP_PAGES.items():
        text = (ROOT / name).read_text(encoding="utf-8").replace("](docs/", "](").replace("](../docs/", "](")
        files.append(File.generated(config, page, content=text))
    files.append(File.generated(config, "icon.svg", content=(ROOT / "icon.svg").read_text(encoding="utf-8")))
    return files


def on_page_markdown(markdown: str, **_: object) -> str:
    """A link to a file of the project, which has no page here, becomes the file's name; one to no file fails."""

    def without_page(link: re.Match[str]) -> str:
        path = link["target"].removeprefix("../")
        if path in TOP_PAGES:
            return f"[{link['text']}]({TOP_PAGES[path]}{link['anchor'] or ''})"
        text = link["text"] if path in link["text"] else f"{link['text']} (`{path}`)"
        return text if (ROOT / path).exists() else link[0]

    return ALERT.sub(_box, LINK.sub(without_page, markdown))


def _box(alert: re.Match[str]) -> str:
    lines = [line.removeprefix(">").strip() for line in alert["text"].splitlines()]
    body = "\n".join(f"    {line}" if line else "" for line in lines).strip("\n")
    title = alert["title"].replace("*", "").replace('"', "'")
    return f'!!! {KINDS[alert["kind"]]} "{title}"\n\n{body}\n'


def on_page_content(html: str, **_: object) -> str:
    """Names of columns get their places to break: CSS forbids all others."""
    return NAME.sub(lambda name: name[0].replace("_", "_<wbr>"), html)
