"""What looks wrong in a model, or wasteful: each with the numbers that show it, and the page that proves it."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from cnnnotes._explaining.walk import Done, Run
from cnnnotes.layers import Shape, layer_type
from cnnnotes.layers._outcomes import times

WINDOWED = re.compile(r"(Separable|Depthwise)?Conv\dD|(Max|Average)Pooling\dD")
_KEPT = ("Dropout", "Activation", "ReLU", "Softmax", "BatchNormalization")
UNREAD, SMALL, LARGE, HEAVY = 1 / 3, 1 / 3, 4, 100_000
"""The share of a map that may stay unread, the least and the most of an image's side that a value should see, and how
many parameters after a Flatten are many."""


class Finding(NamedTuple):
    """Something worth a look."""

    kind: str
    """What it is, as the heading of its proof on the site says it."""
    layers: tuple[str, ...]
    """The layers that show it, the first of which the text is about."""
    text: str
    """The evidence, with the model's own numbers."""

    @property
    def page(self) -> str:
        """The section of the site that proves it."""
        return f"tools/worth-a-look/#{re.sub(r'[^a-z0-9]+', '-', self.kind.lower()).strip('-')}"

    def __str__(self) -> str:
        more = f" The same holds of {len(self.layers) - 1:,} more." if len(self.layers) > 1 else ""
        return f"{self.kind}: {self.text}.{more} See {self.page}"


class Step(NamedTuple):
    """A call of a layer, with what stands around it."""

    name: str
    kind: str
    args: dict[str, Any]
    shape: Shape
    """Of its first input."""
    done: Done
    before: Done | None
    after: list[Step]
    last: bool
    """Whether it gives an output of the model."""
    model: dict[str, Any]
    """The format of the model's maps, the shape of its input, its number of parameters."""

    @property
    def sizes(self) -> tuple[int, ...]:
        """The spatial sizes of its input, where all are known."""
        sizes = self.shape[2:] if self.model["first"] else self.shape[1:-1]
        return tuple(size for size in sizes if size) if None not in sizes else ()

    @property
    def channels(self) -> int:
        return self.shape[1 if self.model["first"] else -1] or 0

    @property
    def windows(self) -> list[tuple[int, Any]]:
        """For each axis of a convolution or a pooling its size and the window."""
        windows = self.done.outcome.windows if self.done.outcome and WINDOWED.fullmatch(self.kind) else ()
        return list(zip(self.sizes, windows, strict=False)) if isinstance(windows, tuple) else []

    @property
    def params(self) -> int:
        return (self.done.outcome.param_count if self.done.outcome else 0) or 0


def _axis(step: Step) -> str:
    axis = step.args["axis"] if isinstance(step.args.get("axis"), int) else -1
    axis = axis % len(step.shape)
    wanted = 1 if step.model["first"] else len(step.shape) - 1
    if step.kind != "BatchNormalization" or len(step.shape) < 4 or axis == wanted or step.model["mixed"]:
        return ""
    return (
        f"{step.name} normalizes along axis {axis}, of size {step.shape[axis]}, not along its {step.channels} channels"
    )


def _turned(step: Step) -> str:
    high = step.shape[1] if len(step.shape) == 4 else None
    if high not in (1, 3) or step.model["first"] or not step.windows or step.shape != step.model["input"]:
        return ""
    if step.shape[2] != step.shape[3] or (step.shape[2] or 0) < 8:
        return ""
    return (
        f"{step.name} reads a map {high} high, {step.shape[2]} wide and {step.shape[3]} deep: its channels come first"
    )


def _dense(step: Step) -> str:
    ends = step.last or any(one.last and one.kind in ("Activation", "Softmax") for one in step.after)
    if step.kind != "Dense" or len(step.shape) < 4 or not ends or math.prod(step.sizes) < 2:
        return ""
    return f"{step.name} gives {step.args['units']} values at each of {times(step.sizes)} positions, not for each image"


def _bias(step: Step) -> str:
    cancelled = [one for one in step.after if one.kind == "BatchNormalization" and one.args.get("center", True)]
    if not cancelled or len(cancelled) < len(step.after) or step.last or step.kind.endswith("Pooling2D"):
        return ""
    bias = [weight.size for weight in step.done.outcome.weights if weight.name == "bias"] if step.done.outcome else []
    if not bias or step.args.get("activation") not in (None, "linear") or _axis(cancelled[0]):
        return ""
    return f"the {bias[0]:,} biases of {step.name} are subtracted again by {cancelled[0].name}, with the mean"


def _unread(step: Step) -> str:
    if step.args.get("padding", "valid") != "valid" or _strides(step):
        return ""
    left = [(size - window.size) % window.stride for size, window in step.windows if size >= window.size]
    share = 1 - math.prod(1 - rest / size for rest, (size, _) in zip(left, step.windows, strict=False))
    if not left or share < UNREAD:
        return ""
    return f"{step.name} never reads {share:.0%} of its {times(step.sizes)} map: {max(left)} left at its end"


def _kernel(step: Step) -> str:
    wide = [(size, window.size) for size, window in step.windows if window.size > size]
    if not wide or step.args.get("padding") != "same":
        return ""
    size, width = wide[0]
    return (
        f"the window of {step.name} is {width} wide on a map of {size}, so it lies on zeros for {width - size} or more"
    )


