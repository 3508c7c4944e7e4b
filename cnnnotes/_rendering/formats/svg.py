"""An explanation as the picture that a paper would draw: from top to bottom, what is repeated once with its number.

It takes its colour from the text around it (`currentColor`), and as a file of its own from the reader's palette."""

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
WIDTH, HEIGHT, PAD, GAP = 328, 26, 10, 20
LANES = 44  # the room beside a column for the lines that lead around parts of it
FAR = 16  # how far a line may lead within a block; one that leads further is drawn beside all that it passes
_QUIET = {"BatchNormalization": "BN", "LayerNormalization": "LN", "ReLU": "ReLU", "LeakyReLU": "LeakyReLU"}
_QUIET |= {"Activation": "activation", "Dropout": "dropout"}
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
    """Boxes that stand together, and how many times in a row."""

    first: int
    stop: int
    times: int = 1


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
        f'style="max-width: {WIDTH * 1.4:g}px" font-family="sans-serif" font-size="12" fill="currentColor">\n'
        f"<title>{escape(printable(explanation.name))}</title>\n<desc>A model of {escape(printable(about))}. It is "
        "read from top to bottom: a box is a layer, a frame a block, × 3 one that stands there three times.</desc>\n"
        "<style>svg:root { color-scheme: light dark; color: CanvasText; background: Canvas }</style>\n"
        '<defs><marker id="cnnnotes-end" viewBox="0 0 6 6" refX="5" refY="3" markerWidth="6" markerHeight="6" '
        'orient="auto"><path d="M0 0L6 3L0 6z" fill="currentColor"/></marker></defs>\n'
    ) + "\n".join([*drawing.pieces, "</svg>\n"])


def _size(shape: Shape | None) -> str:
    """A shape without its batch, as it flows along a line: `56 × 56 × 64`."""
    return "?" if shape is None else " × ".join("?" if size is None else str(size) for size in shape[1:]) or "1"


def _label(row: Row) -> str:
    """What a layer is, with its window, its stride and its number of channels, as far as they are known."""
    if row.type == "InputLayer":
        return "Input" if row.name.startswith("input") else f"Input {row.name}"
    found = re.sub(r"Pooling\dD$", " pooling", re.sub(r"^Global(\w)", lambda m: f"Global {m[1].lower()}", row.type))
    kernel = next((weight.shape for weight in row.weights if weight.name.endswith("kernel")), ())
    windows = row.outcome.windows if row.outcome and isinstance(row.outcome.windows, tuple) else ()
    if windows and ("Conv" in row.type or "Pool" in row.type):
        found += f" {times(kernel[: len(windows)] or [window.size for window in windows])}"
    if kernel and row.shapes and row.shapes[0] and "Depthwise" not in row.type:
        found += f"{',' * bool(windows)} {row.shapes[0][-1]}"
    stride = max((window.stride for window in windows), default=1)
    return f"{found}, stride {stride}" if stride > 1 else found


