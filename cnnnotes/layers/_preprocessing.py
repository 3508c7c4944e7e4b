"""Preprocessing layers that sit in models: normalization, encodings, look-ups, spectrograms, sizes of images."""

from cnnnotes.formula import Formula
from cnnnotes.layers._arguments import Arguments, integer, serialized
from cnnnotes.layers._errors import LayerError, shown
from cnnnotes.layers._outcomes import Map, Outcome, Shape, Weight, known, last_axis, numbered, total, weight
from cnnnotes.layers._registry import rule, wrapped
from cnnnotes.layers._windowed import move


@rule("Normalization", "axis:axes=-1 mean=None variance=None invert=False")
def normalization(args: Arguments, shape: Shape) -> Outcome:
    """`Normalization`: mean and variance of the training data, learnt by `adapt()` unless they are given."""
    axes = () if args.get("axis") is None else sorted(args.axes("axis", len(shape)))
    dims = [known(shape[axis], f"axis {axis}") for axis in axes]
    if args.get("mean") is not None:
        return Outcome.of(shape, notes=("mean and variance are given as constants: they are no weights",))
    named = {"D_in": dims[0]} if len(dims) == 1 else numbered(dims)
    weights = [weight("mean", **named), weight("variance", **named), weight("count")]
    note = "mean, variance and the count of what was adapted to: set by adapt(), not trained"
    return Outcome.of(shape, [each._replace(trainable=False) for each in weights], notes=(note,))


def _encoded(shape: Shape, depth: int | None, mode: str) -> Outcome:
    """Integers as they are, as vectors, one for each (`one_hot`), or as one for all along the last axis."""
    if mode == "int":
        return Outcome.of(shape)
    squeezed = mode != "one_hot" or (shape[-1] == 1 and len(shape) > 1)
    out = (*(shape[:-1] if squeezed else shape), depth)
    return Outcome.of(out, axes=last_axis(out, Formula("K", K=depth)), windows=None)


_VECTORS = "one_hot|multi_hot|count|binary"  # multi_hot was called binary
_TOKENS = f"num_tokens:size=None output_mode:{_VECTORS}=multi_hot sparse=False"
_HASHED = f"num_bins:size mask_value=None salt=None output_mode:int|{_VECTORS}=int sparse=False"
_CROSSING = "num_bins:size output_mode:int|one_hot=int sparse=False"


@rule("HashedCrossing", _CROSSING, inputs=2, axes=(1, 2), shapes=[(None, 1)] * 2)
@rule("Hashing", _HASHED, shapes=[(None, 4)])
@rule("CategoryEncoding", _TOKENS, example={"num_tokens": 16}, shapes=[(None, 4)])
def category_encoding(args: Arguments, shape: Shape, other: Shape = ()) -> Outcome:
    """`CategoryEncoding`: integers as vectors; `Hashing`, `HashedCrossing`: values, or two of them, as bins."""
    if other and (shape != other or shape[1:] not in ((), (1,))):
        raise LayerError(f"expects two inputs of shape (batch,) or (batch, 1), got {shape} and {other}")
    size, mode = "num_tokens" if "num_tokens" in args.statement else "num_bins", args.choice("output_mode")
    # Hashing never makes a vector for each
    return _encoded(shape, args.integer(size), "count" if "salt" in args.statement and mode != "int" else mode)


@rule(
    "Discretization",
    f"bin_boundaries:list=None num_bins:count=None epsilon=0.01 output_mode:int|{_VECTORS}=int sparse=False",
    example={"bin_boundaries": [0.0, 0.5, 1.0]},
    shapes=[(None, 4)],
)
def discretization(args: Arguments, shape: Shape) -> Outcome:
    """`Discretization`: numbers are put in bins by boundaries, given or learnt by `adapt()`."""
    mode, bounds, depth = args.choice("output_mode"), args.get("bin_boundaries"), args.optional_integer("num_bins")
    if isinstance(bounds, list | tuple):
        depth = len(bounds) + 1
    elif depth is None or bounds is not None:
        raise LayerError(f"either num_bins or a list of bin_boundaries must be given, got {shown(bounds)}")
    if mode in ("int", "one_hot") or len(shape) < 2:
        return _encoded(shape, depth, mode)
    # in these modes Keras declares that the second axis goes, whichever one is encoded
    return Outcome.of((shape[0], *shape[2:], depth), windows=None)


