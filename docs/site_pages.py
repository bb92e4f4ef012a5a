"""What the site has that docs/ has not: the pages that stand at the top of the project, for mkdocs.yml."""

import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

ROOT = Path(__file__).parents[1]
TOP_PAGES = {"CONTRIBUTING.md": "contributing.md", "CHANGELOG.md": "changelog.md"}
LINK = re.compile(r"\[(?P<text>[^]\n]+)\]\((?P<target>\.\./[^)#\s]+)(#[^)\s]*)?\)")


def on_files(files: Files, *, config: MkDocsConfig) -> Files:
    """Takes the top pages in; their links lead into docs/, which is the site's top."""
    for name, page in TOP_PAGES.items():
        text = (ROOT / name).read_text(encoding="utf-8").replace("](docs/", "](")
        files.append(File.generated(config, page, content=text))
    return files


def on_page_markdown(markdown: str, **_: object) -> str:
    """A link to a file of the project, which has no page here, becomes the file's name; one to no file fails."""

    def without_page(link: re.Match[str]) -> str:
        path = link["target"].removeprefix("../")
        if path in TOP_PAGES:
            return f"[{link['text']}]({TOP_PAGES[path]})"
        return f"{link['text']} (`{path}`)" if (ROOT / path).exists() else link[0]

    return LINK.sub(without_page, markdown)
