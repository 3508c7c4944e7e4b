"""What reads an error's text where a pattern has matched: the layer, its arguments and inputs, and what they mean."""

import ast
import difflib
import math
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from cnnnotes._fixing.change import Fix
from cnnnotes.layers import LayerError, Shape, known_types, layer_type, outcome
from cnnnotes.layers._outcomes import times

SHAPE = r"[(\[][^()\[\]]{0,400}[)\]]"  # as it is written: `(None, 28, 28, 1)`, `[?,28,28,1]`, `[None 28 28 1]`
_FREQUENT = ("Conv2D", "MaxPooling2D", "Dense", "LSTM", "Dropout", "Embedding")  # which an unnamed argument may be of
_ATTRIBUTES = {"strides": "strides", "dilations": "dilation_rate", "ksize": "pool_size"}  # by TensorFlow's names
_CHANNELS = {  # what makes of images with so many channels, the second, images with as many as the first
    (1, 3): "images in grey: color_mode='grayscale'",
    (3, 1): "the grey channel three times: np.repeat(x, 3, -1)",
    (3, 4): "the first three channels, without alpha: x[..., :3]",
}
_AXES = (*["the size of the kernel"] * 5, "the channels or values of the input", "the number of filters or units")
"""What the last axes of a weight stand for."""
LESS_MEMORY = "a smaller batch or smaller images: what training keeps grows with both"
AS_SAVED = "the model as it was when the weights were saved"
_SPARSE = "A sparse loss wants an integer for each vector of probabilities: the output's shape without the last axis."


class Trouble(NamedTuple):
    """What went wrong, with the numbers of the text."""

    says: tuple[str, ...] = ()  # what the text means, one sentence each; empty where the rule's own message says it
    type: str | None = None  # the Keras class name of the layer, `None` where the text doesn't tell it
    name: str = ""  # what the model calls the layer
    arguments: Mapping[str, Any] = {}  # those that the text tells
    inputs: tuple[Shape, ...] = ()
    assumed: bool = False  # whether the others are those of an example: the text tells only the type
    fixes: tuple[Fix, ...] = ()  # what helps beside the changes that a rule can try

    @property
    def title(self) -> str:
        """The layer as a summary names it: `dense_2 (Dense)`."""
        kind = f"({self.type})" if self.name and self.type else self.type
        return " ".join(filter(None, (self.name, kind))) or "an error"


Match = re.Match[str]
Reader = Callable[[Match, str], Trouble]  # makes of a pattern's match in a text what went wrong


def said(kind: str = "", says: str = "", fix: str = "", **fixed: Any) -> Reader:
    """The reader of a text that names all that matters: arguments by the layer's names for them, inputs as `inputs_of`
    has them, `channels` of the input, the `size` of the window, the layer's `name`. What isn't named is as in the
    example of the type that was called, or else of `kind`. `says` and `fix` are a sentence and what helps, `fixed`
    arguments that the text says otherwise."""

    def read(match: Match, text: str) -> Trouble:
        named = {name: value for name, value in match.groupdict().items() if value is not None}
        inputs = inputs_of(named)
        usual = kind.format(rank=len(inputs[0]) - 2 if inputs else 2)
        told = type_of(named.get("name", "")) or called(text) or named.get("kind", "")
        if usual == "Add" and not told:  # the lines of a traceback may tell which layer it is that computes so
            told = next(iter(re.findall(r"\b(Subtract|Multiply|Average|Maximum|Minimum)\(", text)), "")
        stated = layer_type(told) or layer_type(usual)
        given, named["type"] = dict(fixed), stated.name if stated else usual
        if stated:
            if "size" in named:
                named["pool_size" if "pool_size" in stated.arguments else "kernel_size"] = named["size"]
            given |= {name: value_of(value) for name, value in named.items() if name in stated.arguments}
        assumed = not inputs or bool(stated and stated.arguments and not given)
        if stated and not inputs and given:
            first, *others = stated.example[1] or ((),)
            depth = value_of(named["channels"]) if "channels" in named else given.get("groups")
            fits = isinstance(depth, int) and depth > 0  # then nothing but the arguments can be wrong
            inputs = ((*first[:-1], depth) if fits else first, *others)
        sentences = (says.format_map(named),) if says else ()
        advice = (Fix(fix.format_map(named)),) if fix else ()
        return Trouble(sentences, named["type"] or None, named.get("name", ""), given, inputs, assumed, advice)

    return read