_LOOKUP = (
    "max_tokens:size=None num_oov_indices:count=1 mask_token=None oov_token={oov} vocabulary:list=None "
    f"idf_weights=None invert=False output_mode:int|{_VECTORS}|tf_idf|tf-idf=int sparse=False "
    "pad_to_max_tokens=False salt=None"
)


@rule(
    "IntegerLookup",
    f"{_LOOKUP.replace('{oov}', '-1')} vocabulary_dtype=int64 oov_method=floormod",
    example={"vocabulary": [12, 36, 1138, 42]},
    shapes=[(None, 4)],
)
@rule(
    "StringLookup",
    f"{_LOOKUP.replace('{oov}', '[UNK]')} encoding=utf-8",
    example={"vocabulary": ["a", "b", "c"]},
    shapes=[(None, 4)],
)
def lookup(args: Arguments, shape: Shape) -> Outcome:
    """`IntegerLookup` and `StringLookup`: integers or texts become places in a vocabulary."""
    vocabulary, oov, mode = args.get("vocabulary"), args.integer("num_oov_indices", 1), args.choice("output_mode")
    most, padded = args.optional_integer("max_tokens"), args.flag("pad_to_max_tokens")
    if vocabulary is None or isinstance(vocabulary, str):  # to be adapted, or a file's name: nothing is read from it
        return _encoded(shape, most if padded else args.optional_integer("vocabulary_size"), mode)
    if not isinstance(vocabulary, list | tuple):
        raise LayerError(f"vocabulary must be a list of texts or integers, got {shown(vocabulary)}")
    special = [args.get("oov_token", "[UNK]")] * oov  # which the list may begin with or leave out
    if args.get("mask_token", None) is not None and mode == "int":
        special.insert(0, args.get("mask_token"))
    size = len(vocabulary) + (0 if list(vocabulary[: len(special)]) == special else len(special))
    return _encoded(shape, most if padded else size, mode)


@rule(
    "TextVectorization",
    "max_tokens:size=None standardize=lower_and_strip_punctuation split=whitespace ngrams=None "
    f"output_mode:int|{_VECTORS}|tf_idf|tf-idf=int output_sequence_length:count=None "
    "pad_to_max_tokens=False vocabulary:list=None idf_weights=None sparse=False ragged=False encoding=utf-8",
    example={"output_sequence_length": 20},
    shapes=[(None, 1)],
)
def text_vectorization(args: Arguments, shape: Shape) -> Outcome:
    """`TextVectorization`: a text becomes the places of its words in a vocabulary, or counts of them."""
    mode, length = args.choice("output_mode"), args.optional_integer("output_sequence_length")
    if mode == "int":
        return Outcome.of((shape[0], length), windows=None)
    if length is not None:
        raise LayerError(f"output_sequence_length must be left out with output_mode {mode!r}, got {length}")
    words = (*shape, None) if args.get("split") is not None else shape if len(shape) > 1 else (*shape, 1)
    return lookup(args, words)


@rule(
    "MelSpectrogram",
    "fft_length:size=2048 sequence_stride:size=512 sequence_length:count=None window=hann sampling_rate:size=16000 "
    "num_mel_bins:size=128 min_freq=20.0 max_freq=None power_to_db=True top_db:any=80.0 mag_exp=2.0 min_power=1e-10 "
    "ref_power=1.0",
    axes=(1, 2),
    shapes=[(None, 16000)],
)
def mel_spectrogram(args: Arguments, shape: Shape) -> Outcome:
    """`MelSpectrogram`: a sound as the strength of its frequencies over time."""
    stride, bins = args.integer("sequence_stride"), args.integer("num_mel_bins")
    frames = Formula("floor((L_in + stride + 1) / stride)", L_in=shape[-1], stride=stride)
    axes = (Formula("K", K=bins), frames)[-len(shape) :]
    return Outcome.of((*shape[:-1], bins, frames.value), axes=axes, windows=None)


