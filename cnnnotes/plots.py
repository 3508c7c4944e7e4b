"""The examples' figures, each with one call: SVG that can be read on a white and on a dark page, with a text.

They need matplotlib, which the extra `plots` installs.
"""

from __future__ import annotations

import io
from collections.abc import Collection, Mapping, Sequence
from contextlib import ContextDecorator
from typing import Any, cast

import numpy as np
from matplotlib import rc_context
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from numpy.typing import NDArray

from cnnnotes import explain
from cnnnotes.datasets import Images

INK, TEAL, ORANGE, VIOLET = "#777777", "#10827a", "#b85a14", "#7a68c8"
"""Text and axes, which a site may replace for each palette, and three colours that show on white and on dark."""

_STYLE: Any = {
    **dict.fromkeys(("text.color", "axes.edgecolor", "axes.labelcolor", "xtick.color", "ytick.color"), INK),
    **dict.fromkeys(("axes.spines.top", "axes.spines.right", "legend.frameon"), False),
    "axes.titlesize": "medium",
    "image.interpolation": "none",
    "svg.hashsalt": "cnnnotes",  # else each file differs
}
_styled = cast("ContextDecorator", rc_context(_STYLE))


class Plot:
    """A figure as SVG, with a text for those who can't see it; a notebook shows it.

    ```python
    from cnnnotes.plots import curves

    plot = curves({"loss": [2.0, 0.5], "accuracy": [0.3, 0.9], "val_loss": [1.9, 0.6], "val_accuracy": [0.4, 0.8]})
    assert plot.alt.startswith("Loss and accuracy after each of 2 epochs.")
    assert plot.alt in plot.svg
    ```
    """

    def __init__(self, figure: Figure, alt: str):
        file = io.StringIO()
        metadata: Any = {"Title": alt, "Date": None}
        figure.savefig(file, format="svg", bbox_inches="tight", transparent=True, metadata=metadata)
        self.svg, self.alt = file.getvalue(), alt

    def _repr_svg_(self) -> str:
        return self.svg

    def __repr__(self) -> str:
        return f"<Plot: {self.alt}>"


