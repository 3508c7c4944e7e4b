"""Preprocessing layers that sit in models: rescaling, normalization, encodings, look-ups, spectrograms."""

from cnnnotes.formula import Formula
from cnnnotes.layers._arguments import Arguments, integer
from cnnnotes.layers._errors import LayerError, shown
from cnnnotes.layers._outcomes import Map, Outcome, Shape, known, last_axis, numbered, sized, weight
from cnnnotes.layers._registry import kept, rule
from cnnnotes.layers._windowed import move

rule("Rescaling", "scale offset:any=0.0", unseen="*", example={"scale": 1 / 255})(kept)


@rule("Normalization", "axis:axes=-1 mean=None variance=None invert=False")
def normalization(args: Arguments, shape: Shape) -> Outcome:
    """`Normalization`: mean and variance of the training data, learnt by `adapt()` unless they are given."""
    axes = () if args.get("axis") is None else sorted(args.axes("axis", len(shape)))
    dims = [known(shape[axis], f"axis {axis}") for axis in axes]
    if args.get("mean") is not None:
        return Outcome.of(shape, notes=("mean and variance are given as constants: they are no weights",))
    named = {"D_in": dims[0]} if len(dims) == 1 else numbered(dims)
    weights = [weight("mean", False, **named), weight("variance", False, **named), weight("count", False)]
    note = "mean, variance and the count of what was adapted to: set by adapt(), not trained"
    return Outcome.of(shape, weights, notes=(note,))


def _encoded(shape: Shape, depth: int | None, mode: str) -> Outcome:
    """Integers as they are, as vectors, one for each (`one_hot`), or as one for all along the last axis."""
    if mode == "int":
        return Outcome.of(shape)
    squeezed = mode != "one_hot" or (shape[-1] == 1 and len(shape) > 1)
    out = (*(shape[:-1] if squeezed else shape), depth)
    return Outcome.of(out, axes=last_axis(out, Formula("K", K=depth)), windows=None)


_MODES = "int|one_hot|multi_hot|count"


def _mode(args: Arguments) -> str:
    """The output mode; `binary` and `tf-idf` are other names of two of them."""
    given, modes = args.get("output_mode"), args.statement["output_mode"].choices
    mode = {"binary": "multi_hot", "tf-idf": "tf_idf"}.get(given, given) if isinstance(given, str) else ""
    if mode not in modes:
        raise LayerError(f"output_mode must be one of {', '.join(modes)}, got {shown(given)}")
    return mode


_TOKENS = "num_tokens:size=None output_mode:one_hot|multi_hot|count=multi_hot sparse=False"


@rule("CategoryEncoding", _TOKENS, example={"num_tokens": 16}, shapes=[(None, 4)])
def category_encoding(args: Arguments, shape: Shape) -> Outcome:
    """`CategoryEncoding`: integers as vectors of ones and zeros, or of counts."""
    return _encoded(shape, args.integer("num_tokens"), _mode(args))


@rule("Hashing", f"num_bins:size mask_value=None salt=None output_mode:{_MODES}=int sparse=False", shapes=[(None, 4)])
def hashing(args: Arguments, shape: Shape) -> Outcome:
    """`Hashing`: values are put in bins by their hash."""
    return _encoded(shape, args.integer("num_bins"), "int" if _mode(args) == "int" else "count")  # never one for each


_CROSSING = "num_bins:size output_mode:int|one_hot=int sparse=False"


@rule("HashedCrossing", _CROSSING, inputs=2, axes=(1, 2), shapes=[(None, 1)] * 2)
def hashed_crossing(args: Arguments, shape: Shape, other: Shape) -> Outcome:
    """`HashedCrossing`: two features together are put in bins by their hash."""
    if shape != other or shape[1:] not in ((), (1,)):
        raise LayerError(f"expects two inputs of shape (batch,) or (batch, 1), got {shape} and {other}")
    return _encoded(shape, args.integer("num_bins"), args.choice("output_mode"))


@rule(
    "Discretization",
    f"bin_boundaries:list=None num_bins:count=None epsilon=0.01 output_mode:{_MODES}=int sparse=False",
    example={"bin_boundaries": [0.0, 0.5, 1.0]},
    shapes=[(None, 4)],
)
def discretization(args: Arguments, shape: Shape) -> Outcome:
    """`Discretization`: numbers are put in bins by boundaries, given or learnt by `adapt()`."""
    mode, bounds, depth = _mode(args), args.get("bin_boundaries"), args.optional_integer("num_bins")
    if isinstance(bounds, list | tuple):
        depth = len(bounds) + 1
    elif depth is None or bounds is not None:
        raise LayerError(f"either num_bins or a list of bin_boundaries must be given, got {shown(bounds)}")
    if mode in ("int", "one_hot") or len(shape) < 2:
        return _encoded(shape, depth, mode)
    # in these modes Keras declares that the second axis goes, whichever one is encoded
    return Outcome.of((shape[0], *shape[2:], depth), windows=None)


_LOOKUP = (
    "max_tokens:2+=None num_oov_indices:count=1 mask_token=None oov_token={oov} vocabulary:list=None idf_weights=None "
    f"invert=False output_mode:{_MODES}|tf_idf=int sparse=False pad_to_max_tokens=False salt=None"
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
    mode, size, most = _mode(args), _vocabulary_size(args), args.optional_integer("max_tokens")
    return _encoded(shape, most if args.flag("pad_to_max_tokens") else size, mode)


def _vocabulary_size(args: Arguments) -> int | None:
    """How many tokens there are, the special ones counted; `None` before `adapt()`."""
    vocabulary, oov = args.get("vocabulary"), args.integer("num_oov_indices", 1)
    if vocabulary is None or isinstance(vocabulary, str):  # a file's name: nothing is read from it
        return args.optional_integer("vocabulary_size")
    if not isinstance(vocabulary, list | tuple):
        raise LayerError(f"vocabulary must be a list of texts or integers, got {shown(vocabulary)}")
    mask = args.get("mask_token", None)
    # the special tokens, which the list may begin with or leave out
    special = [mask] * (mask is not None and _mode(args) == "int") + [args.get("oov_token", "[UNK]")] * oov
    return len(vocabulary) + (0 if list(vocabulary[: len(special)]) == special else len(special))


@rule(
    "TextVectorization",
    "max_tokens:2+=None standardize=lower_and_strip_punctuation split=whitespace ngrams=None "
    f"output_mode:{_MODES}|tf_idf=int output_sequence_length:count=None "
    "pad_to_max_tokens=False vocabulary:list=None idf_weights=None sparse=False ragged=False encoding=utf-8",
    example={"output_sequence_length": 20},
    shapes=[(None, 1)],
)
def text_vectorization(args: Arguments, shape: Shape) -> Outcome:
    """`TextVectorization`: a text becomes the places of its words in a vocabulary, or counts of them."""
    mode, length = _mode(args), args.optional_integer("output_sequence_length")
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
    weights = [sized(name, ["F", "1", "bins"], {"F": frame, "bins": bins}) for name in names]
    wide = 2 * bins if mode == "stft" else bins
    if args.flag("expand_dims"):
        out = map_._replace(spatial=(steps, wide))
    else:
        out = map_._replace(spatial=(steps,), channels=wide * map_.depth)
    sizes = {"L_out": steps, "D_in": map_.depth, "F": frame, "bins": bins}
    macs = Formula(f"L_out * {len(names)} * F * bins * D_in", **sizes)
    return Outcome.of(out.shape, weights, macs=macs, windows=moved.windows)