@rule(
    "STFTSpectrogram",
    "mode:log|magnitude|psd|real|imag|angle|stft=log frame_length:size=256 frame_step:size=None fft_length:size=None "
    "window=hann periodic=False scaling:density|spectrum=density padding:valid|same=valid expand_dims=False "
    "data_format=None",
    axes=(3, 3),
    shapes=[(None, 16000, 1)],
)
def stft_spectrogram(args: Arguments, shape: Shape) -> Outcome:
    """`STFTSpectrogram`: a short-time Fourier transform, as a convolution whose kernels are waves."""
    frame, mode = args.integer("frame_length"), args.choice("mode")
    hop = integer("frame_step", args.optional_integer("frame_step") or frame // 2)
    fft = args.optional_integer("fft_length") or 1 << (frame - 1).bit_length()
    map_ = Map.of(shape, args.channels_first())
    moved = move(map_.spatial, (frame,), (hop,), (1,), args.choice("padding"))
    (steps,), bins = moved.spatial, fft // 2 + 1
    names = ["real_kernel"] * (mode != "imag") + ["imag_kernel"] * (mode != "real")
    weights = [weight(name, ["F", "1", "bins"], F=frame, bins=bins) for name in names]
    wide = 2 * bins if mode == "stft" else bins
    apart = args.flag("expand_dims")
    channels = map_.channels if apart else wide * map_.depth
    out = map_._replace(spatial=(steps, wide) if apart else (steps,), channels=channels)
    macs = Formula(f"L_out * {len(names)} * F * bins * D_in", L_out=steps, D_in=map_.depth, F=frame, bins=bins)
    return Outcome.of(out.shape, weights, macs=macs, windows=moved.windows)


_SIZE = "height:size width:size"


@rule(
    "Resizing",
    f"{_SIZE} interpolation=bilinear crop_to_aspect_ratio=False pad_to_aspect_ratio=False fill_mode=constant "
    "fill_value=0.0 antialias=False data_format=None",
    axes=(3, 4),
)
@rule("CenterCrop", f"{_SIZE} data_format=None", axes=(3, 4))
@rule("RandomCrop", f"{_SIZE} seed=None data_format=None", axes=3)
def resized(args: Arguments, shape: Shape) -> Outcome:
    """`Resizing` scales an image to a height and width; `CenterCrop` and `RandomCrop` take a piece of it."""
    height, width = args.integer("height"), args.integer("width")
    # three axes are to Keras an image without a batch
    at = len(shape) - (2 if args.channels_first() else 3)
    sizes = {at: Formula("H", H=height), at + 1: Formula("W", W=width)}
    axes = tuple(sizes.get(axis) for axis in range(1, len(shape)))
    return Outcome.of((*shape[:at], height, width, *shape[at + 2 :]), axes=axes, windows=None)


_HALF = [serialized("Rescaling", scale=0.5, offset=0.0)]


@rule("Pipeline", "layers:layers", inputs=(0, None), example={"layers": _HALF}, shapes=[(None, 32, 32, 3)])
def pipeline(args: Arguments, *shapes: Shape) -> Outcome:
    """`Pipeline`: preprocessing layers one after another."""
    layers = args.get("layers")
    if not isinstance(layers, list | tuple):
        raise LayerError(f"layers must be a list of layers, got {shown(layers)}")
    weights = list[Weight]()
    for layer in layers:
        one = wrapped(args, "layers", layer, *shapes)
        shapes = one.shapes
        weights += one.weights
    params = total("layer", [weight.size for weight in weights]) if weights else None
    return Outcome(shapes, weights=tuple(weights), params=params, windows=None)
