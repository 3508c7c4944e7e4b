"""The networks of `keras.applications` without their tops, each as one layer: a program that names one doesn't show
what is in it. The numbers are Keras 3's for pictures of three channels; a test has Keras build each network."""

from functools import partial

from cnnnotes.formula import Formula
from cnnnotes.layers._arguments import Arguments, read_shape
from cnnnotes.layers._errors import LayerError, NoRule, shown
from cnnnotes.layers._outcomes import Map, Outcome, Shape, Weight
from cnnnotes.layers._registry import rule

# What a side becomes or, where a network is built for pictures of any size, another; and each network that makes it so:
# its parameters that are trained, those that are not (a normalization's statistics), and the channels of its last map.
_NETWORKS = """
floor(X_in / 32): VGG16 14714688 0 512 VGG19 20024384 0 512; ceil(X_in / 32): ResNet50 23534592 53120 2048
ResNet50V2 23519360 45440 2048 ResNet101 42552832 105344 2048 ResNet101V2 42528896 97664 2048
ResNet152 58219520 151424 2048 ResNet152V2 58187904 143744 2048;
ceil(X_in / 32) or floor(ceil(X_in / 2) / 16): MobileNetV2 2223872 34112 1280 MobileNetV3Large 2971952 24400 960
MobileNetV3Small 927008 12112 576; ceil(X_in / 32) or floor(X_in / 32): EfficientNetB0 4007548 42023 1280
EfficientNetB1 6513184 62055 1280 EfficientNetB2 7700994 67575 1408 EfficientNetB3 10696232 87303 1536
EfficientNetB4 17548616 125207 1792 EfficientNetB5 28340784 172743 2048 EfficientNetB6 40735704 224439 2304
EfficientNetB7 63786960 310727 2560; floor(ceil(X_in / 4) / 8): DenseNet121 6953856 83648 1024
DenseNet169 12484480 158400 1664 DenseNet201 18092928 229056 1920;
floor(ceil(X_in / 2) / 16): MobileNet 3206976 21888 1024; floor((X_in - 43) / 32): InceptionV3 21768352 34432 2048
InceptionResNetV2 54276192 60544 1536; ceil(floor((X_in - 5) / 2) / 16): Xception 20806952 54528 2048
"""
_ARGUMENTS = "include_top=True weights=imagenet input_tensor=None input_shape=None pooling=None"


def _network(name: str, side: list[str], facts: list[int], args: Arguments, shape: Shape) -> Outcome:
    """A network on pictures; it ends in a map or, where that is pooled, in a number for each channel."""
    pictures, channels = Map.of(shape), Formula("D", D=facts[2])
    if args.flag("include_top") or pictures.channels != 3:
        raise NoRule("its parameters are known without its top, for pictures of three channels")
    if (given := read_shape("input_shape", args.get("input_shape") or shape[1:])) != shape[1:] and None not in given:
        raise LayerError(f"expects pictures of {shown(given)}, got {shown(shape[1:])}")
    counts = zip(("layers", "statistics"), facts, strict=False)
    weights = [Weight(what, (n,), Formula(what, **{what: n}), what == "layers") for what, n in counts if n]
    text, axes = side[-(None in given)], zip("HW", shape[1:3], strict=True)
    sides = [Formula(text.replace("X", axis), **{f"{axis}_in": size}) for axis, size in axes]
    if any(size.value == 0 for size in sides):
        raise LayerError(f"pictures of {shown(shape[1:])} are too small for it")
    if args.get("pooling") in ("avg", "max"):
        pictures, sides = pictures._replace(spatial=()), []
    told = {"notes": (f"{name} without its top; the code doesn't show its layers",), "windows": None}
    return pictures.outcome(sides, channels, weights=weights, macs=Formula("network", network=None), **told)


for _group in _NETWORKS.split(";"):
    _side, _, _text = _group.strip().partition(": ")
    for _name, *_facts in zip(*[iter(_text.split())] * 4, strict=True):
        _first = "input_shape=None " if _name.startswith("MobileNet") else ""  # the order in which Keras takes them
        _form = rule(_name, _first + _ARGUMENTS, axes=(4, 4), unseen="weights input_tensor", unlisted=True)
        _form(partial(_network, _name, _side.split(" or "), list(map(int, _facts))))
