"""The step before the generator: the folder that it reads, with everything in it that is run or drawn."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import hatch_build

from . import card, counts, figures, findable, fonts, notebooks, python, redirects

ROOT = Path(__file__).parents[2]
STAGED = ROOT / ".cache" / "docs"
SERVED = ROOT / ".cache" / "docs-served"  # its notebooks may still be running, so a complete build has its own


def stage(docs: Path, wait: bool = True) -> Path:
    """The staged folder for the pages in `docs`.

    **Arguments**

    - `docs`: the folder of the sources.
    - `wait`: whether to run the notebooks that something has changed for, two at a time, and wait for them, and for the
      browser's Python. Otherwise such a notebook stands there with its text and code, and says that it is running.

    **Raises** `notebooks.Failed` where a cell of a notebook raises, `python.Failed` where Node does.
    """
    fonts.start()  # done when the pages are
    kept = notebooks.results(docs)  # once: a file that is saved while they run concerns the next build
    if wait:
        compiling = python.start()  # beside the notebooks
        notebooks.run(kept)
        if compiling and compiling.wait():
            raise python.Failed("The interpreter for the browser could not be made.")
    staged = STAGED if wait else SERVED
    there = set()
    for path, content in _contents(docs, kept):
        target = staged / path
        if not target.exists() or target.read_bytes() != content:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        there.add(target)
    for stale in {path for path in staged.rglob("*") if path.is_file()} - there:
        stale.unlink()
    return staged


def _contents(docs: Path, kept: notebooks.Results) -> Iterator[tuple[str, bytes]]:
    """Each file of the staged folder: its path in it, and what it holds."""
    as_shown = [result if result.exists() else notebook for notebook, result in kept.items()]
    for source in sorted(docs.rglob("*")):
        path = source.relative_to(docs)
        if not source.is_file() or any(part.startswith(("_", ".")) for part in path.parts):
            continue
        if source.suffix == ".ipynb":
            yield path.as_posix(), notebooks.shown(source, kept[source])
        elif source.suffix == ".md":
            text = source.read_text("utf8").replace("<this repository>", hatch_build.repository())
            yield path.as_posix(), counts.filled(text, docs, as_shown).encode()
        elif source.suffix != ".css":
            yield path.as_posix(), source.read_bytes()
    own = (path.read_text("utf8") for path in sorted((docs / "assets").glob("*.css")))
    # one file: a page is shown once it has all of its styles
    yield "assets/site.css", "\n".join([fonts.styles(), *own]).encode()
    for name, draw in figures.FIGURES.items():
        yield f"figures/{name}.svg", draw().encode()
    for address, page in redirects.pages().items():
        yield address, page.encode()
    yield findable.CARD, card.card()
    changes = (ROOT / "CHANGELOG.md").read_text("utf8")
    yield "changelog.md", changes.encode()
    yield from python.files()
