"""An explanation as the picture that a paper would draw: from top to bottom, what is repeated once with its number.

It takes its colour from the text around it (`currentColor`), and as a file of its own from the reader's palette.
"""

import re
from collections import Counter
from collections.abc import Sequence
from html import escape
from typing import NamedTuple

from cnnnotes._explaining.explanation import Explanation, Row, walk
from cnnnotes._rendering.columns import View, count_text, printable
from cnnnotes.layers import Shape
from cnnnotes.layers._outcomes import times

MAX_ROWS = 5000  # the most rows of a model that is drawn
WIDTH, HEIGHT, PAD = 328, 26, 10
LANES = 44  # the room beside a column for the lines that lead around parts of it
FAR = 16  # how far a line may lead within a block; one that leads further is drawn beside all that it passes
_QUIET = {
    "BatchNormalization": "BN", "LayerNormalization": "LN", "ReLU": "ReLU", "LeakyReLU": "LeakyReLU",
    "Activation": "activation", "Dropout": "dropout",
}  # fmt: skip
"""The layers that are a word in the box of the layer before."""
_SIGNS = {"Add": "+", "Multiply": "×", "Concatenate": "concat"}
_SHORT = (("Conv2D ", ""), (" pooling", ""), (" × ", "×"), (", stride ", " /"), ("Global average", "average"))


class Item(NamedTuple):
    """A box: a layer, with those that follow it quietly; `sources` are the boxes that it reads."""

    label: str
    rows: list[Row]
    sources: list[int]

    @property
    def texts(self) -> list[str]:
        """What may stand in the box, the longest first."""
        short = self.label
        for long, brief in _SHORT:
            short = short.replace(long, brief)
        return [" · ".join([self.label, *(_QUIET[row.type] for row in self.rows[1:])]), self.label, short]


class Part(NamedTuple):
    """Boxes that stand together, how many times in a row, and where the last of these end."""

    first: int
    stop: int
    times: int
    last: int


def render(explanation: Explanation, view: View) -> str:
    """The drawing; `ValueError` for more rows than anyone could look at."""
    rows = sum(1 for _ in walk(explanation.rows, view.depth))
    if rows > MAX_ROWS:
        raise ValueError(f"a drawing has at most {MAX_ROWS:,} rows, this model has {rows:,}")
    drawing = _Drawing(view.depth)
    height = drawing.column(_items(explanation.rows), 8, 8, WIDTH - 16) + 8
    ends = ", ".join(f"{name} {_size(shape)}" for name, shape in explanation.inputs)
    about = f"{rows:,} rows and {count_text(explanation.total_params)} parameters, from {ends}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:g}" role="img" '
        f'style="max-width: {WIDTH * 1.4:g}px" font-family="sans-serif" font-size="12" '
        f'fill="currentColor">\n<title>{escape(printable(explanation.name))}</title>\n'
        f"<desc>A model of {escape(printable(about))}. It is read from top to bottom: a box is a layer, and "
        "a frame is a block, with the number of times that it stands in a row.</desc>\n"
        "<style>svg:root { color-scheme: light dark; color: CanvasText; background: Canvas }</style>\n"
        '<defs><marker id="cnnnotes-end" viewBox="0 0 6 6" refX="5" refY="3" markerWidth="6" markerHeight="6" '
        'orient="auto"><path d="M0 0L6 3L0 6z" fill="currentColor"/></marker></defs>\n'
        + "\n".join(drawing.pieces)
        + "\n</svg>\n"
    )


def _size(shape: Shape | None) -> str:
    """A shape without its batch, as it flows along a line: `56 × 56 × 64`."""
    return "?" if shape is None else " × ".join("?" if size is None else str(size) for size in shape[1:]) or "1"


def _label(row: Row) -> str:
    """What a layer is, with its window, its stride and its number of channels, as far as they are known."""
    if row.type == "InputLayer":
        return "Input" if row.name.startswith("input") else f"Input {row.name}"
    kernel = next((weight.shape for weight in row.weights if weight.name.endswith("kernel")), ())
    windows = row.outcome.windows if row.outcome and isinstance(row.outcome.windows, tuple) else ()
    shape = (row.shapes or (None,))[0]
    found = re.sub(r"Pooling\dD$", " pooling", re.sub(r"^Global(\w)", lambda m: f"Global {m[1].lower()}", row.type))
    if windows and ("Conv" in row.type or "Pool" in row.type):
        sides = kernel[: len(windows)] if kernel else [window.size for window in windows]
        found += f" {times(sides)}"
    if kernel and shape and "Depthwise" not in row.type:
        found += f"{',' * bool(windows)} {shape[-1]}"
    stride = max((window.stride for window in windows), default=1)
    return f"{found}, stride {stride}" if stride > 1 and "Transpose" not in row.type else found


