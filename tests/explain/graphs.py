"""Random models: layers in a row and side by side, shared, nested, with several inputs and outputs, raw operations."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import keras
from keras import layers as L

Makes = list[Callable[[], Any]]


class Graph:
    """Grows one functional model, of maps and vectors, from a seed."""

    def __init__(self, seed: int):
        self.random = random.Random(seed)
        self.pool: list[keras.KerasTensor] = []
        self.shared: list[keras.Layer] = []

    def model(self, steps: int, depth: int = 2) -> keras.Model:
        """A model of about so many layers, with models nested up to `depth` deep in it."""
        side = self.random.choice([None, 8, 9, 15, 16])
        inputs = [keras.Input((side, side or 12, self.random.choice([1, 3, 4])), name=f"map_{i}") for i in range(2)]
        inputs = inputs[: self.random.choice([1, 1, 2])]
        if self.random.random() < 0.3:
            inputs.append(keras.Input((self.random.choice([5, 8]),), name="vector"))
        self.pool = list(inputs)
        for _ in range(steps):
            self.pool += keras.tree.flatten(self.step(self.random.choice(self.pool), depth))
        outputs = self.pool[-self.random.choice([1, 1, 2, 3]) :]
        structure = dict(zip("abc", outputs, strict=False)) if self.random.random() < 0.2 else outputs
        model = keras.Model(inputs, structure)
        for layer in model.layers:
            if self.random.random() < 0.1:
                layer.trainable = False
        return model

    def step(self, x: keras.KerasTensor, depth: int) -> Any:
        """One layer, operation or nested model, called on `x` and whatever fits it."""
        kinds = ["layer"] * 6 + ["merge", "merge", "operation", "shared", "shared", "nested"]
        kind = self.random.choice(kinds)
        if kind == "merge":
            return self.merge(x)
        if kind == "operation":
            return self.operation(x)
        if kind == "shared" and self.shared:
            return self.again(x)
        if kind == "nested" and depth:
            return self.nested(x, depth - 1)
        layer = self.layer(x.shape)
        if self.random.random() < 0.6:
            self.shared.append(layer)
        return layer(x)

    def layer(self, shape: tuple[int | None, ...]) -> keras.Layer:
        pick, flag = self.random.choice, self.random.random() < 0.5
        common: Makes = [
            lambda: L.BatchNormalization(center=flag, scale=pick([True, False])),
            lambda: L.LayerNormalization(),
            lambda: L.Activation(pick(["relu", "softmax", "gelu"])),
            lambda: L.Dropout(0.5),
            lambda: L.Dense(pick([1, 3, 8]), use_bias=flag),
            lambda: L.PReLU() if None not in shape[1:] else L.ReLU(),
            lambda: L.Rescaling(0.5),
        ]
        if len(shape) == 2:
            vectors: Makes = [*common, lambda: L.RepeatVector(3), lambda: L.Reshape((-1, 1, 1))]
            return pick(vectors)()
        if len(shape) == 3:
            recurrent: Makes = [
                lambda: L.LSTM(4, return_sequences=flag),
                lambda: L.Bidirectional(L.GRU(3, return_sequences=flag)),
                lambda: L.Conv1D(4, 2, padding=pick(["same", "causal"])),
                lambda: L.TimeDistributed(L.Dense(2)),
                lambda: L.GlobalMaxPooling1D(),
            ]
            return pick([*common, *recurrent])()
        same = {"padding": pick(["same", "valid"]) if min(s or 99 for s in shape[1:3]) > 4 else "same"}
        maps: Makes = [
            lambda: L.Conv2D(pick([2, 4, 6]), pick([1, 3, (1, 3)]), strides=pick([1, 2]), use_bias=flag, **same),
            lambda: L.DepthwiseConv2D(3, depth_multiplier=pick([1, 2]), use_bias=flag, **same),
            lambda: L.SeparableConv2D(4, 3, use_bias=flag, **same),
            lambda: L.Conv2DTranspose(3, 3, strides=pick([1, 2]), padding="same"),
            lambda: L.MaxPooling2D(2, padding="same"),
            lambda: L.AveragePooling2D(3, strides=2, padding="same"),
            lambda: L.ZeroPadding2D(pick([1, ((1, 2), (0, 1))])),
            lambda: L.UpSampling2D(2),
            lambda: L.GlobalAveragePooling2D(keepdims=flag),
            lambda: L.Flatten() if None not in shape[1:] else L.GlobalMaxPooling2D(),
            lambda: L.SpatialDropout2D(0.2),
        ]
        return pick([*common, *maps, *maps])()

    def merge(self, x: keras.KerasTensor) -> Any:
        alike = [y for y in self.pool if y.shape == x.shape]
        others = [self.random.choice(alike) for _ in range(self.random.choice([1, 2]))]
        kind = self.random.choice([L.Add, L.Multiply, L.Maximum, L.Average, L.Concatenate])
        return kind()([x, *others])

    def operation(self, x: keras.KerasTensor) -> Any:
        kinds: Makes = [
            lambda: x * 2.0,
            lambda: x + x,
            lambda: keras.ops.relu(x),
            lambda: keras.ops.mean(x, axis=-1, keepdims=True),
            lambda: keras.ops.concatenate([x, x], axis=-1),
            lambda: x[..., :1],
        ]
        return self.random.choice(kinds)()

    def again(self, x: keras.KerasTensor) -> Any:
        """A layer that has been called before, on whatever it was built for."""
        layer = self.random.choice(self.shared)
        built_for = layer._inbound_nodes[0].input_tensors[0].shape
        fitting = [y for y in self.pool if len(y.shape) == len(built_for) and y.shape[1:] == built_for[1:]]
        return layer(self.random.choice(fitting)) if fitting else x * 1.0

    def nested(self, x: keras.KerasTensor, depth: int) -> Any:
        inner = Graph(self.random.randrange(2**32))
        if self.random.random() < 0.4:
            shape = x.shape
            stack = [keras.Input(shape[1:])] if self.random.random() < 0.7 else []
            model = keras.Sequential(stack)
            for _ in range(self.random.choice([1, 2, 3])):
                layer = inner.layer(shape)
                shape = layer.compute_output_shape(shape)
                model.add(layer)
        else:
            source = keras.Input(x.shape[1:])
            inner.pool = [source]
            for _ in range(3):
                inner.pool += keras.tree.flatten(inner.step(inner.random.choice(inner.pool), depth))
            model = keras.Model(source, inner.pool[-1])
        model.trainable = self.random.random() > 0.2
        result = model(x)
        alike = [y for y in self.pool if y.shape == x.shape and y is not x]
        if alike and self.random.random() < 0.4:
            return [*keras.tree.flatten(result), *keras.tree.flatten(model(self.random.choice(alike)))]
        return result
