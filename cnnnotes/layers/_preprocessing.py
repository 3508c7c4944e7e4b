"""Preprocessing layers that sit in models: rescaling, normalization, encodings, look-ups, spectrograms."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cnnnotes.formula import Formula
from cnnnotes.layers._arguments import MAX_AXES, Arguments
from cnnnotes.layers._errors import LayerError, shown
from cnnnotes.layers._maps import Map, known, one_input
from cnnnotes.layers._outcomes import Outcome, Shape, Weight, numbered, product
from cnnnotes.layers._registry import kept, rule
from cnnnotes.layers._windowed import move

rule("Rescaling", arguments="scale offset:any=0.0", unseen="scale", example={"scale": 1 / 255})(kept)


@rule("Normalization", arguments="axis:axes=-1 mean=None variance=None invert=False")
def normalization(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`Normalization`: mean and variance of the training data, learnt by `adapt()` unless they are given."""
    shape = one_input(inputs)
    axes = () if args.get("axis") is None else args.axes("axis", len(shape))
    dims = tuple(known(shape[axis], f"axis {axis}") for axis in sorted(axes))
    mean, variance = args.get("mean"), args.get("variance")
    if (mean is None) != (variance is None):
        raise LayerError("mean and variance must both be given or neither")
    if mean is not None:
        _check_given(mean, variance, dims)
        return Outcome(shapes=(shape,), notes=("mean and variance are given as constants: they are no weights",))
    values = {"D_in": dims[0]} if len(dims) == 1 else numbered(dims)
    size = Formula(product(values), **values)
    made = (("mean", dims, size), ("variance", dims, size), ("count", (), Formula("1")))
    return Outcome(
        shapes=(shape,),
        weights=tuple(Weight(*each, trainable=False) for each in made),
        params=Formula(f"2 * {product(values)} + 1", **values),
        notes=("mean, variance and the count of what was adapted to: set by adapt(), not trained",),
    )


def _check_given(mean: Any, variance: Any, dims: Shape) -> None:
    given = nested_shape("mean", mean)
    if given != nested_shape("variance", variance):
        raise LayerError(f"mean and variance must have the same shape, got {given} for the mean")
    if len(given) > len(dims):
        raise LayerError(f"mean must have at most {len(dims)} axes, got {given}")
    for size, dim in zip(given[::-1], dims[::-1], strict=False):
        if size not in (1, dim):
            raise LayerError(f"mean must fit the sizes {dims}, got {given}")


def nested_shape(name: str, value: Any) -> tuple[int, ...]:
    """The shape of an array that is written as a list of lists."""
    found: list[int] = []
    while isinstance(value, list | tuple):
        if not value or len(found) >= MAX_AXES:
            raise LayerError(f"{name} must be a number or a list of them, got {shown(value)}")
        found.append(len(value))
        value = value[0]
    return tuple(found)


def _encoded(shape: Shape, depth: int | None, mode: str) -> Outcome:
    """Integers as vectors: one for each (`one_hot`), or one for all along the last axis."""
    squeezed = mode != "one_hot" or (shape[-1] == 1 and len(shape) > 1)
    out = (*(shape[:-1] if squeezed else shape), depth)
    axes = (*(None,) * (len(out) - 2), Formula("K", K=depth))
    return Outcome(shapes=(out,), axes=axes[-(len(out) - 1) :] if len(out) > 1 else (), windows=None)


_MODES = "int|one_hot|multi_hot|count"


def _mode(args: Arguments) -> str:
    """The output mode; `binary` and `tf-idf` are other names of two of them."""
    old, modes = {"binary": "multi_hot", "tf-idf": "tf_idf"}, args.statement["output_mode"].choices
    given = args.get("output_mode")
    mode = old.get(given, given) if isinstance(given, str) else given
    if mode not in modes:
        raise LayerError(f"output_mode must be one of {', '.join(modes)}, got {shown(given)}")
    if args.flag("sparse") and mode == "int":
        raise LayerError("sparse must be false with output_mode 'int'")
    return str(mode)