def inputs_of(named: Mapping[str, str]) -> tuple[Shape, ...]:
    """The inputs: `shape`, `one` and `other`, or the list `shapes`; without a batch `values`, `first` and `second`."""
    if "shapes" in named:
        return shapes(named["shapes"])
    whole = [read_shape(named[name]) for name in ("shape", "one", "other") if name in named]
    single = [(None, *read_shape(named[name])) for name in ("values", "first", "second") if name in named]
    return (*whole, *single)


def value_of(text: str) -> Any:
    """The value of an argument as the text writes it."""
    if re.fullmatch(SHAPE, text):
        return read_shape(text)
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return text.strip("'\"").lower()


def read_shape(text: str) -> Shape:
    """The sizes of a shape as it is written; an unknown one is `None`."""
    return tuple(None if size in "None?" else int(size) for size in re.findall(r"None|\?|-?\d{1,18}", text))


def shapes(text: str) -> tuple[Shape, ...]:
    """All the shapes of a list of them."""
    return tuple(read_shape(found) for found in re.findall(SHAPE, text) if re.search(r"\d|None|\?", found))


def type_of(name: str) -> str | None:
    """The type of a layer by its name, where that is Keras's default name, numbered or not: `max_pooling2d_1`."""
    plain = re.sub(r"_\d+$", "", name).replace("_", "")
    return next((kind for kind in known_types() if kind.lower() == plain), None)


def called(text: str) -> str:
    """The type of the layer in whose call an error was raised, where it is one that is known."""
    types = re.findall(r"when calling (?:layer \"\w+\" \(type )?(\w+?)(?:\.call\(\)|\))", text)
    return next((kind for kind in reversed(types) if layer_type(kind)), "")


def convolved(match: Match, text: str) -> Trouble:
    """A kernel that is larger than the map, or has an axis too few; by its shape and the window's arguments."""
    window = {name: value_of(value) for name, value in match.groupdict().items() if name not in ("shape", "kernel")}
    return _convolved(called(text), read_shape(match["shape"]), read_shape(match["kernel"]), window)


def _convolved(kind: str, shape: Shape, kernel: Shape, window: dict[str, Any]) -> Trouble:
    """A convolution by the shape of its kernel, `(height, width, input channels, filters)`."""
    if len(kernel) < 3 or len(shape) < 2:
        return Trouble((f"A kernel of shape {kernel} doesn't fit an input of shape {shape}.",), kind or None)
    kind = kind or f"Conv{len(kernel) - 2}D"
    stated = layer_type(kind)
    last = "depth_multiplier" if stated and "depth_multiplier" in stated.arguments else "filters"
    arguments = {last: kernel[-1], "kernel_size": kernel[:-2], **window}
    channels, each = shape[-1], kernel[-2]
    if len(shape) > 2 and shape[1] == each != channels:
        channels, arguments["data_format"] = each, "channels_first"
    if channels and each and channels % each == 0:
        arguments["groups"] = channels // each
    known = {name: value for name, value in arguments.items() if stated is None or name in stated.arguments}
    return Trouble(type=kind, arguments=known, inputs=(shape,), assumed=kind.startswith("Separable"))


