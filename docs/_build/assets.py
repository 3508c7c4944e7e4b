"""What the site serves itself and the repo does not hold: its typefaces, from their npm packages."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

PACKAGES = Path(__file__).parents[2] / "node_modules" / "@ibm"


class Face(NamedTuple):
    family: str
    package: str
    style: str  # as in the package's file names
    weight: int
    italic: bool = False


FACES = [
    Face("Plex Sans", "plex-sans", "Regular", 400),
    Face("Plex Sans", "plex-sans", "Italic", 400, italic=True),
    Face("Plex Sans", "plex-sans", "SemiBold", 600),
    Face("Plex Serif", "plex-serif", "SemiBold", 600),
    Face("Plex Mono", "plex-mono", "Regular", 400),
]

# Latin1 is the text; Pi holds arrows and the box drawing of Keras's summary, and is fetched where a page has some.
SUBSETS = ("Latin1", "Pi")


def fonts() -> tuple[str, list[Path]]:
    """The stylesheet of the faces, and the files that it names."""
    rules, files = [], []
    for face in FACES:
        folder = PACKAGES / face.package / "fonts" / "split" / "woff2"
        prefix = f"IBM{face.family.replace(' ', '')}-{face.style}"
        shipped = (folder / f"{prefix}.css").read_text("utf8")
        for subset in SUBSETS:
            files.append(folder / f"{prefix}-{subset}.woff2")
            covers = re.search(rf"Subset: {subset} .*?unicode-range:([^}}]*)", shipped, re.DOTALL)
            if covers is None:
                raise ValueError(f"{prefix}.css: no subset {subset}")
            rules.append(
                f"@font-face{{font-family:'{face.family}';font-weight:{face.weight};"
                f"font-style:{'italic' if face.italic else 'normal'};font-display:swap;"
                f"src:url(fonts/{files[-1].name}) format('woff2');unicode-range:{covers[1].strip()}}}"
            )
    return "\n".join(rules) + "\n", files
