"""Where the repository and its site are, and what follows for the package index: its links, and the README's."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

ROOT = Path(__file__).parent


def repository() -> str:
    """The address that CITATION.cff names; in a workflow that of the repository it runs for, a fork's own."""
    if name := os.environ.get("GITHUB_REPOSITORY"):
        return f"{os.environ.get('GITHUB_SERVER_URL', 'https://github.com')}/{name}"
    found = re.search(r"^repository-code: (\S+)$", (ROOT / "CITATION.cff").read_text("utf8"), re.MULTILINE)
    assert found, "CITATION.cff names no repository-code"
    return found[1]


def site() -> str:
    """The address at which GitHub Pages publishes the repository's site."""
    owner, name = repository().lower().split("/")[-2:]
    return f"https://{owner}.github.io/" if name == f"{owner}.github.io" else f"https://{owner}.github.io/{name}/"


def readme() -> str:
    """README.md with absolute addresses, as it must be where its neighbours are not: pages of the notes on the site."""

    def absolute(link: re.Match[str]) -> str:
        mark, text, target = link.groups()
        if "://" in target or target.startswith("#"):
            return link[0]
        if mark:
            return f"![{text}]({repository().replace('github.com', 'raw.githubusercontent.com')}/main/{target})"
        if page := re.fullmatch(r"docs/(?:(.+/)?index|(.+))\.md(#.*)?", target):
            return f"[{text}]({site()}{page[1] or ''}{f'{page[2]}/' if page[2] else ''}{page[3] or ''})"
        return f"[{text}]({repository()}/blob/main/{target})"

    return re.sub(r"(!?)\[([^\]]*)\]\(([^)\s]+)\)", absolute, (ROOT / "README.md").read_text("utf8"))


class OnTheIndex(MetadataHookInterface):
    """Adds to the package's metadata what pyproject.toml calls dynamic, and hatchling doesn't know of itself."""

    def update(self, metadata: dict[str, Any]) -> None:
        metadata["readme"] = {"content-type": "text/markdown", "text": readme()}
        metadata["urls"] = {
            "Homepage": site(),
            "Source": repository(),
            "Issues": f"{repository()}/issues",
            "Changelog": f"{repository()}/blob/main/CHANGELOG.md",
        }