def negative_dimension(match: Match, text: str) -> Trouble:
    """TensorFlow: the window is larger than the map, said by the operation."""
    named = re.search(r"(?:= ?|op: ')(\w+)", match["node"])
    operation = named[1] if named else ""
    stated = layer_type(called(text)) or layer_type(operation) or layer_type(f"{operation}2D")
    given, size = shapes(match["shapes"]), int(match["size"])
    if stated is None or not given:
        return Trouble((f"A window of {size} is moved over {match['length']} positions: padding 'valid' leaves none.",))
    written = re.findall(r"(strides|dilations|ksize)=(\[[\d, ]+\])", match[0])
    window = {_ATTRIBUTES[name]: read_shape(values)[1:-1] for name, values in written}
    if stated.rank == 1 and len(given[0]) == 4:  # a 2D operation with an axis of 1, which a kernel has first
        axis = 1 if given[0][1] == 1 else 2
        given = (given[0][:axis] + given[0][axis + 1 :], *(kernel[1:] for kernel in given[1:]))
        window = {name: values[2 - axis : 3 - axis] for name, values in window.items()}
    if len(given) > 1:
        return _convolved(stated.name, given[0], given[1], window)
    size_name = "pool_size" if "Pooling" in stated.name else "kernel_size"
    return Trouble(type=stated.name, arguments={size_name: (size,) * (len(given[0]) - 2)} | window, inputs=given)


def axis_value(match: Match, text: str) -> Trouble:
    """A layer was built for another size of an axis than it gets."""
    axis, name, shape = int(match["axis"]), match["name"], read_shape(match["shape"])
    kind = type_of(name) or ("Dense" if len(shape) == 2 else f"Conv{len(shape) - 2}D")
    number, got = re.search(r"\d+", match["wanted"]), shape[axis] if -len(shape) <= axis < len(shape) else None
    if not number or got is None or not layer_type(kind):
        return Trouble((f"It was built for {match['wanted']} along axis {axis}, and gets {shape}.",), None, name)
    size, place = int(number[0]), axis % len(shape)
    says, fits = [f"It was built for {size:,} along axis {axis}, and gets {got:,}."], dict[str, Shape]()
    right = (*shape[:place], size, *shape[place + 1 :])
    if len(shape) > 2:
        says.append(f"Its kernel spans {size:,} input channel{'s' * (size > 1)}.")
        if shape[1] == size:
            last = (shape[0], *shape[2:], size)
            fits[f"np.moveaxis(x, 1, -1), the channels last: {last}"] = last
        if words := _CHANNELS.get((size, got)):
            fits[f"{words}, {right}"] = right
    else:
        says.append(f"Its kernel has {size:,} rows.")
        if math.prod(n or 0 for n in shape) == size:
            fits[f"x[None], a batch of one, or dataset.batch(32): {shape} is one example"] = (1, size)
        few, many = sorted((size, got))
        if few > 0 and many > few and many % few == 0:
            ratio, side = many // few, math.isqrt(many // few)
            flat = f": before a Flatten, {side} times as many on each side of the map" if side * side == ratio else ""
            says.append(f"{many:,} = {ratio} × {few:,}{flat}.")
    fits[f"an input of {right}, as it was built with"] = right
    built = Fix("a new model: a kernel's size is fixed when the layer is built")
    changes = [Fix(words, kind, inputs=(changed,)) for words, changed in fits.items()]
    return Trouble(tuple(says), kind, name, {}, (shape,), True, (*changes, built))


def other_shape(match: Match, text: str) -> Trouble:
    """A model was built on another shape than it gets: an axis too few or too many, or axes of other sizes or order."""
    wanted, got = read_shape(match["wanted"]), read_shape(match["got"])
    words = _CHANNELS.get((wanted[-1] or 0, got[-1] or 0), "") if wanted and got else ""
    changes: list[tuple[Shape, str]] = [
        ((1, *got), "x[None], a batch of one: {}; a tf.data.Dataset: dataset.batch(32)"),
        ((1, *got, 1), "x[None, ..., None], a batch of one image with a channel: {}"),
        ((*got[:1], *got[2:], *got[1:2]), "np.moveaxis(x, 1, -1), the channels last: {}"),
        ((*got[:-1], *wanted[-1:]), words and f"{words}, {{}}"),
    ]
    same = ((shape, words) for shape, words in changes if words and shape != got and len(shape) == len(wanted))
    found = [words.format(s) for s, words in same if all(a in (None, b) for a, b in zip(wanted, s, strict=True))]
    axes = f" It takes {len(wanted)} axes, the batch counted." * (len(wanted) != len(got))
    if not axes:
        if len(got) == 3 and wanted[-1] == got[-1] and wanted[1]:
            found.append(f"keras.utils.pad_sequences(x, maxlen={wanted[1]})")
        resized = "; layers.Resizing resizes images" * (len(got) == 4)
        found = found or [f"an input of {wanted}{resized}{words and f'; {words}'}"]
        found.append(f"Input(shape={got[1:]}) in a new model, if the data are as they should be")
    fixes = tuple(map(Fix, found or [f"an input of {wanted}"]))
    says = f"The model was built for {wanted}, and gets {got}.{axes}"
    return Trouble((says,), None, match.groupdict().get("name") or "", inputs=(got,), fixes=fixes)


