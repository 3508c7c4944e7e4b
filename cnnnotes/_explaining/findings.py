"""What looks wrong in a model, or wasteful: each with the numbers that show it, and the page that proves it."""

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

from cnnnotes._explaining.receptive import Field
from cnnnotes._explaining.walk import Run
from cnnnotes.layers import Outcome, Shape, layer_type
from cnnnotes.layers._outcomes import times

WINDOWED = ("Conv", "MaxPooling", "AveragePooling")  # how the names end of what has a window, before "2D"
KEPT = ("Dropout", "Activation", "ReLU", "Softmax", "BatchNormalization", "Dense", "Flatten")
UNREAD, SMALL, LARGE, HEAVY = 1 / 3, 1 / 3, 4, 100_000
"""The share of a map that may stay unread, the least and the most of an image's side that a value should see, and how
many parameters after a Flatten are many."""
KINDS = (
    "Channels that come first", "BatchNormalization along rows or columns", "A Dense layer on a map",
    "A softmax over one value", "A kernel larger than its map", "A stride larger than the kernel",
    "Positions that are never read", "A receptive field smaller than the object",
    "A receptive field larger than the image", "A Flatten that most parameters follow",
    "A bias before BatchNormalization", "Rows that count a shared layer twice",
)  # fmt: skip
(TURNED, AXIS, DENSE, SOFTMAX, KERNEL, STRIDE, POSITIONS, BLIND, WIDE, FLATTEN, BIAS, SHARED) = KINDS


class Finding(NamedTuple):
    """Something worth a look."""

    kind: str  # what it is, as the heading of its proof on the site says it
    layers: tuple[str, ...]  # those that show it, the first of which the text is about
    text: str  # the evidence, with the model's own numbers

    @property
    def page(self) -> str:
        return f"tools/worth-a-look/#{self.kind.lower().replace(' ', '-')}"

    def __str__(self) -> str:
        more = f" The same holds for {n:,} more layer{'s' * (n > 1)}." if (n := len(self.layers) - 1) > 0 else ""
        return f"{self.kind}: {self.text}.{more} See {self.page}"


class Step(NamedTuple):
    """A call of a layer, with what stands around it."""

    name: str
    kind: str  # empty for what no rule is known of
    args: dict[str, Any]
    shape: Shape  # of its first input
    outcome: Outcome
    field: Field  # of its first input
    after: list["Step"]  # those that read it
    last: bool  # whether it is an output of its model
    first: bool  # whether the model's maps have their channels first

    @property
    def sizes(self) -> tuple[int, ...]:
        """The spatial sizes of its input, where all are known."""
        sizes = self.shape[2:] if self.first else self.shape[1:-1]
        return tuple(size for size in sizes if size) if None not in sizes else ()

    @property
    def following(self) -> Iterator["Step"]:
        """What reads it, directly or after layers that keep a vector one."""
        found = {id(one): one for one in self.after}
        waiting = list(found.values())
        for one in waiting:  # grows while it is walked
            yield one
            new = {id(each): each for each in one.after if id(each) not in found} if one.kind in KEPT else {}
            found |= new
            waiting += new.values()


def findings(run: Run, inputs: list[Shape | None], shown: int | None, total: int | None) -> tuple[Finding, ...]:
    """What is worth a look in a model; `shown` is what its rows add up to, `total` its number of parameters."""
    found: dict[str, dict[str, str]] = {kind: {} for kind in KINDS}
    image = inputs[0] if len(inputs) == 1 else None
    for step in reversed(list(_steps(run))):
        for kind, text in (*_of_windows(step, image), *_of_layers(step, image, total or 0)):
            found[kind].setdefault(step.name, text)
    if shown is not None and total is not None and shown > total:
        text = f"the rows add up to {shown:,}, and the total is {total:,}: layers in several places are counted once"
        found[SHARED][""] = text
    listed = [(kind, tuple(filter(None, texts)), next(iter(texts.values()))) for kind, texts in found.items() if texts]
    return tuple(Finding(*each) for each in listed)


def _steps(run: Run) -> Iterator[Step]:
    """The calls of a model and of those in it, each after those that read it."""
    configs = [node.layer.config or {} for node in run.graph.nodes]
    formats = {str(config["data_format"] or "channels_last") for config in configs if "data_format" in config}
    after, defaults = dict[int, list[Step]](), dict[str, dict[str, Any]]()
    for number in reversed(run.graph.order):
        node, done = run.graph.nodes[number], run.done[number]
        if done.run:
            yield from _steps(done.run)
        rule = layer_type(node.layer.rule or node.layer.type)
        known = rule if done.outcome and not node.layer.operation and not node.layer.custom else None
        if known and known.name not in defaults:
            defaults[known.name] = known.defaults
        args = {**(defaults[known.name] if known else {}), **(node.layer.config or {})}
        shape = next((shape for _, ref in node.sources if (shape := run.shape(ref)) is not None), ())
        field = run.done[node.sources[0][0]].field if node.sources else None
        around = after.get(number, []), number in run.graph.ends, formats == {"channels_first"}
        kind, outcome = known.name if known else "", done.outcome or Outcome(())
        step = Step(node.layer.name, kind, args, shape, outcome, field, *around)
        for source, _ in node.sources:
            after.setdefault(source, []).append(step)
        if known and shape and (len(formats) < 2 or len(shape) < 4):
            yield step


