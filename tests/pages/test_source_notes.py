"""The notes that this site grew out of: each of their facts stands on a page, with what corrects it."""

from __future__ import annotations

import pytest

from .page import ROOT

SUMMARY, SHAPE, SIZES = "learn/model-summary", "learn/output-shape", "learn/size-formulas"
PARAMETERS, HABITS, POOLING = "learn/parameters", "learn/practical-notes", "learn/depth-pooling"
NO_KERNEL = 'with tf.device("/cpu:0"):  # there is no GPU-kernel yet\n'
LAMBDA = """\
depth_pool = keras.layers.Lambda(lambda X: tf.nn.max_pool(
    X, ksize=(1, 1, 1, 3), strides=(1, 1, 1, 3), padding="VALID"))"""

FACTS = [
    ("MLP and CNN are compared", "learn/mlp-v-cnn", "**local connectivity**"),
    ("the summary, row by row", SUMMARY, "conv2d_1 (Conv2D)            (None, 222, 222, 32)      896"),
    ("the summary, row by row", SUMMARY, "conv2d_2 (Conv2D)            (None, 220, 220, 64)      18496"),
    ("the summary, row by row", SUMMARY, "conv2d_3 (Conv2D)            (None, 218, 218, 128)     73856"),
    ("the summary, row by row", SUMMARY, "dense_9 (Dense)              (None, 218, 218, 10)      1290"),
    ("None is the batch size", SHAPE, "**None** is the batch size"),
    ("222 is the height", SHAPE, "**222** is the height"),
    ("222 is the width", SHAPE, "**222** is the width"),
    ("32 is the depth", SHAPE, "**32** is the depth"),
    ("K is the number of filters", PARAMETERS, "**Filters (K)** is the number of the layer's filters"),
    ("F is the height and width of a filter", PARAMETERS, "**Kernel size (F)** is the height and width"),
    ("D_in is the depth of the input", PARAMETERS, "**Input depth (D_in)** is the number of channels"),
    ("the formula of the parameters", PARAMETERS, "(K * F * F * D_in) + K"),
    ("the four asserts", PARAMETERS, "assert 32 * (3 * (3*3) + 1) == 896"),
    ("the four asserts", PARAMETERS, "assert 64 * (32 * (3*3) + 1) == 18496"),
    ("the four asserts", PARAMETERS, "assert 128 * (64 * (3*3) + 1) == 73856"),
    ("the four asserts", PARAMETERS, "assert num_classes * (128 + 1) == 1290"),
    ("F × F × D_in weights per filter, K filters", PARAMETERS, "F × F × D_in weights, and K filters have K times"),
    ("one bias per filter", PARAMETERS, "One bias per filter adds K more parameters"),
    ("the notation of the sizes", SIZES, "**K** is the number of filters"),
    ("the notation of the sizes", SIZES, "**F** is the height and width of the filters"),
    ("the notation of the sizes", SIZES, "**S** is the stride"),
    ("the notation of the sizes", SIZES, "**H_in** and **W_in** are the height and width of the input"),
    ("the depth is K", SIZES, "The depth of the output is always the number of filters"),
    ("the size for same", SIZES, r"\left\lceil \frac{H_{\mathrm{in}}}{S_{h}} \right\rceil"),
    ("the size for same", SIZES, r"\left\lceil \frac{W_{\mathrm{in}}}{S_{w}} \right\rceil"),
    ("the size for valid", SIZES, r"\left\lceil \frac{H_{\mathrm{in}} - F_{h} + 1}{S_{h}} \right\rceil"),
    ("the size for valid", SIZES, r"\left\lceil \frac{W_{\mathrm{in}} - F_{w} + 1}{S_{w}} \right\rceil"),
    ("relu at each convolutional layer", HABITS, 'Use `activation="relu"` at each convolutional layer'),
    ("same padding, not Keras's default", HABITS, 'Use `padding="same"`, which is not the default in Keras'),
    ("more filters from layer to layer", HABITS, "Increase the number of filters from layer to layer"),
    ("16, 32, 64", HABITS, "16, 32, 64"),
    ("depth pooling for invariance", POOLING, "It can allow a CNN to learn to be invariant to various features"),
    ("several filters, several rotations", POOLING, "each detecting a different rotation of the same pattern"),
    ("the same output for each rotation", POOLING, "the same output for each rotation"),
    ("anything else", POOLING, "thickness, brightness, skew, color, and so on"),
    ("the window divides the depth", POOLING, "The depth must be a multiple of the window"),
    ("the class", POOLING, "class DepthMaxPool(keras.layers.Layer):"),
    ("the class is used", POOLING, "depth_pool = DepthMaxPool(3)"),
    ("no GPU kernel yet, for the class", POOLING, f"{NO_KERNEL}    depth_output = depth_pool(cropped_images)"),
    ("the Lambda", POOLING, LAMBDA),
    ("no GPU kernel yet, for the Lambda", POOLING, f"{LAMBDA}\n{NO_KERNEL}"),
    ("'Weight' for Width", "questions/errata", 'begins with "Weight ="'),
]


@pytest.mark.parametrize(("fact", "page", "words"), FACTS)
def test_a_fact_of_the_source_notes_stands_on_its_page(fact: str, page: str, words: str) -> None:
    """No fact of the source notes is lost when its page is rewritten."""
    assert words in (ROOT / "docs" / f"{page}.md").read_text("utf8"), fact


@pytest.mark.parametrize("example", ["mnist", "cifar10"])
def test_the_two_examples_stand_on_the_site(example: str) -> None:
    """The examples that the source notes link are notebooks here."""
    assert (ROOT / "docs" / "examples" / f"{example}.ipynb").exists()