def _items(rows: Sequence[Row]) -> list[Item]:
    """The boxes of a model: a quiet layer joins the box of the one layer that it reads, if nothing else reads that."""
    readers = Counter(name for row in rows for name in set(row.inputs))
    items: list[Item] = []
    at: dict[str, int] = {}
    for row in rows:
        sources = [at[name] for name in dict.fromkeys(row.inputs) if name in at]
        alone = row.type in _QUIET and len(row.inputs) == 1 and bool(sources) and readers[row.inputs[0]] == 1
        if alone and items[sources[0]].label[:5] != "Input":
            items[sources[0]].rows.append(row)
        else:
            items.append(Item(_SIGNS.get(row.type) or _label(row), [row], sources))
        at[row.name] = sources[0] if items[-1].rows[-1] is not row else len(items) - 1
    return items


def _beside(items: Sequence[Item], source: int, target: int) -> bool:
    """Whether a line is drawn beside what it passes: a long one, and one around a part that is made larger again."""
    passed = [items[i].label for i in range(source + 1, target)] if target - source <= FAR else []
    return target - source > FAR or any("UpSampling" in label or "Transpose" in label for label in passed)


def _parts(items: Sequence[Item]) -> list[Part]:
    """The boxes in blocks between which one line leads; those alike that follow each other are one part."""
    furthest, far = list(range(len(items))), set[int]()
    for target, item in enumerate(items):
        for source in item.sources:
            if _beside(items, source, target):
                far |= {source, target}
            else:
                furthest[source] = max(furthest[source], target)
    entries = [i for i, item in enumerate(items) if not item.sources]
    reach = entries[-1] + 1 if entries[1:] and entries[-1] < FAR else 0
    parts: list[Part] = []
    first, before = 0, None
    for i, read in enumerate(furthest):
        if reach <= i or i == len(items) - 1:  # no line leads past this box
            own = range(first, i + 1)
            shape = [(items[k].texts[0], [source - k for source in items[k].sources]) for k in own]
            if shape == before and far.isdisjoint(own) and not items[i].rows[0].rows:
                parts[-1] = parts[-1]._replace(times=parts[-1].times + 1, last=i + 1)
            else:
                parts.append(Part(first, i + 1, 1, i + 1))
            first, before = i + 1, shape
        reach = max(reach, read)
    return parts


def _branches(items: Sequence[Item], part: Part) -> list[list[int]]:
    """The chains that a block's last box brings together; none where it is no such block."""
    chains, end = [], part.stop - 1
    for source in items[end].sources:
        chain: list[int] = []
        while part.first <= source < end:
            chain.insert(0, source)
            source = items[source].sources[0] if len(items[source].sources) == 1 else -1
        chains.append(chain)
    boxes = sorted(i for chain in chains for i in chain)
    single = all(len(items[i].sources) < 2 for i in boxes)
    return chains if single and boxes == list(range(part.first, end)) and len(chains) < 5 else []


