"""The site's typefaces, which it serves itself and the repo does not hold: from their npm packages, cut to size.

Whole, the faces are most of what a page transfers; cut to the characters that the notes use they are a third of it.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from concurrent.futures import Future, ProcessPoolExecutor
from pathlib import Path
from typing import NamedTuple

from fontTools import subset

ROOT = Path(__file__).parents[2]
PACKAGES = ROOT / "node_modules" / "@ibm"
CACHE = ROOT / ".cache" / "fonts"

TEXT = "".join(map(chr, range(0x20, 0x7F))) + " ×·–—‘’“”…→←↑↓↔−≤≥≈≠±²³°é©§"
BOXES = "".join(map(chr, range(0x2500, 0x25A0)))  # what Keras draws a summary with


MATHEMATICS = (
    "".join(map(chr, (*range(0x30, 0x3A), *range(0x41, 0x5B), *range(0x61, 0x7B), *range(0x1D434, 0x1D468)))) + "ℎ"
    "=+−×/(),._⌈⌉⌊⌋ "  # letters upright and italic, and the signs of a formula
)


class Face(NamedTuple):
    family: str
    package: str
    style: str  # as in the package's file names
    weight: int
    characters: str = TEXT
    italic: bool = False


FACES = [
    Face("Plex Sans", "plex-sans", "Regular", 400),
    Face("Plex Sans", "plex-sans", "Italic", 400, italic=True),
    Face("Plex Sans", "plex-sans", "SemiBold", 600),
    Face("Plex Serif", "plex-serif", "SemiBold", 600),
    Face("Plex Mono", "plex-mono", "Regular", 400, TEXT + BOXES),
    Face("Plex Math", "plex-math", "Regular", 400, MATHEMATICS),
]


_cutting: dict[Face, Future[None]] = {}


def start() -> None:
    """Has the faces that are not there cut in a process of its own, while the pages are built."""
    if missing := [face for face in FACES if face not in _cutting and not _kept(face).exists()]:
        CACHE.mkdir(parents=True, exist_ok=True)
        process = ProcessPoolExecutor(max_workers=1)
        _cutting.update({face: process.submit(_cut, face) for face in missing})
        process.shutdown(wait=False)


def put(folder: Path) -> None:
    """Puts the files that `styles` names into the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    start()
    for face in FACES:
        if face in _cutting:
            _cutting.pop(face).result()
        shutil.copy(_kept(face), folder)


def styles() -> str:
    """The stylesheet of the faces."""
    rules = [
        f"@font-face{{font-family:'{face.family}';font-weight:{face.weight};"
        f"font-style:{'italic' if face.italic else 'normal'};font-display:swap;"
        f"src:url(fonts/{_kept(face).name}) format('woff2')}}"
        for face in FACES
    ]
    return "\n".join(rules) + "\n"


FIRST = (FACES[0], FACES[3])
"""The faces of a page's first lines."""
STYLES = re.compile(r'<link rel="stylesheet" href="([^"]*assets/)site\.css')


def preloaded(page: str) -> str:
    """The page with its first faces asked for before its styles name them: a late one moves the page."""
    if not (styles := STYLES.search(page)):
        return page
    links = (f'<link rel="preload" href="{styles[1]}fonts/{_kept(face).name}" as="font" crossorigin>' for face in FIRST)
    return page.replace(styles[0], "".join(links) + styles[0], 1)


def _whole(face: Face) -> Path:
    """The face's file as its package has it."""
    name = f"IBM{face.family.replace(' ', '')}-{face.style}"
    return PACKAGES / face.package / "fonts" / "complete" / "woff2" / f"{name}.woff2"


def _kept(face: Face) -> Path:
    """Where the face's file with its own characters only is kept."""
    whole = _whole(face)
    key = hashlib.sha256(whole.read_bytes() + face.characters.encode()).hexdigest()[:12]
    return CACHE / f"{whole.stem}-{key}.woff2"


def _cut(face: Face) -> None:
    """Makes that file."""
    options = subset.Options(flavor="woff2", layout_features=["kern", "liga", "tnum"])
    options.drop_tables += ["meta"]
    font = subset.load_font(str(_whole(face)), options)
    cutter = subset.Subsetter(options)
    cutter.populate(text=face.characters)
    cutter.subset(font)
    whole = _kept(face).with_suffix(f".{os.getpid()}")
    subset.save_font(font, str(whole), options)
    whole.replace(_kept(face))  # at once: another build may be looking for it