@_styled
def pictures(
    images: Collection[Any], titles: Sequence[str] = (), *, rows: Sequence[str] = (), columns: int = 10, alt: str = ""
) -> Plot:
    """Pictures in a grid.

    **Arguments**

    - `images`: each `(height, width)`, `(height, width, 1)` or `(height, width, 3)`, from 0 to 255.
    - `titles`, `rows`: what stands above the first pictures, and beside each row of so many `columns`.
    - `alt`: the text for those who can't see them; the titles where it is empty.

    **Returns** a `Plot`.

    ```python
    from cnnnotes.datasets import mnist
    from cnnnotes.plots import pictures

    digits = mnist()
    assert pictures(digits.x_test[:2], ["first", "second"], columns=2).alt == "Pictures: first; second."
    ```
    """
    count = -(-len(images) // columns)
    width = 6 if columns < 10 else 8  # in inches; a title is in points, and a letter about 0.6 of them wide
    size = min(8, 108 * width / columns / max((len(line) for title in titles for line in title.split("\n")), default=1))
    figure = Figure(figsize=(width, width / columns * count * (1.3 if len(titles) > columns else 1)))
    axes = figure.subplots(count, columns, squeeze=False)
    for axis in axes.flat:
        axis.axis("off")
    for axis, image in zip(axes.flat, images, strict=False):
        axis.imshow(image, cmap="gray", vmin=0, vmax=255)
    for axis, title in zip(axes.flat, titles, strict=False):
        axis.set_title(title, fontsize=size, pad=3)
    for axis, name in zip(axes[:, 0], rows, strict=False):
        axis.text(-0.1, 0.5, name, transform=axis.transAxes, ha="right", va="center", fontsize=9)
    figure.subplots_adjust(wspace=0.08, hspace=0.3 if len(titles) > columns else 0.08)
    return Plot(figure, alt or f"Pictures: {'; '.join(titles)}.".replace("\n", " "))


def samples(images: Images) -> Plot:
    """The first two training pictures of each class, one class beside the other.

    **Arguments**: `images`, a data set as `cnnnotes.datasets` gives it. **Returns** a `Plot`.

    ```python
    from cnnnotes.datasets import mnist
    from cnnnotes.plots import samples

    assert samples(mnist()).alt == "2 pictures of each class: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9."
    ```
    """
    names = images.classes
    chosen = np.transpose([np.flatnonzero(images.y_train == label)[:2] for label in range(len(names))]).ravel()
    alt = f"2 pictures of each class: {', '.join(names)}."
    return pictures(images.x_train[chosen], names, columns=len(names), alt=alt)


@_styled
def curves(history: Mapping[str, Sequence[float]]) -> Plot:
    """Loss and accuracy by epoch, in training and in validation.

    **Arguments**: `history`, what `fit(...).history` holds: `loss`, `accuracy`, `val_loss`, `val_accuracy`.
    **Returns** a `Plot`.
    """
    epochs = range(1, len(history["loss"]) + 1)
    figure = Figure(figsize=(6, 2.5))
    panels = figure.subplots(1, 2)
    for panel, name in zip(panels, ("loss", "accuracy"), strict=True):
        for key, label, color in ((name, "training", TEAL), (f"val_{name}", "validation", ORANGE)):
            panel.plot(epochs, history[key], "o-", ms=3, label=label, color=color)
        panel.set(title=name, xlabel="epoch")
        panel.xaxis.get_major_locator().set_params(integer=True)
    panels[0].legend()
    training, validation = history["accuracy"][-1], history["val_accuracy"][-1]
    end = f"At the end the accuracy is {training:.2f} in training and {validation:.2f} in validation."
    return Plot(figure, f"Loss and accuracy after each of {len(epochs)} epochs. {end}")


@_styled
def confusion(truth: NDArray[Any], guesses: NDArray[Any], classes: Sequence[str]) -> Plot:
    """How often each class was taken for each: a row is the truth, a column the guess.

    The diagonal is right. Full colour beside it marks the most frequent mistakes.

    **Arguments**: `truth` and `guesses`, `(n,)`, each a position in `classes`. **Returns** a `Plot`.

    ```python
    import numpy as np
    from cnnnotes.plots import confusion

    plot = confusion(np.array([0, 0, 1, 1]), np.array([0, 1, 1, 1]), ["cat", "dog"])
    assert plot.alt == "Confusion matrix: 3 of 4 are right. The most frequent mistake: cat taken for dog, 1 time."
    ```
    """
    counts = np.zeros((len(classes), len(classes)), int)
    np.add.at(counts, (truth, guesses), 1)
    right = np.eye(len(classes), dtype=bool)
    errors = counts * ~right
    most = max(errors.max(), 1)
    strong = right | (errors > most / 2)
    color = np.where(right[..., None], to_rgb(TEAL), to_rgb(ORANGE))
    figure = Figure(figsize=(5, 5))
    axis = figure.subplots()
    axis.imshow(np.dstack([color, np.where(strong, 1, errors / most / 2)]))
    for row, column in np.argwhere(counts):
        ink = "white" if strong[row, column] else INK
        axis.text(column, row, str(counts[row, column]), ha="center", va="center", size=9, color=ink)
    long = max(map(len, classes)) > 2
    axis.set(xlabel="the network's guess", ylabel="what it is", frame_on=False)
    axis.set_xticks(range(len(classes)), classes, rotation=45 if long else 0, ha="right" if long else "center")
    axis.set_yticks(range(len(classes)), classes)
    axis.tick_params(length=0)
    alt = f"Confusion matrix: {np.trace(counts)} of {counts.sum()} are right."
    if errors.any():
        row, column = divmod(int(errors.argmax()), len(classes))
        times = "1 time" if most == 1 else f"{most} times"
        alt += f" The most frequent mistake: {classes[row]} taken for {classes[column]}, {times}."
    return Plot(figure, alt)


def mistakes(images: Images, chances: NDArray[Any]) -> Plot:
    """Twelve test pictures that a network gets wrong, the surest first, each with its guess and the truth.

    **Arguments**: `images`, a data set, and `chances`, `(n, classes)`, what the network predicts for `images.x_test`.
    **Returns** a `Plot`.
    """
    guesses = chances.argmax(1)
    wrong = np.flatnonzero(guesses != images.y_test)
    wrong = wrong[np.argsort(-chances[wrong].max(1), kind="stable")][:12]
    between = "\n" if max(map(len, images.classes)) > 2 else ", "
    titles = [f"{images.classes[guesses[i]]}{between}not {images.classes[images.y_test[i]]}" for i in wrong]
    told = "; ".join(titles).replace("\n", ", ")
    return pictures(images.x_test[wrong], titles, columns=6, alt=f"Mistakes, the surest first: {told}.")


def maps(model: Any, image: NDArray[Any]) -> Plot:
    """One picture on its way through a Keras model: the maps of each layer beside its row of the summary.

    For the first convolution its filters are drawn too. Each layer shows the eight channels with the largest values,
    each map from its own smallest value (black) to its largest (white).

    **Arguments**: `model`, a built `keras.Sequential` with 2-D convolutions, and `image`, `(height, width, channels)`,
    as the model takes it. **Returns** a `Plot`.
    """
    from keras import ops

    rows = {"the picture": np.mean(image, -1, keepdims=True)}
    explained = {row.name: row for row in explain(model).rows}
    values = image[None]
    for layer in model.layers:
        values = layer(values)
        if not hasattr(layer, "pool_size") and not hasattr(layer, "kernel_size"):
            continue
        found, row = ops.convert_to_numpy(values)[0], explained[layer.name]
        chosen = np.argsort(-found.max((0, 1)), kind="stable")[:8]
        label = f"{layer.name}: {' × '.join(map(str, found.shape))}"
        if row.formula:
            label += f"\n{row.formula.numeric()} = {row.params:,}"
            if len(rows) == 1:
                rows[f"{len(chosen)} filters of {layer.name}"] = ops.convert_to_numpy(layer.kernel).mean(2)[..., chosen]
        rows[label] = found[..., chosen]
    drawn: list[Any] = []
    for strip in rows.values():
        scaled = 255 * (strip - strip.min((0, 1))) / np.maximum(np.ptp(strip, (0, 1)), 1e-30)
        drawn += [*np.moveaxis(scaled, -1, 0), *[[[np.nan]]] * (8 - strip.shape[-1])]  # no number is not drawn
    names = "; ".join(rows).replace("\n", ", ").removeprefix("the picture; ")
    return pictures(drawn, rows=list(rows), columns=8, alt=f"One picture through the layers. {names}.")


@_styled
def bands(
    x: Sequence[float], panels: Mapping[str, Mapping[str, NDArray[Any]]], *, xlabel: str, ylabel: str, alt: str
) -> Plot:
    """Several runs of each of several methods as a line, their mean, in a band from the lowest to the highest.

    **Arguments**

    - `x`: `(n,)`, what the runs were measured at.
    - `panels`: for each panel's title the methods' runs by name, each `(runs, n)`.
    - `xlabel`, `ylabel`, `alt`: the axes' names, and the text for those who can't see the figure.

    **Returns** a `Plot`.

    ```python
    import numpy as np
    from cnnnotes.plots import bands

    runs = {"one panel": {"a method": np.array([[1.0, 2.0], [2.0, 3.0]])}}
    assert bands([0, 90], runs, xlabel="angle", ylabel="accuracy", alt="It rises.").alt == "It rises."
    ```
    """
    styles = ((TEAL, "-"), (ORANGE, "-"), (INK, "--"), (VIOLET, "-."))
    figure = Figure(figsize=(6.5, 2.8))
    axes = figure.subplots(1, len(panels), sharey=True, squeeze=False)[0]
    for axis, (title, methods) in zip(axes, panels.items(), strict=True):
        for (name, runs), (color, line) in zip(methods.items(), styles, strict=False):
            axis.plot(x, runs.mean(0), line, color=color, label=name)
            axis.fill_between(x, runs.min(0), runs.max(0), color=color, alpha=0.2, linewidth=0)
        axis.set(title=title, xlabel=xlabel, ylim=0)
    axes[0].set_ylabel(ylabel)
    axes[-1].legend(fontsize="small", loc="upper left", bbox_to_anchor=(1, 1))
    return Plot(figure, alt)
