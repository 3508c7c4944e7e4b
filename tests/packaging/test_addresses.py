"""The repository's address stands in one place, and what follows from it follows a fork too."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from mkdocs.config import load_config
from mkdocs.structure.files import File
from mkdocs.structure.pages import Page

import hatch_build
from docs._steps import hooks, notebook_page
from docs._steps.stage import _contents
from tests.packaging.conftest import ROOT

NOTEBOOK = """<article><h1>Digits</h1><div class="jupyter-wrapper"><div class="jp-Notebook">
<div class="jp-Notebook-cell"><div class="highlight-ipynb"><pre>{code}</pre></div></div></div></div></article>"""


@pytest.fixture
def fork(monkeypatch: pytest.MonkeyPatch) -> str:
    """As if a workflow ran for somebody's fork under another name."""
    monkeypatch.setenv("GITHUB_REPOSITORY", "Alice/her-notes")
    monkeypatch.delenv("GITHUB_SERVER_URL", raising=False)
    return "https://github.com/Alice/her-notes"


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As if the one place named another repository, on a machine that is no workflow's."""
    monkeypatch.delenv("GITHUB_REPOSITORY", raising=False)
    citation = (ROOT / "CITATION.cff").read_text("utf8")
    (tmp_path / "CITATION.cff").write_text(
        citation.replace(hatch_build.repository(), "https://github.com/bob/bob.github.io"), "utf8"
    )
    (tmp_path / "README.md").write_text("[a](docs/learn/a.md#b) [i](docs/index.md) ![p](p.svg) [c](#c)", "utf8")
    monkeypatch.setattr(hatch_build, "ROOT", tmp_path)


def test_the_address_stands_in_one_place(monkeypatch: pytest.MonkeyPatch) -> None:
    """No file but CITATION.cff holds the address of the repository or of its site."""
    monkeypatch.delenv("GITHUB_REPOSITORY", raising=False)
    for address in (hatch_build.repository(), hatch_build.site()):
        name = address.removeprefix("https://").rstrip("/")
        listed = subprocess.run(["git", "grep", "-lI", "-e", name], cwd=ROOT, capture_output=True, text=True)
        assert set(listed.stdout.split()) <= {"CITATION.cff"}, name


@pytest.mark.usefixtures("elsewhere")
def test_the_readme_and_the_site_follow_the_one_place() -> None:
    """Pages that the README names are linked on the site, which lies at the root for a repository named after it."""
    assert hatch_build.site() == "https://bob.github.io/"
    assert hatch_build.readme() == (
        "[a](https://bob.github.io/learn/a/#b) [i](https://bob.github.io/) "
        "![p](https://raw.githubusercontent.com/bob/bob.github.io/main/p.svg) [c](#c)"
    )


def test_edit_links_and_the_sites_address_are_a_forks_own(fork: str) -> None:
    """A page built in a fork's workflow is edited in the fork, and says that it lies on the fork's site."""
    config = load_config(str(ROOT / "mkdocs.yml"))
    hooks.addresses(config)
    page = Page(None, File("index.md", config.docs_dir, config.site_dir, use_directory_urls=True), config)
    assert page.edit_url == f"{fork}/edit/main/docs/index.md"
    assert page.canonical_url == "https://alice.github.io/her-notes/"
    assert config.repo_url == fork


def test_a_page_that_leaves_the_address_open_gets_the_forks(fork: str, tmp_path: Path) -> None:
    """What a page says to install from is, on the fork's site, the fork."""
    (tmp_path / "page.md").write_text("pip install git+<this repository>", "utf8")
    assert next(_contents(tmp_path, {})) == ("page.md", f"pip install git+{fork}".encode())
    assert "<this repository>" in (ROOT / "docs" / "install.md").read_text("utf8")


@pytest.mark.parametrize("code", ["import cnnnotes", "sys.path.append('../../benchmarks')"])
def test_a_notebook_opens_and_installs_from_a_fork(fork: str, code: str, tmp_path: Path) -> None:
    """The button opens the fork's notebook in Colab, and what to run there first takes the fork's package."""
    article = BeautifulSoup(NOTEBOOK.format(code=code), "html.parser").article
    assert article
    notebook_page.rebuild(article, tmp_path / "digits")
    links = article.select_one(".notebook-links")
    assert links
    button = links.find("a", string="Open in Colab")
    path = "Alice/her-notes/blob/main/docs/examples/digits.ipynb"
    assert button
    assert button["href"] == f"https://colab.research.google.com/github/{path}"
    assert fork in links.get_text()
