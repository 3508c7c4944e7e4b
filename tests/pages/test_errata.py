"""What the errata say of frameworks, run on each one that is installed."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

LINE, FILTER = np.ones((1, 10, 1), "float32"), np.ones((3, 1, 1), "float32")


def with_tensorflow(stride: int) -> int:
    tensorflow = pytest.importorskip("tensorflow")
    return int(tensorflow.nn.conv1d(LINE, FILTER, stride, "VALID").shape[1])


def with_torch(stride: int) -> int:
    torch = pytest.importorskip("torch")
    line, filters = torch.from_numpy(LINE).movedim(-1, 1), torch.from_numpy(FILTER).permute(2, 1, 0)
    return int(torch.nn.functional.conv1d(line, filters, stride=stride).shape[-1])


def with_jax(stride: int) -> int:
    jax = pytest.importorskip("jax")
    dimensions = ("NHC", "HIO", "NHC")
    return int(jax.lax.conv_general_dilated(LINE, FILTER, (stride,), "VALID", dimension_numbers=dimensions).shape[1])


@pytest.mark.parametrize("convolve", [with_tensorflow, with_torch, with_jax])
def test_a_stride_that_does_not_divide_is_rounded_down(convolve: Callable[[int], int]) -> None:
    """Ten values, a filter of three and a stride of two: CS231n's example gives 4 in each framework, and no error."""
    assert convolve(2) == 4
