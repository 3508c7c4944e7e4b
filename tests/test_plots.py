"""The examples' figures: what they say of themselves, and that they show what they were given."""

from __future__ import annotations

import base64
import io
import os
import re
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from cnnnotes import plots
from cnnnotes.datasets import OBJECTS, Images, mnist
from cnnnotes.plots import INK, Plot, bands, confusion, curves, mistakes, pictures, samples

RUN = {"loss": [2.0, 0.5], "accuracy": [0.3, 0.9], "val_loss": [1.9, 0.6], "val_accuracy": [0.4, 0.8]}


def photographs(seed: int = 5) -> Images:
    rng = np.random.default_rng(seed)
    x, y = rng.integers(0, 256, (40, 32, 32, 3), np.uint8), np.arange(40) % 10
    return Images(x, y, x[:10], y[:10], OBJECTS, "noise", "numbers")


IMAGES = photographs()
SURE = np.eye(10)[(IMAGES.y_test + 1) % 10]
RUNS = {"left": {"one": np.array([[0.1, 0.2], [0.3, 0.2]])}, "right": {"one": np.array([[0.1, 0.2]])}}
PLOTS: dict[str, Callable[[], Plot]] = {
    "pictures": lambda: pictures(IMAGES.x_test[:4], ["a", "b"], rows=["first", "second"], columns=2),
    "samples": lambda: samples(IMAGES),
    "curves": lambda: curves(RUN),
    "confusion": lambda: confusion(IMAGES.y_test, (IMAGES.y_test + 1) % 10, OBJECTS),
    "mistakes": lambda: mistakes(IMAGES, SURE),
    "bands": lambda: bands([0, 90], RUNS, xlabel="angle", ylabel="accuracy", alt="Accuracy by angle."),
}


@pytest.mark.parametrize("name", PLOTS)
def test_a_plot_takes_either_palette(name: str) -> None:
    """A plot has no background, draws its text in the ink that a site replaces, and says in words what it shows."""
    plot = PLOTS[name]()
    svg = plot.svg
    assert INK in svg
    background = re.search(r'<g id="patch_1">\s*<path d="[^"]*"\s*style="([^"]*)"', svg)
    assert background is None or "fill: none" in background[1]
    assert plot.alt
    assert f"<dc:title>{plot.alt}</dc:title>" in svg


@pytest.mark.parametrize("name", PLOTS)
def test_a_plot_is_the_same_each_time(name: str) -> None:
    """The same data give the same file, so a site built twice is the same."""
    assert PLOTS[name]().svg == PLOTS[name]().svg


def test_a_plot_leaves_matplotlib_as_it_was() -> None:
    """The style holds within the figures alone."""
    import matplotlib

    before = dict(matplotlib.rcParams)
    for plot in PLOTS.values():
        plot()
    assert dict(matplotlib.rcParams) == before


def test_the_most_frequent_mistake_is_named() -> None:
    """The text of a confusion matrix counts what is right, and names the mistake that is made most often."""
    truth = np.array([8, 8, 0, 0, 0, 5, 3])
    guesses = np.array([8, 8, 8, 8, 0, 3, 3])
    alt = confusion(truth, guesses, OBJECTS).alt
    assert alt == "Confusion matrix: 4 of 7 are right. The most frequent mistake: airplane taken for ship, 2 times."
    assert confusion(truth, truth, OBJECTS).alt == "Confusion matrix: 7 of 7 are right."


def test_the_surest_mistake_comes_first() -> None:
    """What is right is left out, and the rest is in the order of how sure the network was."""
    images = photographs()
    chances = np.full((10, 10), 0.01)
    chances[np.arange(10), images.y_test] = 0.9
    chances[2] = chances[7] = 0.0
    chances[2, 3], chances[7, 1] = 0.6, 0.8
    assert mistakes(images, chances).alt == "Mistakes, the surest first: automobile, not horse; cat, not bird."


def test_maps_shows_each_layer_with_its_row() -> None:
    """The text names each convolution and pooling layer with its shape, and a count with the numbers behind it."""
    import keras

    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            keras.layers.Rescaling(1 / 255),
            keras.layers.Conv2D(4, 3, name="conv"),
            keras.layers.MaxPooling2D(name="pool"),
            keras.layers.Flatten(),
            keras.layers.Dense(2),
        ]
    )
    plot = plots.maps(model, mnist().x_test[0])
    assert plot.alt == (
        "One picture through the layers. 4 filters of conv; conv: 26 × 26 × 4, 4 × (3 × 3 × 1 + 1) = 40; "
        "pool: 13 × 13 × 4."
    )
    drawn = [image for image in embedded(plot.svg) if image[..., 3].any()]
    assert [len(image) for image in drawn] == [28, *[3] * 4, *[26] * 4, *[13] * 4]
    assert all((image[..., 3].min(), image[..., 0].min(), image[..., 0].max()) == (255, 0, 255) for image in drawn)


def embedded(svg: str) -> list[NDArray[np.uint8]]:
    """The pictures in a drawing, `(height, width, 4)` each."""
    found = re.findall(r"data:image/png;base64,([^\"]*)", svg)
    return [np.asarray(Image.open(io.BytesIO(base64.b64decode(text))).convert("RGBA")) for text in found]


@pytest.mark.skipif(find_spec("torch") is None, reason="not run: PyTorch is not installed (make backends installs it)")
def test_maps_are_drawn_on_pytorch() -> None:
    """A layer's values become pictures also where a gradient to come keeps NumPy from them."""
    code = (
        "import keras, numpy; from cnnnotes import plots; "
        "model = keras.Sequential([keras.Input((4, 4, 1)), keras.layers.Conv2D(2, 3, name='conv')]); "
        "print(plots.maps(model, numpy.ones((4, 4, 1))).alt)"
    )
    environment = {**os.environ, "KERAS_BACKEND": "torch"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment)
    assert done.stdout.endswith("conv: 2 × 2 × 2, 2 × (3 × 3 × 1 + 1) = 20.\n"), done.stderr


def test_an_even_map_is_black() -> None:
    """A map of one value alone has nothing that is lighter than the rest of it."""
    import keras

    model = keras.Sequential([keras.Input((4, 4, 1)), keras.layers.MaxPooling2D()])
    picture, *maps = embedded(plots.maps(model, np.full((4, 4, 1), 5.0)).svg)
    assert [image[..., :3].max() for image in (picture, maps[7])] == [0, 0]


def test_the_package_loads_without_matplotlib() -> None:
    """Only `cnnnotes.plots` needs matplotlib, and says so by its import error."""
    code = "import sys; sys.modules['matplotlib'] = None; import cnnnotes, cnnnotes.datasets; import cnnnotes.plots"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 1
    assert "matplotlib" in done.stderr.splitlines()[-1]
