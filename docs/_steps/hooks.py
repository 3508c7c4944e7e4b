"""The few places where MkDocs calls the site's own build steps."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

sys.path.insert(0, str(Path(__file__).parents[2]))

from docs._steps import assets, figures, finish, notebooks, redirects

executed: list[Path] = []  # the notebooks of this build, as they ran


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