def _of_windows(step: Step, image: Shape | None) -> Iterator[tuple[str, str]]:
    """What the window of a convolution or a pooling tells."""
    name, shape, windows = step.name, step.shape, step.outcome.windows
    if not windows or isinstance(windows, str) or not step.sizes or not step.kind[:-2].endswith(WINDOWED):
        return
    pairs = list(zip(step.sizes, windows, strict=True))
    if shape == image and not step.first:
        match shape:
            case (_, 1 | 3 as high, wide, deep) if wide == deep != high:
                map_ = f"{high} high, {wide} wide and {deep} deep"
                yield TURNED, f"{name} reads a map {map_}: its channels come first"
    size, window = max(pairs, key=lambda pair: pair[1].size - pair[0])
    if window.size > size and step.args["padding"] == "same":
        beyond = f"it lies on zeros for {window.size - size} or more"
        yield KERNEL, f"the window of {name} is {window.size} wide on a map of {size}, so {beyond}"
    size, window = max(pairs, key=lambda pair: pair[1].stride - pair[1].size)
    if window.stride > window.size:
        read = f"it reads {math.prod(min(one.size / one.stride, 1) for _, one in pairs):.0%} of the positions"
        yield STRIDE, f"{name} has stride {window.stride} and a window of {window.size}: {read}"
    elif step.args["padding"] == "valid" and all(size >= window.size for size, window in pairs):
        left = [(size - window.size) % window.stride for size, window in pairs]
        share = 1 - math.prod(1 - rest / size for rest, (size, _) in zip(left, pairs, strict=True))
        if share >= UNREAD:
            lost = f"never reads {share:.0%} of its {times(step.sizes)} map"
            yield POSITIONS, f"{name} {lost}: {max(left)} left at its end"


def _of_layers(step: Step, image: Shape | None, total: int) -> Iterator[tuple[str, str]]:
    """What a layer, and those around it, tell."""
    name, kind, args, shape, out = step.name, step.kind, step.args, step.shape, (step.outcome.shapes or ((),))[0]
    axis = args["axis"] % len(shape) if isinstance(args.get("axis"), int) else -1
    if kind == "BatchNormalization" and len(shape) > 3 and axis not in (-1, 1 if step.first else len(shape) - 1):
        along = f"axis {axis}, of size {shape[axis]}, not along its {shape[1 if step.first else -1]} channels"
        yield AXIS, f"{name} normalizes along {along}"
    softmax = args.get("activation") == "softmax" or (kind == "Softmax" and args["axis"] == -1)
    if softmax and out and out[-1] == 1:
        yield SOFTMAX, f"{name} gives one value, and a softmax over one value is always 1"
    ends = step.last or any(one.last and one.kind in ("Activation", "Softmax") for one in step.after)
    if kind == "Dense" and len(shape) > 3 and math.prod(step.sizes) > 1 and ends:
        yield DENSE, f"{name} gives {args['units']} values at each of {times(step.sizes)} positions, not for each image"
    biases = sum(weight.size for weight in step.outcome.weights[1:] if weight.name == "bias")
    centred = biases and all(one.kind == "BatchNormalization" and one.args["center"] for one in step.after)
    if centred and step.after and not step.last and args.get("activation") in (None, "linear"):
        yield BIAS, f"the {biases:,} biases of {name} are subtracted again by {step.after[0].name}, with the mean"
    dense = next((one for one in step.following if one.kind == "Dense"), None) if kind == "Flatten" else None
    params, positions = (dense.outcome.param_count or 0, math.prod(step.sizes)) if dense else (0, 0)
    if dense and positions > 3 and params >= max(HEAVY, total / 2):
        left = dense.args["units"] * ((shape[1 if step.first else -1] or 0) + bool(dense.args["use_bias"]))
        why = f"since {name} keeps {positions} positions; after an average of them it has {left:,}"
        yield FLATTEN, f"{dense.name} holds {params:,} of {total:,} parameters, {why}"
    sizes = (image[2:] if step.first else image[1:-1]) if image and kind.startswith("Global") else ()
    spans = [span.size for span in step.field] if isinstance(step.field, tuple) else []
    pooled = spans and len(spans) == len(sizes) and None not in sizes
    if pooled and (step.last or any(one.last for one in step.following)):
        ratios = [span / size for span, size in zip(spans, sizes, strict=True) if size]
        if max(ratios) < SMALL or min(ratios) >= LARGE:
            seen = f"sees {times(spans)} positions of the {times(sizes)} image"
            yield BLIND if max(ratios) < SMALL else WIDE, f"each value that {name} takes {seen}"
