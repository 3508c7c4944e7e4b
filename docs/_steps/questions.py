"""The three questions at a lesson's end: their numbers drawn from a seed, their answers computed by the package.

A page, or a Markdown cell of a notebook, holds them between two comments. The first names the seed and the questions:

    <!-- questions 7: conv_params, same_size, dense_after_flatten -->
    <!-- end of questions -->

`python -m docs._steps.questions` fills the space between them, in every page. tests/pages/test_questions.py compares.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from html import escape
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from cnnnotes import explain
from cnnnotes.formula import Formula
from cnnnotes.layers import Outcome, outcome

DOCS = Path(__file__).parents[1]
PLACE = re.compile(r"(<!-- questions (\d+): ([\w, ]+) -->\n).*?(<!-- end of questions -->)", re.DOTALL)


class Question(NamedTuple):
    asked: str  # one line of HTML: Markdown is not read inside a <summary>
    answer: str  # Markdown


def code(text: object) -> str:
    return f"<code>{escape(str(text), quote=False)}</code>"


def call(name: str, *arguments: object, **named: object) -> str:
    """A layer as it is written: Conv2D(8, 3, padding="same")."""
    spelled = [str(value) for value in arguments]
    spelled += [f"{key}={json.dumps(value) if isinstance(value, str) else value}" for key, value in named.items()]
    return code(f"{name}({', '.join(spelled)})")


SUPERSCRIPT = "⁰¹²³⁴⁵⁶⁷⁸⁹"
VALID, SAME = code('padding="valid"'), code('padding="same"')


def working(formula: Formula | None) -> str:
    """A formula with its numbers and its value: 32 × (3 × 3 × 1 + 1) = **320**."""
    assert formula is not None
    numeric, value = formula.numeric().replace("-", "−"), f"{formula.value:,}"
    return f"**{value}**" if numeric == value else f"{numeric} = **{value}**"


def conv(shape: tuple[int | None, ...], **arguments: Any) -> Outcome:
    return outcome("Conv2D", {"filters": 8} | arguments, [shape])


def image(side: int, depth: int) -> tuple[None, int, int, int]:
    return (None, side, side, depth)


def height_of(row: Outcome) -> int:
    height = row.shapes[0][1]
    assert height is not None
    return height


def conv_params(draw: Random) -> Question:
    filters, kernel, depth = draw.choice((12, 16, 24, 48)), draw.choice((3, 5)), draw.choice((3, 6, 8, 16))
    row = conv(image(32, depth), filters=filters, kernel_size=kernel)
    weights = sum(weight.size or 0 for weight in row.weights if weight.name == "kernel")
    return Question(
        f"{call('Conv2D', filters, kernel)} reads {depth} channels. How many parameters does it have, and how many "
        "of them are weights?",
        f"{working(row.params)} parameters. The kernel has {filters} × {kernel} × {kernel} × {depth} = {weights:,} "
        f"weights, and the other {filters} parameters are biases, one per filter.",
    )


def any_image_size(draw: Random) -> Question:
    filters, small = draw.choice((8, 16, 32)), draw.choice((28, 32, 48))
    first, second = (conv(image(side, 3), filters=filters, kernel_size=3).params for side in (small, 2 * small))
    assert first is not None
    assert second is not None
    assert first.value == second.value
    return Question(
        f"The side of a colour image doubles from {small} to {2 * small} pixels. How much does the parameter count of "
        f"{call('Conv2D', filters, 3)} grow?",
        f"By 0. The count is {working(second)} for either image, because no size of the image appears in the formula.",
    )


def dense_params(draw: Random) -> Question:
    units, side = draw.choice((10, 16, 20)), draw.choice((8, 12, 16))
    flat = outcome("Flatten", {}, [image(side, 1)])
    dense = outcome("Dense", {"units": units}, flat.shapes)
    small = conv(image(side, 1), filters=units, kernel_size=3)
    return Question(
        f"A grey image of {side} × {side} pixels goes to {call('Flatten')} and {call('Dense', units)}, or to "
        f"{call('Conv2D', units, 3)}. How many parameters does each have?",
        f"The dense layer has {working(dense.params)}, one weight per pixel and unit and one bias per unit. The "
        f"convolution has {working(small.params)}.",
    )


def dense_after_flatten(draw: Random) -> Question:
    side, depth = draw.choice((5, 6, 7)), draw.choice((16, 32, 64))
    flat, pooled = (outcome(kind, {}, [image(side, depth)]) for kind in ("Flatten", "GlobalAveragePooling2D"))
    after = [outcome("Dense", {"units": 10}, before.shapes).params for before in (flat, pooled)]
    return Question(
        f"A map of {side} × {side} × {depth} is flattened and goes to {call('Dense', 10)}. How many parameters does "
        f"the dense layer have, and how many with {call('GlobalAveragePooling2D')} in place of {call('Flatten')}?",
        f"{working(after[0])} after Flatten, because each unit reads every value of the map. After global pooling each "
        f"unit reads one value per channel, which makes {working(after[1])}.",
    )


def dense_keeps_axes(draw: Random) -> Question:
    side, depth, units = draw.choice((6, 7, 14)), draw.choice((32, 64)), draw.choice((5, 10))
    row = outcome("Dense", {"units": units}, [image(side, depth)])
    return Question(
        f"{call('Dense', units)} reads {code(image(side, depth))}. What is its output shape, and how many parameters "
        "does it have?",
        f"`{row.shapes[0]}`: a Dense layer acts on the last axis and keeps the others. It has {working(row.params)} "
        "parameters.",
    )


def total_and_memory(draw: Random) -> Question:
    filters, depth = draw.choice((8, 16)), draw.choice((1, 3))
    first = conv(image(28, depth), filters=filters, kernel_size=3)
    second = conv(first.shapes[0], filters=2 * filters, kernel_size=3)
    assert first.params is not None
    assert second.params is not None
    total = (first.params.value or 0) + (second.params.value or 0)
    return Question(
        f"A summary has two rows, {call('Conv2D', filters, 3)} on {code(image(28, depth))} and then "
        f"{call('Conv2D', 2 * filters, 3)}. What is the total, and how much memory does it take in float32?",
        f"{working(first.params)} and {working(second.params)}, so **{total:,}** in all. At 4 bytes each they take "
        f"{4 * total:,} bytes, which Keras prints as {4 * total / 1024:.2f} KB.",
    )


def axes(draw: Random) -> Question:
    side, filters, kernel = draw.choice((64, 96, 128)), draw.choice((8, 16, 32)), draw.choice((3, 5))
    row = conv(image(side, 3), filters=filters, kernel_size=kernel)
    return Question(
        f"{call('Conv2D', filters, kernel)} reads {code(image(side, 3))}. What does each number of its output shape "
        "stand for?",
        f"`{row.shapes[0]}`: any batch size, a height and a width of {working(row.axes[0])}, and one feature map for "
        f"each of the {filters} filters.",
    )


def unknown_size(draw: Random) -> Question:
    filters, depth = draw.choice((8, 16, 24)), draw.choice((1, 3))
    shape = (None, None, None, depth)
    row = conv(shape, filters=filters, kernel_size=3)
    return Question(
        f"{call('Conv2D', filters, 3)} reads {code(shape)}. What is its output shape, and is its parameter "
        "count known?",
        f"`{row.shapes[0]}`: height and width stay open. The count is known, {working(row.params)}, because only the "
        "depth of the input appears in it.",
    )


def three_layers(draw: Random) -> Question:
    side, kernel = draw.choice((32, 40, 64)), draw.choice((3, 5))
    sides = [side]
    for _ in range(3):
        sides.append(height_of(conv(image(sides[-1], 8), kernel_size=kernel)))
    return Question(
        f"Three convolutions with a kernel size of {kernel} and {VALID} follow each other on an image of "
        f"{side} × {side}. How large is the last map?",
        f"{' → '.join(map(str, sides[:-1]))} → **{sides[-1]}** along each side. Each layer takes away {kernel - 1} "
        "rows and columns.",
    )


def valid_size(draw: Random) -> Question:
    side, kernel, stride = draw.choice((27, 30, 32, 33)), draw.choice((3, 5)), draw.choice((2, 3))
    row = conv(image(side, 3), kernel_size=kernel, strides=stride)
    unread = side - (stride * (height_of(row) - 1) + kernel)
    return Question(
        f"Along a side of {side} pixels, how many positions does a kernel of size {kernel} have at a stride of "
        f"{stride} without padding? Are there pixels that no position reads?",
        f"{working(row.axes[0])}. "
        + (f"The last {unread} of the {side} pixels are never read." if unread > 1 else "")
        + ("The last pixel is never read." if unread == 1 else "" if unread else "Every pixel is read."),
    )


def same_size(draw: Random) -> Question:
    side, kernel, stride = draw.choice((28, 33, 50)), draw.choice((3, 5)), draw.choice((2, 3))
    row = conv(image(side, 3), kernel_size=kernel, strides=stride, padding="same")
    padded = max(0, (height_of(row) - 1) * stride + kernel - side)
    rows = f"{padded} row{'s are' if padded > 1 else ' is'} added"
    return Question(
        f"What does {call('Conv2D', 8, kernel, strides=stride, padding='same')} make of a side of {side} pixels, and "
        "how many rows of zeros does it add?",
        f"{working(row.axes[0])}. The last position would end {padded} past the image, so {rows}, {padded // 2} at "
        f"the top and {padded - padded // 2} at the bottom.",
    )


def dilated_size(draw: Random) -> Question:
    side, rate = draw.choice((24, 32, 48)), draw.choice((2, 3, 4))
    row = conv(image(side, 3), kernel_size=3, dilation_rate=rate)
    return Question(
        f"A kernel of size 3 has a dilation rate of {rate}. How far does it reach, and how many positions does it have "
        f"along a side of {side} pixels without padding?",
        f"It reaches over {rate} × (3 − 1) + 1 = {rate * 2 + 1} pixels, so it has {working(row.axes[0])} positions.",
    )


def without_bias(draw: Random) -> Question:
    filters, depth, groups = draw.choice((16, 32, 64)), draw.choice((16, 32)), draw.choice((2, 4))
    plain = conv(image(16, depth), filters=filters, kernel_size=3)
    grouped = conv(image(16, depth), filters=filters, kernel_size=3, groups=groups)
    unbiased = conv(image(16, depth), filters=filters, kernel_size=3, use_bias=False)
    return Question(
        f"{call('Conv2D', filters, 3)} reads {depth} channels. How does its parameter count change with "
        f"{code('use_bias=False')}, and how with {code(f'groups={groups}')}?",
        f"It has {working(plain.params)} parameters. Without the {filters} biases it has {working(unbiased.params)}. "
        f"In {groups} groups each filter reads {depth // groups} channels, which makes {working(grouped.params)}.",
    )


def pooled_size(draw: Random) -> Question:
    side, depth, pool = draw.choice((26, 28, 31)), draw.choice((8, 16)), draw.choice((2, 3))
    row = outcome("MaxPooling2D", {"pool_size": pool}, [image(side, depth)])
    return Question(
        f"{call('MaxPooling2D', pool)} reads {code(image(side, depth))}. What is its output shape?",
        f"`{row.shapes[0]}`: the stride is the pool size, so height and width are {working(row.axes[0])}. The depth "
        "stays, and there is nothing to train.",
    )


def cost(draw: Random) -> Question:
    side, depth, filters = draw.choice((14, 16, 28)), draw.choice((8, 16)), draw.choice((16, 32))
    row = conv(image(side, depth), filters=filters, kernel_size=3, padding="same")
    half = conv(image(side // 2, 2 * depth), filters=2 * filters, kernel_size=3, padding="same")
    return Question(
        f"{call('Conv2D', filters, 3, padding='same')} reads {code(image(side, depth))}. How many multiply-accumulates "
        "does it take, and how many if the side is halved and both depths are doubled?",
        f"{working(row.macs)}. The second is {working(half.macs)}: a quarter of the positions, four times the work at "
        "each.",
    )


def doubled_filters(draw: Random) -> Question:
    filters = draw.choice((16, 32, 64))
    before, after = (conv(image(8, n), filters=n, kernel_size=3).params for n in (filters, 2 * filters))
    assert before is not None
    assert after is not None
    weights = [9 * n * n for n in (filters, 2 * filters)]
    assert [(weights[0] + filters), weights[1] + 2 * filters] == [before.value, after.value]
    return Question(
        f"{call('Conv2D', filters, 3)} reads {filters} channels. How do its weights grow if filters and channels are "
        "both doubled?",
        f"Fourfold, from {weights[0]:,} to {weights[1]:,}. With the biases the layer has {working(before)} parameters "
        f"before and {working(after)} after.",
    )


def no_padding(draw: Random) -> Question:
    side = draw.choice((12, 16, 20))
    plain, padded = (conv(image(side, 1), kernel_size=3, padding=padding).macs for padding in ("valid", "same"))
    return Question(
        f"On a grey image of {side} × {side}, how many more multiply-accumulates does {call('Conv2D', 8, 3)} take with "
        f"{SAME} than without padding?",
        f"{working(padded)} against {working(plain)}, which is "
        f"{(padded.value or 0) - (plain.value or 0) if padded and plain else 0:,} more.",
    )


def pooled_depth(draw: Random) -> Question:
    pool, groups = draw.choice((2, 3, 4)), draw.choice((4, 6, 8))
    row = outcome("DepthMaxPool", {"pool_size": pool}, [image(12, pool * groups)])
    return Question(
        f"{call('DepthMaxPool', pool)} reads {code(image(12, pool * groups))}. What is its output shape?",
        f"`{row.shapes[0]}`: the depth becomes {working(row.axes[-1])}, one channel per group of {pool}. Height and "
        "width stay.",
    )


def overlapping_depth(draw: Random) -> Question:
    depth, pool = draw.choice((6, 8, 9, 12)), draw.choice((3, 4))
    row = outcome("DepthMaxPool", {"pool_size": pool, "strides": 1}, [image(4, depth)])
    return Question(
        f"{call('DepthMaxPool', pool, strides=1)} reads {depth} channels. How many channels does it give?",
        f"{working(row.axes[-1])}. It is the size formula of `valid` padding, along the depth.",
    )


def largest_of_group(draw: Random) -> Question:
    values = draw.sample(range(1, 20), 6)
    pairs = [values[i : i + 2] for i in range(0, 6, 2)]
    triples = [values[i : i + 3] for i in range(0, 6, 3)]
    return Question(
        f"At one position the six channels are {code(values)}. What does depth pooling with a window of 2 give there, "
        "and with a window of 3?",
        f"`{[max(pair) for pair in pairs]}` and `{[max(triple) for triple in triples]}`: the largest of each group.",
    )


def receptive_field(draw: Random) -> Question:
    strides = [draw.choice((1, 2)) for _ in range(3)]
    layers: list[dict[str, Any]] = [
        {"class_name": "InputLayer", "config": {"name": "image", "batch_shape": [None, 64, 64, 1]}}
    ]
    layers += [
        {"class_name": "Conv2D", "config": {"name": f"conv_{i}", "filters": 1, "kernel_size": 3, "strides": stride}}
        for i, stride in enumerate(strides)
    ]
    rows = explain({"class_name": "Sequential", "config": {"name": "chain", "layers": layers}}).rows
    fields = [row.field for row in rows if isinstance(row.field, tuple)]
    sizes = [height.size for height, _ in fields]
    return Question(
        f"Three 3 × 3 convolutions have the strides {', '.join(map(str, strides))}. How many pixels of a row does one "
        "value of the last map depend on?",
        f"1 → {' → '.join(map(str, sizes[:-1]))} → **{sizes[-1]}**. Each layer adds two jumps, and a jump is "
        "the product of all strides before the layer.",
    )


def two_small_kernels(draw: Random) -> Question:
    depth = draw.choice((16, 24, 32))
    small, large = (conv(image(16, depth), filters=depth, kernel_size=size).params for size in (3, 5))
    assert small is not None
    return Question(
        f"Two 3 × 3 convolutions with {depth} filters each read {depth} channels, one after the other. How do their "
        "parameters compare with one 5 × 5 convolution, which sees the same 5 × 5 patch?",
        f"Each of the two has {working(small)} parameters, which is {2 * (small.value or 0):,} for both. The 5 × 5 has "
        f"{working(large)}.",
    )


def dot_product(draw: Random) -> Question:
    patch, weights = ([[draw.randint(low, 4) for _ in range(2)] for _ in range(2)] for low in (0, -2))
    bias = draw.randint(1, 3)
    pairs = [pair for rows in zip(patch, weights, strict=True) for pair in zip(*rows, strict=True)]
    products = [value * weight for value, weight in pairs]
    sum_text = " + ".join(f"{value} × {f'(−{-weight})' if weight < 0 else weight}" for value, weight in pairs)
    return Question(
        f"A filter {code(weights)} with the bias {bias} lies on the patch {code(patch)}. Which value does it give?",
        f"{sum_text} = {sum(products)}, and with the bias **{sum(products) + bias}**.",
    )


def one_by_one(draw: Random) -> Question:
    depth, filters = draw.choice((64, 96, 256)), draw.choice((16, 24, 32))
    row = conv(image(28, depth), filters=filters, kernel_size=1)
    return Question(
        f"{call('Conv2D', filters, 1)} reads {depth} channels. How many parameters does it have, and how many "
        "neighbouring positions does one output value depend on?",
        f"{working(row.params)} parameters. It depends on no neighbour: a 1 × 1 filter only sums over the channels.",
    )


def pooled_row(draw: Random) -> Question:
    row = [draw.randint(0, 9) for _ in range(6)]
    shifted = [0, *row[:-1]]
    before, after = ([max(values[i : i + 2]) for i in range(0, 6, 2)] for values in (row, shifted))
    return Question(
        f"A row of six pixels is {code(row)}. What does max pooling by 2 give? And what does it give after the row has "
        "moved one pixel to the right, with a 0 coming in?",
        f"`{before}`. The moved row is `{shifted}`, and pooling it gives `{after}`.",
    )


def global_pooling(draw: Random) -> Question:
    side, depth, units = draw.choice((4, 7, 8)), draw.choice((64, 128)), draw.choice((10, 20))
    flat, pooled = (
        outcome("Dense", {"units": units}, outcome(head, {}, [image(side, depth)]).shapes).params
        for head in ("Flatten", "GlobalMaxPooling2D")
    )
    return Question(
        f"A map {code(image(side, depth))} goes to {call('Dense', units)}, after {call('Flatten')} or after "
        f"{call('GlobalMaxPooling2D')}. How many parameters does the dense layer have in each case?",
        f"{working(flat)} after flattening, and {working(pooled)} after global pooling, which leaves one number per "
        "channel.",
    )


def layers_needed(draw: Random) -> Question:
    pixels = draw.choice((21, 27, 35, 61))
    plain, doubling = 0, 0
    while 1 + 2 * plain < pixels:
        plain += 1
    while 1 + 2 * (2**doubling - 1) < pixels:
        doubling += 1
    return Question(
        f"How many 3 × 3 convolutions does it take to see {pixels} × {pixels} pixels, with stride 1 and with stride 2?",
        f"With stride 1 each adds 2 pixels: **{plain}**, since 1 + 2 × {plain} = {1 + 2 * plain}. With stride 2 they "
        f"add 2, 4, 8, and so on: **{doubling}**, since 1 + 2 × (2{SUPERSCRIPT[doubling]} − 1) = "
        f"{2 ** (doubling + 1) - 1}.",
    )


MAKERS: dict[str, Callable[[Random], Question]] = {
    maker.__name__: maker
    for maker in (
        *(conv_params, any_image_size, dense_params, dense_after_flatten, dense_keeps_axes, total_and_memory),
        *(axes, unknown_size, three_layers, valid_size, same_size, dilated_size, without_bias, pooled_size),
        *(cost, doubled_filters, no_padding, pooled_depth, overlapping_depth, largest_of_group, receptive_field),
        *(two_small_kernels, dot_product, one_by_one, pooled_row, global_pooling, layers_needed),
    )
}
"""Each kind of question by its name. A maker takes the page's random numbers and gives a question with its answer."""