def concatenated(match: Match, text: str) -> Trouble:
    """`Concatenate` of unlike shapes: the text doesn't say along which axis; the last, unless they fit along that."""
    inputs = tuple(shape for shape in inputs_of(match.groupdict()) if len(shape) > 1)
    try:
        outcome("Concatenate", {}, inputs)
    except LayerError:
        return Trouble(type="Concatenate", inputs=inputs)
    return Trouble(type="Concatenate", arguments={"axis": 1}, inputs=inputs)


def dotted(match: Match, text: str) -> Trouble:
    """`Dot` along axes of unlike sizes."""
    axes = int(match["a"]), int(match["b"])
    return Trouble(type="Dot", arguments={"axes": axes}, inputs=inputs_of(match.groupdict()))


def broadcast(match: Match, text: str) -> Trouble:
    """An operation such as `a + b` on unlike shapes, which are written with their batch; it may be the loss's."""
    found, node = inputs_of(match.groupdict()), match.groupdict().get("node") or ""
    if len(found) == 2 and (re.search("compile_loss|compute_loss", text) or re.search("loss|Sub|Squared", node)):
        target, output = found[::-1] if "Squared" in node else found
        return _labels(target, output, sparse=False)
    return said("Add")(match, text)


def unknown_argument(match: Match, text: str) -> Trouble:
    """An argument that the layer doesn't have; Keras 2 doesn't say which layer, but a line of the traceback may."""
    name = match["name"]
    written = re.search(rf"\b([A-Z]\w+)\([^\n]*\b{name} ?=", text)
    kind = match.groupdict().get("kind") or (written[1] if written else "The layer")
    stated, says = layer_type(kind), f"{kind} has no argument {name}."
    names = [each for frequent in _FREQUENT if (of := layer_type(frequent)) for each in of.arguments]
    near = difflib.get_close_matches(name, stated.arguments if stated else names, 1)
    advice = [f"{near[0]}=… in place of {name}=…"] if near else []
    if name in ("batch_input_shape", "batch_shape"):
        says += " Keras 2 took it in the first layer of a model."
        advice = ["an Input(batch_shape=…) before the layer, as the first of the model"]
    return Trouble((says,), kind if stated else None, fixes=tuple(map(Fix, advice)))


def refused_value(match: Match, text: str) -> Trouble:
    """A value that an argument can't have, in a frequent layer where the text doesn't say in which."""
    name, value = match["argument"], value_of(match["value"])
    kinds = (kind for kind in _FREQUENT if (stated := layer_type(kind)) and name in stated.arguments)
    kind = "ZeroPadding2D" if name == "padding" and isinstance(value, tuple) else next(kinds, "")
    return said(called(text) or kind, **{name: value})(match, text)


def labels(sparse: bool) -> Reader:
    """The reader of a loss that compares labels and outputs value by value, or whose labels are integers."""
    return lambda match, text: _labels(read_shape(match["target"]), read_shape(match["output"]), sparse)