@rule(
    "CategoryEncoding",
    arguments="num_tokens:size=None output_mode:one_hot|multi_hot|count=multi_hot sparse=False",
    example={"num_tokens": 16},
    shapes=[(None, 4)],
)
def category_encoding(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`CategoryEncoding`: integers as vectors of ones and zeros, or of counts."""
    return _encoded(one_input(inputs), args.integer("num_tokens"), _mode(args))


@rule(
    "Hashing",
    arguments=f"num_bins:size mask_value=None salt=None output_mode:{_MODES}=int sparse=False",
    shapes=[(None, 4)],
)
def hashing(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`Hashing`: values are put in bins by their hash."""
    shape, bins = one_input(inputs), args.integer("num_bins")
    mode = _mode(args)
    _check_salt(args)
    if mode == "int":
        return Outcome(shapes=(shape,))
    return _encoded(shape, bins, "count")  # Keras replaces the last axis in every mode


def _check_salt(args: Arguments) -> None:
    salt = args.get("salt", None)
    if salt is not None and not isinstance(salt, int) and not (isinstance(salt, list | tuple) and len(salt) == 2):
        raise LayerError(f"salt must be an integer or two of them, got {shown(salt)}")


@rule(
    "HashedCrossing",
    arguments="num_bins:size output_mode:int|one_hot=int sparse=False",
    inputs=2,
    shapes=[(None, 1), (None, 1)],
)
def hashed_crossing(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`HashedCrossing`: two features together are put in bins by their hash."""
    if inputs[0] != inputs[1]:
        raise LayerError(f"takes two inputs of the same shape, got {shown(tuple(inputs))}")
    mode = args.choice("output_mode")
    bins = args.integer("num_bins")
    shape = inputs[0]
    if len(shape) > 2 or (len(shape) == 2 and shape[1] != 1):
        raise LayerError(f"expects inputs of shape (batch,) or (batch, 1), got {shown(shape)}")
    return Outcome(shapes=(shape,)) if mode == "int" else _encoded(shape, bins, mode)


@rule(
    "Discretization",
    arguments=f"bin_boundaries:list=None num_bins:count=None epsilon=0.01 output_mode:{_MODES}=int sparse=False",
    example={"bin_boundaries": [0.0, 0.5, 1.0]},
    shapes=[(None, 4)],
)
def discretization(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`Discretization`: numbers are put in bins by boundaries, given or learnt by `adapt()`."""
    shape = one_input(inputs)
    mode = args.choice("output_mode")
    if args.flag("sparse") and mode == "int":
        raise LayerError("sparse must be false with output_mode 'int'")
    bounds, bins = args.get("bin_boundaries"), args.optional_integer("num_bins")
    if (bounds is None) == (bins is None):
        raise LayerError("either num_bins or bin_boundaries must be given")
    if bounds is not None and not isinstance(bounds, list | tuple):
        raise LayerError(f"bin_boundaries must be a list of numbers, got {shown(bounds)}")
    depth = bins if bounds is None else len(bounds) + 1
    if mode == "int":
        return Outcome(shapes=(shape,))
    if mode == "one_hot" or len(shape) < 2:
        return _encoded(shape, depth, mode)
    # in these modes Keras declares that the second axis goes, whichever one is encoded
    return Outcome(shapes=((shape[0], *shape[2:], depth),), windows=None)


_LOOKUP = (
    "max_tokens:2+=None num_oov_indices:count=1 mask_token=None oov_token={oov} vocabulary:list=None idf_weights=None "
    f"invert=False output_mode:{_MODES}|tf_idf=int sparse=False pad_to_max_tokens=False salt=None"
)


@rule(
    "IntegerLookup",
    arguments=f"{_LOOKUP.replace('{oov}', '-1')} vocabulary_dtype=int64 oov_method=floormod",
    example={"vocabulary": [12, 36, 1138, 42]},
    shapes=[(None, 4)],
)
@rule(
    "StringLookup",
    arguments=f"{_LOOKUP.replace('{oov}', '[UNK]')} encoding=utf-8",
    example={"vocabulary": ["a", "b", "c"]},
    shapes=[(None, 4)],
)
def lookup(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`IntegerLookup` and `StringLookup`: integers or texts become places in a vocabulary."""
    shape, mode = one_input(inputs), _mode(args)
    if args.flag("invert", False) and mode != "int":
        raise LayerError(f"output_mode must be 'int' with invert, got {mode!r}")
    if args.get("idf_weights") is not None and mode != "tf_idf":
        raise LayerError(f"output_mode must be 'tf_idf' with idf_weights, got {mode!r}")
    most, oov = args.optional_integer("max_tokens"), args.integer("num_oov_indices", 1)
    if args.flag("pad_to_max_tokens") and most is None:
        raise LayerError("max_tokens is required with pad_to_max_tokens")
    _check_salt(args)
    size = _vocabulary_size(args, oov, most, mode)
    if mode == "int":
        return Outcome(shapes=(shape,))
    return _encoded(shape, most if args.flag("pad_to_max_tokens") else size, mode)


def _vocabulary_size(args: Arguments, oov: int, most: int | None, mode: str) -> int | None:
    """How many tokens there are, the special ones counted; `None` before `adapt()`."""
    vocabulary = args.get("vocabulary")
    if vocabulary is None or isinstance(vocabulary, str):  # a file's name: nothing is read from it
        return args.optional_integer("vocabulary_size", 0)
    if not isinstance(vocabulary, list | tuple) or not vocabulary:
        raise LayerError(f"vocabulary must be a list of tokens, got {shown(vocabulary)}")
    if not all(isinstance(token, str | int) for token in vocabulary):
        raise LayerError(f"vocabulary must hold texts or integers, got {shown(vocabulary)}")
    mask, unknown = args.get("mask_token", None), args.get("oov_token", "[UNK]")
    masked = 1 if mask is not None and mode == "int" else 0
    ahead = masked + oov  # the special tokens, which the list may begin with or leave out
    begins = list(vocabulary[:masked]) == [mask] * masked and all(
        token == unknown for token in vocabulary[masked:ahead]
    )
    tokens = vocabulary[ahead:] if begins and len(vocabulary) >= ahead else vocabulary
    if not tokens or len(set(tokens)) < len(tokens):
        raise LayerError(f"vocabulary must hold tokens, each once, got {shown(vocabulary)}")
    if (mask is not None and mask in tokens) or (args.flag("invert", False) and unknown in tokens):
        raise LayerError(f"vocabulary must have its special tokens first or not at all, got {shown(vocabulary)}")
    if most is not None and ahead + len(tokens) > most:
        raise LayerError(f"vocabulary must have at most max_tokens {most} tokens, got {ahead + len(tokens)}")
    return ahead + len(tokens)


@rule(
    "TextVectorization",
    arguments="max_tokens:2+=None standardize=lower_and_strip_punctuation split=whitespace ngrams=None "
    f"output_mode:{_MODES}|tf_idf=int output_sequence_length:count=None "
    "pad_to_max_tokens=False vocabulary:list=None idf_weights=None sparse=False ragged=False encoding=utf-8",
    example={"output_sequence_length": 20},
    shapes=[(None, 1)],
)
def text_vectorization(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`TextVectorization`: a text becomes the places of its words in a vocabulary, or counts of them."""
    shape = one_input(inputs)
    mode = _mode(args)
    length = args.optional_integer("output_sequence_length")
    if mode == "int":
        return Outcome(shapes=((shape[0], length),), windows=None)
    if length is not None:
        raise LayerError(f"output_sequence_length must be left out with output_mode {mode!r}, got {length}")
    words = (*shape, None) if args.get("split") is not None else shape if len(shape) > 1 else (*shape, 1)
    return lookup(args, [words])


@rule(
    "MelSpectrogram",
    arguments="fft_length:size=2048 sequence_stride:size=512 sequence_length:count=None window=hann "
    "sampling_rate:size=16000 num_mel_bins:size=128 min_freq=20.0 max_freq=None power_to_db=True top_db:any=80.0 "
    "mag_exp=2.0 min_power=1e-10 ref_power=1.0",
    shapes=[(None, 16000)],
)
def mel_spectrogram(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`MelSpectrogram`: a sound as the strength of its frequencies over time."""
    shape = one_input(inputs, minimum_rank=1)
    if len(shape) > 2:
        raise LayerError(f"expects a sound or a batch of them, got {shown(shape)}")
    fft = args.integer("fft_length")
    if (args.optional_integer("sequence_length") or fft) > fft:
        raise LayerError(f"fft_length must be at least sequence_length, got {fft}")
    stride, bins = args.integer("sequence_stride"), args.integer("num_mel_bins")
    frames = Formula("floor((L_in + stride + 1) / stride)", L_in=shape[-1], stride=stride)
    return Outcome(
        shapes=((*shape[:-1], bins, frames.value),), axes=(Formula("K", K=bins), frames)[-len(shape) :], windows=None
    )


@rule(
    "STFTSpectrogram",
    arguments="mode:log|magnitude|psd|real|imag|angle|stft=log frame_length:size=256 frame_step:size=None "
    "fft_length:size=None window=hann periodic=False scaling:density|spectrum=density padding:valid|same=valid "
    "expand_dims=False data_format=None",
    shapes=[(None, 16000, 1)],
)
def stft_spectrogram(args: Arguments, inputs: Sequence[Shape]) -> Outcome:
    """`STFTSpectrogram`: a short-time Fourier transform, as a convolution whose kernels are waves."""
    shape = one_input(inputs, 3)
    frame = args.integer("frame_length")
    hop = args.optional_integer("frame_step") or frame // 2
    if hop > frame or hop < 1:
        raise LayerError(f"frame_step must be at most frame_length {frame}, got {hop}")
    fft = args.optional_integer("fft_length") or 1 << (frame - 1).bit_length()
    if fft < frame:
        raise LayerError(f"fft_length must be at least frame_length {frame}, got {fft}")
    mode = args.choice("mode")
    if args.get("scaling") not in (None, "density", "spectrum"):
        raise LayerError(f"scaling must be 'density', 'spectrum' or None, got {shown(args.get('scaling'))}")
    map_ = Map.of(shape, args.channels_first())
    moved = move(map_.spatial, (frame,), (hop,), (1,), args.choice("padding"))
    bins = fft // 2 + 1
    names = ["real_kernel"] * (mode != "imag") + ["imag_kernel"] * (mode != "real")
    values: dict[str, int | None] = {"F": frame, "bins": bins}
    weights = [Weight(name, (frame, 1, bins), Formula("F * bins", **values)) for name in names]
    out_bins = 2 * bins if mode == "stft" else bins
    depth, (steps,) = map_.depth, moved.spatial
    wide = map_._replace(spatial=(steps, out_bins))
    flat = map_._replace(spatial=(steps,), channels=out_bins * depth)
    return Outcome(
        shapes=((wide if args.flag("expand_dims") else flat).shape,),
        weights=tuple(weights),
        params=Formula(f"{len(names)} * F * bins", **values),
        macs=Formula(f"L_out * {len(names)} * F * bins * D_in", **values, L_out=steps, D_in=depth),
        windows=moved.windows,
    )