def written(seed: int, names: list[str]) -> str:
    """The questions as a page holds them."""
    draw = Random(seed)
    folds = [
        f'<details class="question" markdown="1">\n<summary>{asked}</summary>\n\n{answer}\n\n</details>\n'
        for asked, answer in (MAKERS[name](draw) for name in names)
    ]
    return "\n" + "\n".join(folds) + "\n"


def filled(text: str) -> str:
    """A page with its questions as they are to be."""
    return PLACE.sub(lambda at: at[1] + written(int(at[2]), re.split(r",\s*", at[3])) + at[4], text)


def sources() -> Iterator[Path]:
    """The pages and notebooks that could hold questions."""
    yield from (path for path in sorted(DOCS.rglob("*")) if path.suffix in (".md", ".ipynb"))


def cells(path: Path) -> list[str]:
    """The Markdown of a page, or of each Markdown cell of a notebook."""
    text = path.read_text("utf8")
    if path.suffix == ".md":
        return [text]
    return ["".join(cell["source"]) for cell in json.loads(text)["cells"] if cell["cell_type"] == "markdown"]


def fill(path: Path) -> None:
    """Writes a page's questions into it."""
    text = path.read_text("utf8")
    if path.suffix == ".md":
        path.write_text(filled(text), "utf8")
        return
    notebook = json.loads(text)
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            cell["source"] = filled("".join(cell["source"])).splitlines(keepends=True)
    path.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", "utf8")


if __name__ == "__main__":
    for source in sources():
        if any(PLACE.search(cell) for cell in cells(source)):
            fill(source)