def _labels(target: Shape, output: Shape, sparse: bool) -> Trouble:
    """What fits between labels of one shape and outputs of another, for the losses that there are."""
    says = [f"The labels have the shape {target}, the model's output {output}."]
    if not target or not output:
        return Trouble(tuple(says))
    says.append(_SPARSE if sparse else "The loss compares them value by value: their shapes must be the same.")
    rows, examples = output[0] or 0, target[0] or 0
    in_one_row = sparse and len(target) < len(output) == 2 and examples and rows % examples == 0
    positions = rows // examples if in_one_row else 1  # those of each example at which the model predicts
    if positions > 1:
        says.append(f"{rows} = {positions} × {examples}: there are {positions} predictions for each example.")
    return Trouble(tuple(says), fixes=tuple(map(Fix, _label_fixes(target, output, sparse, positions))))


def _label_fixes(target: Shape, output: Shape, sparse: bool, positions: int) -> Iterator[str]:
    inner, classes = output[1:-1], output[-1] or 1
    integers = target[1:] in (inner, (*inner, 1))
    if not sparse and integers:
        yield f'loss="sparse_categorical_crossentropy", if the labels are integers from 0 to {classes - 1}'
        yield f"labels as vectors: keras.utils.to_categorical(y, {classes}), of shape {(target[0], *output[1:])}"
    if sparse and (target[1:] == output[1:] or target == ((output[0] or 0) * classes,)):
        yield 'loss="categorical_crossentropy": the labels are vectors already'
        yield "labels as integers: y.argmax(-1)"
    if not integers and target[:-1] == output[:-1] and target[-1] not in (None, classes):
        yield f"Dense({target[-1]}) as the last layer, in place of {classes} units"
    if inner and len(target) <= 2:
        yield f"GlobalAveragePooling{len(inner)}D() before the last Dense, which then gives {(output[0], classes)}"
    elif positions > 1:
        yield "GlobalAveragePooling2D() before the last Dense: one prediction for each example"
    if (inner and len(target) <= 2) or positions > 1:
        yield "Flatten() before the last Dense, which acts on the last axis alone and keeps those before it"
        if len(inner) < 2:
            yield "return_sequences=False in the last recurrent layer"
    lost = [(a or 0) - (b or 0) for a, b in zip(target[1:-1], inner, strict=False)]
    if len(output) == len(target) and lost and min(lost) > 0:
        ends = tuple((n // 2, n - n // 2) for n in lost)
        made = (target[0], *inner, target[-1])
        yield 'padding="same" in the convolutions: the map keeps its size'
        yield f"Cropping{len(lost)}D(cropping={ends if len(ends) > 1 else ends[0]}) on the labels: {made}"


def out_of_memory(match: Match, text: str) -> Trouble:
    """TensorFlow has no memory left for a tensor, of which the text tells the shape and the type."""
    shape, width = read_shape(match["shape"]), {"double": 8, "int64": 8, "half": 2, "bfloat16": 2}.get(match["type"], 4)
    size = math.prod(n or 1 for n in shape) * width
    says = f"One tensor of {times(shape)} values takes {size:,} bytes at {width} each: {size / 2**30:.2f} GiB."
    each = f"If its first axis is the batch, an example takes {size // (shape[0] or 1):,} bytes." if shape else ""
    return Trouble((says, each), fixes=(Fix(LESS_MEMORY),))


def weights_shape(match: Match, text: str) -> Trouble:
    """A weight that is loaded has another shape than the model's."""
    wanted, given, name = read_shape(match["wanted"]), read_shape(match["given"]), match.groupdict().get("name") or ""
    says = [f"The weight has the shape {wanted} in the model, and {given} in what is loaded."]
    if len(wanted) == 4 and given == (wanted[3], wanted[2], *wanted[:2]):
        says.append("It is printed in the order (filters, input channels, height, width), as Keras 2 turned kernels.")
    elif 1 < len(wanted) == len(given) <= len(_AXES):
        axes = zip(_AXES[-len(wanted) :], wanted, given, strict=True)
        says += [f"They differ in {what}: {a} in the model, {b} in what is loaded." for what, a, b in axes if a != b]
    return Trouble(tuple(says), type_of(name), name, fixes=(Fix(AS_SAVED),))
