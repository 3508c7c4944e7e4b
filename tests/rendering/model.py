"""An explanation made by hand that has all that a format must cope with, and one of which much is open."""

from __future__ import annotations

from typing import Any

from cnnnotes._explaining.explanation import Explanation, Row
from cnnnotes._explaining.memory import Memory
from cnnnotes._explaining.receptive import Span
from cnnnotes._fixing import Fix
from cnnnotes.formula import Formula
from cnnnotes.layers import GLOBAL, Outcome, Shape, Weight

NASTY = "[a_b*c`d`|{e}<f>&g #h 100% $x$ ~^ \\(y\\) \x1b[31m"
"""What Markdown, LaTeX, HTML, MathJax and a terminal would each take for something of theirs."""

CONV = Outcome(
    shapes=((None, 16, 16, 4),),
    axes=(
        Formula("ceil(H_in / S_h)", H_in=32, S_h=2),
        Formula("ceil(W_in / S_w)", W_in=32, S_w=2),
        Formula("K", K=4),
    ),
    weights=(
        Weight("kernel", (3, 3, 3, 4), Formula("F_h * F_w * D_in * K", F_h=3, F_w=3, D_in=3, K=4)),
        Weight("bias", (4,), Formula("K", K=4)),
    ),
    params=Formula("K * (F_h * F_w * D_in + 1)", K=4, F_h=3, F_w=3, D_in=3),
    macs=Formula("H_out * W_out * K * F_h * F_w * D_in", H_out=16, W_out=16, K=4, F_h=3, F_w=3, D_in=3),
    notes=("`same` at stride 2: 32 → 16, 1 row padded at the bottom", "a second note"),
)
DENSE = Outcome(
    shapes=((None, 10),),
    axes=(Formula("K", K=10),),
    weights=(Weight("kernel", (4, 10), Formula("D_in * K", D_in=4, K=10)),),
    params=Formula("K * D_in", K=10, D_in=4),
    macs=Formula("K * D_in", K=10, D_in=4),
)
KEPT = Outcome(
    shapes=((None, 16, 16, 4),), axes=(None, Formula("W_in", W_in=16), None),
    weights=(Weight("scale", (), Formula("1"), trainable=False),), params=Formula("N", N=1),
)  # fmt: skip
SPAN = Span(3, 2, -1)


def row(name: str, kind: str, *inputs: str, **values: Any) -> Row:
    """A row without weights or notes, but for what `values` say."""
    plain = Row(name, kind, inputs, None, 0, 0, None, 0, 0, ())
    return plain._replace(**values)


def rows() -> tuple[Row, ...]:
    image = row("image", "InputLayer", shapes=((None, 32, 32, 3),), outcome=Outcome(()), activation_bytes=12_288)
    conv = row(
        "conv", "Conv2D", "image", shapes=CONV.shapes, params=112, trainable_params=112, outcome=CONV,
        macs=27_648, activation_bytes=4_096, field=(SPAN, Span(5, 4, 0)), notes=CONV.notes,
    )  # fmt: skip
    scale = row(
        NASTY, "Scale", "conv", "image", shapes=((None, 16, 16, 4), None), params=1, outcome=KEPT,
        macs=None, activation_bytes=999, field=(SPAN, SPAN), notes=(f"a note of {NASTY}",),
    )  # fmt: skip
    dense = row(
        "dense", "Dense", "flat", shapes=DENSE.shapes, params=40, trainable_params=40, outcome=DENSE,
        macs=40, activation_bytes=1_500_000, field=GLOBAL,
    )  # fmt: skip
    deepest = row("deepest", "Sequential", shapes=DENSE.shapes, params=40, trainable_params=40, rows=(dense,))
    inner = row(
        "inner", "Functional", "conv", shapes=DENSE.shapes, params=40, trainable_params=40, macs=1_234_567,
        activation_bytes=2_000_000_000, field=GLOBAL, rows=(row("flat", "Flatten", shapes=((None, 4),)), deepest),
    )  # fmt: skip
    return image, conv, scale, inner, row("times", "Multiply", "inner", shapes=((),), operation=True, field=())


def explanation() -> Explanation:
    """Everything is known; names, notes and audit hold what each format must escape."""
    return Explanation(
        name=f"model {NASTY}", source="model.keras", kind="functional", inputs=(("image", (None, 32, 32, 3)),),
        rows=rows(), total_params=1_153, trainable_params=1_152, non_trainable_params=1, known_params=1_153,
        optimizer_params=2_306, optimizer_formula=None, macs=1_262_255, activation_bytes=16_384,
        audit=(f"The audit: {NASTY}", "1 of the parameters × 2 → is kept … here."), notes=("A note on the model.",),
    )  # fmt: skip


def measured() -> Explanation:
    """What is known, with the memory that it needs at a batch of 32; the activations of training stay open."""
    weights, gradients, optimizer, alive = (Formula("n * bytes", n=n, bytes=4) for n in (1_153, 1_152, 2_306, 524_288))
    needed = Memory(32, weights, gradients, optimizer, alive, None, worst=f"conv {NASTY}")
    return explanation()._replace(rows=rows()[:1], memory=needed)


def unknown() -> Explanation:
    """A layer of which nothing is known, and totals that stay open."""
    mine = row("mine", "Mine", params=None, trainable_params=None, macs=None, activation_bytes=None, field=None)
    nested = row("nested", "Model", "mine", rows=(mine,), params=None, trainable_params=None, activation_bytes=None)
    return Explanation(
        name="open", source="", kind="subclassed", inputs=(("x", None),), rows=(mine, nested),
        total_params=None, trainable_params=None, non_trainable_params=None, known_params=12_345,
        optimizer_params=0, optimizer_formula=None, macs=None, activation_bytes=None, audit=(), notes=(),
    )  # fmt: skip


def error() -> Explanation:
    """An error of two sentences, with a fix that gives a shape and one that is words alone."""
    inputs: tuple[Shape, ...] = ((None, 8),)
    return unknown()._replace(
        name=f"layer {NASTY}", kind="error", rows=(), audit=(f"It says {NASTY}.", "It takes 3 axes, and gets 2."),
        fixes=(Fix("units=8", "Dense", {"units": 8}, inputs, inputs), Fix(f"a fix of {NASTY}", "", {}, inputs, ())),
    )  # fmt: skip