class _Drawing:
    """What is drawn so far; each method returns how far down it got."""

    def __init__(self, depth: int | None) -> None:
        self.depth = depth
        self.pieces: list[str] = []

    def line(self, path: str, end: bool = True) -> None:
        arrow = ' marker-end="url(#cnnnotes-end)"' if end else ""
        self.pieces.append(f'<path d="{path}" fill="none" stroke="currentColor"{arrow}/>')

    def text(self, x: float, y: float, texts: Sequence[str], room: float, style: str) -> None:
        """The longest of the texts that has room."""
        fitting = [text for text in texts if len(text) * 6.2 <= room]
        text = fitting[0] if fitting else f"{texts[-1][: max(int(room / 6.2) - 1, 1)]}…"
        self.pieces.append(f'<text x="{x:g}" y="{y:g}" {style}>{escape(printable(text))}</text>')

    def box(self, item: Item, x: float, y: float, width: float, count: int = 1, height: int = HEIGHT) -> float:
        names = escape(printable(", ".join(row.name for row in item.rows)))
        filled = 0.14 if item.rows[0].macs else 0.05 if item.rows[0].params else 0
        self.pieces.append(
            f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height}" rx="4" fill-opacity="{filled}" '
            f'stroke="currentColor" stroke-opacity=".6"><title>{names}</title></rect>'
        )
        middle, room = y + height / 2 + 4, width - 6 - (60 if count > 1 else 0)
        self.text(x + width / 2, middle, item.texts, room, 'text-anchor="middle"')
        if count > 1:
            self.text(x + width - 8, middle, [f"× {count}"], 60, 'text-anchor="end" font-weight="bold"')
        return y + height

    def frame(self, x: float, y: float, width: float, end: float, title: str) -> float:
        self.pieces.append(
            f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{end - y:g}" rx="8" fill="none" '
            'stroke="currentColor" stroke-opacity=".5" stroke-dasharray="4 3"/>'
        )
        self.text(x + width - 8, y + 16, [title], width - 16, 'text-anchor="end" font-weight="bold"')
        return end

    def column(self, items: Sequence[Item], x: float, y: float, width: float, level: int = 0) -> float:
        """A model's boxes below each other."""
        arcs = [(source, i) for i, item in enumerate(items) for source in item.sources if _beside(items, source, i)]
        x, width = (x + LANES, width - LANES) if arcs else (x, width)
        middle, said, at = x + width / 2, "", dict[int, float]()
        for part in _parts(items):
            item, single = items[part.first], part.stop == part.first + 1
            if part.first:
                flows = _size((items[part.first - 1].rows[-1].shapes or (None,))[0])
                gap = 14 if flows == said else 20
                self.line(f"M{middle:g} {y:g}v{gap}", single)
                if flows != said:
                    self.text(middle + 8, y + 14, [flows], width / 2, 'opacity=".8"')
                y, said = y + gap, flows
            top, inner = y, item.rows[0].rows
            if single and inner and width > 150 and (self.depth is None or level < self.depth):
                y = self.column(_items(inner), x + PAD, y + 24, width - 2 * PAD, level + 1) + PAD
                self.frame(x, top, width, y, f"{item.rows[0].name} ({item.rows[0].type})")
            else:
                y = self.box(item, x, y, width, part.times) if single else self.block(items, part, x, y, width)
            at.update(dict.fromkeys(range(part.first, part.last), (top + y) / 2))
        for lane, (source, target) in enumerate(sorted(arcs, key=lambda arc: arc[1] - arc[0])):
            self.line(f"M{x:g} {at[source]:g}H{x - 8 - 7 * lane % (LANES - 12):g}V{at[target]:g}H{x:g}")
        return y

    def block(self, items: Sequence[Item], part: Part, x: float, y: float, width: float) -> float:
        """A block in its frame: its branches side by side, or its boxes with lines from those that they read."""
        top, middle, chains, last = y, x + width / 2, _branches(items, part), items[part.stop - 1]
        full = [chain for chain in chains if chain]
        if not full:
            return self.tangle(items, part, x, y, width)
        starts = any(not items[chain[0]].sources for chain in full)
        y += PAD + (0 if starts else 14)
        side = PAD + (26 if len(full) < len(chains) else 0)
        each = (width - 2 * side - 8 * (len(full) - 1)) / len(full)
        ends = []
        for number, chain in enumerate(full):
            left, down = x + side + number * (each + 8), y
            if not starts:
                self.line(f"M{middle:g} {top:g}v10H{left + each / 2:g}V{y:g}")
            for i in chain:
                if i != chain[0]:
                    self.line(f"M{left + each / 2:g} {down:g}v10")
                    down += 10
                down = self.box(items[i], left, down, each, height=22)
            ends.append((left + each / 2, down))
        y = max(down for _, down in ends) + 18
        wide = max(6.5 * len(last.texts[0]) + 16, 40)
        for center, down in ends:
            self.line(f"M{center:g} {down:g}V{y - 8:g}H{middle:g}V{y:g}")
        if len(full) < len(chains):
            self.line(f"M{middle:g} {top:g}v10H{x + 18:g}V{y + 10:g}H{middle - wide / 2:g}")
        y = self.box(last, middle - wide / 2, y, wide, height=20) + PAD
        return self.frame(x, top, width, y, f"× {part.times}" if part.times > 1 else "")

    def tangle(self, items: Sequence[Item], part: Part, x: float, y: float, width: float) -> float:
        """A block whose branches branch: its boxes below each other, with lines around those that they pass."""
        top, left, at = y, x + LANES, dict[int, float]()
        y += 22
        for i in range(part.first, part.stop):
            at[i] = y
            for source in items[i].sources:
                start = at.get(source, top - 22) + 22
                if source == i - 1:
                    self.line(f"M{x + width / 2 + LANES / 2:g} {start:g}V{y:g}")
                elif not _beside(items, source, i):
                    out = left - 8 - 5 * (i - max(source, part.first - 1)) % 30
                    begin = f"M{left:g} {start - 6:g}" if source in at else f"M{x + width / 2 + LANES / 2:g} {top:g}v12"
                    self.line(f"{begin}H{out:g}V{y + 11:g}H{left:g}")
            y = self.box(items[i], left, y, width - LANES - PAD, height=22) + 10
        return self.frame(x, top, width, y, f"× {part.times}" if part.times > 1 else "")
