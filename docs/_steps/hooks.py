"""MkDocs calls the site's two steps here. ProperDocs reads the same file; a generator without hooks is led by hand
(`python -m docs._steps`)."""

from __future__ import annotations

import gc
import logging
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from mkdocs.plugins import event_priority

import hatch_build
from docs._steps import notebooks, python
from docs._steps.finish import finish
from docs._steps.stage import stage

DOCS = Path(__file__).parents[1]
serving = False

for plugin in ("mkdocs.plugins.mkdocs_jupyter", "mkdocs.mkdocs-jupyter", "mkdocs.plugins.llms_source"):
    logging.getLogger(plugin).setLevel(logging.WARNING)  # else lines for each build and notebook


def on_startup(command: str, dirty: bool) -> None:
    global serving
    serving = command == "serve"
    gc.set_threshold(100_000)  # a page's tree is all circles: looking for unused ones took a tenth of a build


def addresses(config: Any) -> None:
    """They follow from the repository's; `mkdocs serve` has put its own in place of the site's."""
    config.repo_url, config.edit_uri = hatch_build.repository(), "edit/main/docs/"
    config.site_url = config.site_url or hatch_build.site()


@event_priority(100)  # before the plugins, which are told the site's address here
def on_config(config: Any) -> Any:
    addresses(config)
    try:
        config.docs_dir = str(stage(DOCS, wait=not serving))
    except notebooks.Failed as failed:
        sys.exit(f"A notebook failed, so the site is not built.\n{failed}")
    except python.Failed as failed:
        sys.exit(str(failed))
    return config


def on_post_build(config: Any) -> None:
    finish(Path(config.site_dir), serving)
    if serving:
        notebooks.start(DOCS)
        python.start()


def on_serve(server: Any, config: Any, builder: Any) -> Any:
    """Builds again when a page changes, a notebook has run or Python is there, not when the staged folder follows."""
    server.unwatch(config.docs_dir)
    for folder in (DOCS, notebooks.CACHE, python.CACHE):
        folder.mkdir(parents=True, exist_ok=True)
        server.watch(str(folder))
    return server


def on_shutdown() -> None:
    notebooks.stop()