def _items(rows: Sequence[Row]) -> list[Item]:
    """The boxes of a model: a quiet layer joins the box of the one layer that it reads, if nothing else reads that."""
    readers = Counter(name for row in rows for name in set(row.inputs))
    items: list[Item] = []
    at: dict[str, int] = {}
    for row in rows:
        sources = [at[name] for name in dict.fromkeys(row.inputs) if name in at]
        alone = row.type in _QUIET and len(row.inputs) == 1 and bool(sources) and readers[row.inputs[0]] == 1
        if alone and items[sources[0]].label[:5] != "Input":
            at[row.name] = sources[0]
            items[sources[0]].rows.append(row)
        else:
            at[row.name] = len(items)
            items.append(Item(_SIGNS.get(row.type) or _label(row), [row], sources))
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
                furthest[source] = target
    entries = [i for i, item in enumerate(items) if not item.sources]
    reach = entries[-1] + 1 if entries[1:] and entries[-1] < FAR else 0
    parts, first, before = list[Part](), 0, None
    for i, read in enumerate(furthest):
        if reach <= i or i == len(items) - 1:  # no line leads past this box
            own = range(first, i + 1)
            shape = [(items[k].texts[0], [source - k for source in items[k].sources]) for k in own]
            if shape == before and far.isdisjoint(own) and not items[i].rows[0].rows:
                parts[-1] = parts[-1]._replace(times=parts[-1].times + 1)
            else:
                parts.append(Part(first, i + 1))
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

    def rect(self, x: float, y: float, width: float, height: float, style: str, title: str) -> None:
        about = f"<title>{escape(printable(title))}</title>"
        place = f'x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}"'
        self.pieces.append(f'<rect {place} stroke="currentColor" {style}>{about}</rect>')

    def box(self, item: Item, x: float, y: float, width: float, count: int = 1, height: int = HEIGHT) -> float:
        filled = 0.14 if item.rows[0].macs else 0.05 if item.rows[0].params else 0
        names = ", ".join(row.name for row in item.rows)
        self.rect(x, y, width, height, f'rx="4" fill-opacity="{filled}" stroke-opacity=".6"', names)
        middle, room = y + height / 2 + 4, width - 6 - (60 if count > 1 else 0)
        self.text(x + width / 2, middle, item.texts, room, 'text-anchor="middle"')
        if count > 1:
            self.text(x + width - 8, middle, [f"× {count}"], 60, 'text-anchor="end" font-weight="bold"')
        return y + height

    def frame(self, x: float, y: float, width: float, end: float, title: str) -> float:
        self.rect(x, y, width, end - y, 'rx="8" fill="none" stroke-opacity=".5" stroke-dasharray="4 3"', title)
        self.text(x + width - 8, y + 16, [title], width - 16, 'text-anchor="end" font-weight="bold"')
        return end

    def column(
        self, items: Sequence[Item], x: float, y: float, width: float, level: int = 0, within: Part | None = None
    ) -> float:
        """A model's boxes below each other, or those of a block `within` it; some lines lead beside them."""
        parts = [Part(i, i + 1) for i in range(within.first, within.stop)] if within else _parts(items)
        lines = [(source, i) for part in parts for i in range(*part[:2]) for source in items[i].sources]
        far = [(source, i) for source, i in lines if _beside(items, source, i)]
        arcs = [(source, i) for source, i in lines if source != i - 1 and (source, i) not in far] if within else far
        x, width = (x + LANES, width - LANES) if arcs else (x, width)
        top, middle, said, at = y, x + width / 2, "", dict[int, float]()
        for part in parts:
            item, before, single = items[part.first], part.first - 1, part.stop == part.first + 1
            if before in item.sources if within else part.first:
                flows = _size((items[before].rows[-1].shapes or (None,))[0])
                self.line(f"M{middle:g} {y:g}v{GAP}", single)
                if flows != said and before in at:
                    self.text(middle + 8, y + 14, [flows], width / 2, 'opacity=".8"')
                said = flows
            y += GAP if within or part.first else 0
            begin, inner = y, item.rows[0].rows
            if single and inner and width > 150 and (self.depth is None or level < self.depth):
                y = self.column(_items(inner), x + PAD, y + 24, width - 2 * PAD, level + 1) + PAD
                self.frame(x, begin, width, y, f"{item.rows[0].name} ({item.rows[0].type})")
            else:
                y = self.box(item, x, y, width, part.times) if single else self.block(items, part, x, y, width, level)
            last = part.first + part.times * (part.stop - part.first)
            at.update(dict.fromkeys(range(part.first, last), (begin + y) / 2))
        for lane, (source, target) in enumerate(sorted(arcs, key=lambda arc: arc[1] - arc[0])):
            begin, left = x if source in at else middle, x - 8 - 7 * lane % (LANES - 12)
            self.line(f"M{begin:g} {at.get(source, top + 4):g}H{left:g}V{at[target]:g}H{x:g}")
        return y

    def block(self, items: Sequence[Item], part: Part, x: float, y: float, width: float, level: int) -> float:
        """A block in its frame: its branches side by side, or its boxes below each other."""
        title, last = f"× {part.times}" if part.times > 1 else "", items[part.stop - 1]
        branches = _branches(items, part)
        full, top, middle, ends = [chain for chain in branches if chain], y, x + width / 2, []
        if not full:
            end = self.column(items, x + PAD, y + 6, width - 2 * PAD, level, part) + PAD
            return self.frame(x, top, width, end, title)
        starts, past = any(not items[chain[0]].sources for chain in full), len(full) < len(branches)
        y += PAD if starts else PAD + 14
        side = PAD + 26 * past  # a line that leads past all boxes
        each = (width - 2 * side + 8) / len(full) - 8
        for number, chain in enumerate(full):
            left, down = x + side + number * (each + 8), y
            center = left + each / 2
            if not starts:
                self.line(f"M{middle:g} {top:g}v10H{center:g}V{y:g}")
            for i in chain:
                if i != chain[0]:
                    self.line(f"M{center:g} {down:g}v10")
                down = self.box(items[i], left, down + 10 * (i != chain[0]), each, height=22)
            ends.append((center, down))
        y, wide = max(down for _, down in ends) + 18, max(6.5 * len(last.texts[0]) + 16, 40)
        for center, down in ends:
            self.line(f"M{center:g} {down:g}V{y - 8:g}H{middle:g}V{y:g}")
        if past:
            self.line(f"M{middle:g} {top:g}v10H{x + 18:g}V{y + 10:g}H{middle - wide / 2:g}")
        return self.frame(x, top, width, self.box(last, middle - wide / 2, y, wide, height=20) + PAD, title)