def _strides(step: Step) -> str:
    wide = [window for _, window in step.windows if window.stride > window.size]
    if not wide:
        return ""
    read = math.prod(min(window.size / window.stride, 1) for _, window in step.windows)
    return (
        f"{step.name} has stride {wide[0].stride} and a window of {wide[0].size}: it reads {read:.0%} of the positions"
    )


def _sees(step: Step, smaller: bool) -> str:
    field, image = step.before.field if step.before else None, step.model["input"]
    sizes = (image[2:] if step.model["first"] else image[1:-1]) if image else ()
    if (
        not step.kind.startswith("Global")
        or not _leads_out(step)
        or not isinstance(field, tuple)
        or not field
        or None in sizes
    ):
        return ""
    spans = [getattr(span, "size", 0) for span in field]
    ratios = [span / size for span, size in zip(spans, sizes, strict=False)]
    if not ratios or not (max(ratios) < SMALL if smaller else min(ratios) >= LARGE):
        return ""
    return f"each value that {step.name} takes sees {times(spans)} positions of the {times(sizes)} image"


def _flatten(step: Step) -> str:
    dense = [one for one in _following(step) if one.kind == "Dense"] if step.kind == "Flatten" else []
    positions, total = math.prod(step.sizes), step.model["total"] or 0
    if not dense or positions < 4 or dense[0].params < HEAVY or 2 * dense[0].params < total:
        return ""
    left = dense[0].args["units"] * (step.channels + bool(dense[0].args["use_bias"]))
    share = f"{dense[0].name} holds {dense[0].params:,} of {total:,} parameters"
    return f"{share}, since {step.name} keeps {positions} positions; after an average of them it has {left:,}"


def _following(step: Step) -> Iterator[Step]:
    for one in step.after:
        yield one
        if one.kind in _KEPT:
            yield from _following(one)


def _leads_out(step: Step) -> bool:
    """Whether what a layer gives is the model's answer, and doesn't go back onto a map."""
    return step.last or any(_leads_out(one) for one in step.after if one.kind in (*_KEPT, "Dense", "Flatten"))


def _softmax(step: Step) -> str:
    shape = step.done.shapes[0] if step.done.shapes else None
    softmax = step.args.get("activation") == "softmax" or (step.kind == "Softmax" and step.args.get("axis") == -1)
    if not softmax or not shape or shape[-1] != 1:
        return ""
    return f"{step.name} gives one value, and a softmax over one value is always 1"


CHECKS: dict[str, Callable[[Step], str]] = {
    "Channels that come first": _turned,
    "BatchNormalization along rows or columns": _axis,
    "A Dense layer on a map": _dense,
    "A softmax over one value": _softmax,
    "A kernel larger than its map": _kernel,
    "A stride larger than the kernel": _strides,
    "Positions that are never read": _unread,
    "A receptive field smaller than the object": lambda step: _sees(step, True),
    "A receptive field larger than the image": lambda step: _sees(step, False),
    "A Flatten that most parameters follow": _flatten,
    "A bias before BatchNormalization": _bias,
}


def findings(run: Run, inputs: list[Shape | None], shown: int | None, total: int | None) -> tuple[Finding, ...]:
    """What is worth a look in a model; `shown` is what its rows add up to, `total` its number of parameters."""
    found: dict[str, dict[str, str]] = {}
    for step in reversed(list(_steps(run, inputs[0] if len(inputs) == 1 else None, total))):
        for kind, check in CHECKS.items():
            text = check(step)
            if text:
                found.setdefault(kind, {}).setdefault(step.name, text)
    listed = [Finding(kind, tuple(found[kind]), next(iter(found[kind].values()))) for kind in CHECKS if kind in found]
    if shown is not None and total is not None and shown > total:
        text = f"the rows add up to {shown:,}, and the total is {total:,}: layers in several places are counted once"
        listed.append(Finding("Rows that count a shared layer twice", (), text))
    return tuple(listed)


def _steps(run: Run, image: Shape | None, total: int | None) -> Iterator[Step]:
    """The calls of a model and of those in it, each after those that read it."""
    formats = {(node.layer.config or {}).get("data_format") or "channels_last" for node in run.graph.nodes
               if "data_format" in (node.layer.config or {})}  # fmt: skip
    model = {"first": formats == {"channels_first"}, "mixed": len(formats) > 1, "input": image, "total": total}
    after: dict[int, list[Step]] = {}
    for number in reversed(run.graph.order):
        node, done = run.graph.nodes[number], run.done[number]
        if done.run:
            yield from _steps(done.run, None, total)
        rule = layer_type(node.layer.rule or node.layer.type)
        sources = [source for source, _ in node.sources]
        inputs = [run.shape(ref) for _, ref in node.sources]
        kind = rule.name if rule and not node.layer.operation and not node.layer.custom else ""
        args = {**(rule.defaults if rule and kind else {}), **(node.layer.config or {})}
        before = run.done[sources[0]] if sources else None
        shape = next((each for each in inputs if each is not None), ())
        step = Step(
            node.layer.name, kind, args, shape, done, before, after.get(number, []), number in run.graph.ends, model
        )
        for source in sources:
            after.setdefault(source, []).append(step)
        if kind and shape:
            yield step
