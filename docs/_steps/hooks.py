"""The few places where MkDocs calls the site's own build steps."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

sys.path.insert(0, str(Path(__file__).parents[2]))

import hatch_build
from docs._steps import assets, figures, finish, notebooks, redirects

executed: list[Path] = []  # the notebooks of this build, as they ran


def on_config(config: Any) -> Any:
    """Sets the addresses that follow from the repository's; `mkdocs serve` has put its own in place of the site's."""
    config.repo_url, config.edit_uri = hatch_build.repository(), "edit/main/docs/"
    config.site_url = config.site_url or hatch_build.site()
    return config


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Writes the repository's address where a page leaves it open."""
    return markdown.replace("<this repository>", hatch_build.repository())


def on_files(files: Files, config: Any) -> Files:
    """Adds what is drawn or packaged, and puts each notebook as it ran in place of the notebook without outputs."""
    css, fonts = assets.fonts()
    files.append(File.generated(config, "assets/fonts.css", content=css))
    for font in fonts:
        files.append(File.generated(config, f"assets/fonts/{font.name}", abs_src_path=str(font)))
    for name, draw in figures.FIGURES.items():
        files.append(File.generated(config, f"figures/{name}.svg", content=draw()))
    for address, page in redirects.pages().items():
        files.append(File.generated(config, address, content=page))
    executed.clear()
    for file in [file for file in files if file.src_uri.endswith(".ipynb")]:
        assert file.abs_src_path
        executed.append(notebooks.executed(Path(file.abs_src_path)))
        file.abs_src_path = str(executed[-1])
    return files


def on_post_build(config: Any) -> None:
    finish.finish(Path(config.site_dir), Path(config.docs_dir), executed)
