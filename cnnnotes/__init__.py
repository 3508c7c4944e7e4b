"""Where every shape and parameter count of a Keras model comes from, with your model's own numbers in the formula.

What is exported here is imported when it is first used: `import cnnnotes` alone loads next to nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cnnnotes._depth_pooling import DepthMaxPool
    from cnnnotes._explaining.explanation import Explanation, Row
    from cnnnotes._fixing import Fix, fixes
    from cnnnotes._rendering.windows import drawing
    from cnnnotes.formula import Formula
    from cnnnotes.layers import Outcome, Shape, outcome
    from cnnnotes.layers._errors import CnnnotesError, ExplainError, LayerError, NoRule, ReadError

__version__ = "0.1.0"
__all__ = ["DepthMaxPool", "Explanation", "Fix", "Formula", "Outcome", "Row", "__version__"]
__all__ += ["CnnnotesError", "ExplainError", "LayerError", "NoRule", "ReadError"]
__all__ += ["drawing", "explain", "fixes", "outcome"]

# the module that each exported name is defined in
_HOMES = {
    "DepthMaxPool": "_depth_pooling",
    **dict.fromkeys(("Explanation", "Row"), "_explaining.explanation"),
    **dict.fromkeys(("Fix", "fixes"), "_fixing"),
    "Formula": "formula",
    "drawing": "_rendering.windows",
    **dict.fromkeys(("Outcome", "outcome"), "layers"),
    **dict.fromkeys(("CnnnotesError", "ExplainError", "LayerError", "NoRule", "ReadError"), "layers._errors"),
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = globals()[name] = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def explain(
    source: Any, name: str = "", inputs: Shape | Mapping[str, Shape] | None = None, batch: int | None = None
) -> Explanation:
    """Explains a model's summary, row by row, with the arithmetic.

    **Arguments**

    - `source`: a Keras model; the path of a `.keras`, `.h5`, `.json` or `.py` file or of a pasted summary; the bytes of
      one; an open binary file; the text of `model.to_json()`, of a summary, of the code of a model, or of an error that
      Keras raised (a text of more than one line is never a path); or a configuration as a dict.
    - `name`: what error messages call the source; by default its path, where it has one.
    - `inputs`: another size of the model's input, without the batch, `(224, 224, 3)`; for several inputs by name.
    - `batch`: how many examples to count the memory of, as the `memory` of what is returned.

    **Returns** an `Explanation`: its rows, its totals, where they come from, `to_dict()`, and a display in notebooks.
    For an error it holds what went wrong and what fixes it.

    **Raises** `ReadError` for a source that can't be read, `ExplainError` for a model that Keras refuses too. Both are
    `CnnnotesError`s of one line; an `ExplainError` has the `fixes` with which the whole model works.

    ```python
    import cnnnotes

    summary = '''
    Layer (type)                 Output Shape              Param #
    =================================================================
    conv2d_2 (Conv2D)            (None, 220, 220, 64)      18496
    '''
    row = cnnnotes.explain(summary).rows[0]
    assert row.candidates is not None
    ```
    """
    from cnnnotes._explaining.explanation import DISPLAY
    from cnnnotes._reading import Text, labelled, read
    from cnnnotes._rendering import render

    DISPLAY[:] = [render]  # only the front door knows both
    found = read(source, name)
    with labelled(name or found.source):
        if isinstance(found, Text):
            return _of_text(found.text, found.source)
        from cnnnotes._explaining.rows import explain_architecture
        from cnnnotes.layers._errors import ExplainError

        try:
            return explain_architecture(found, inputs, batch)
        except ExplainError as error:
            from cnnnotes._fixing.models import with_fixes

            raise with_fixes(error, found) from None


def _of_text(text: str, source: str) -> Explanation:
    from cnnnotes._fixing.errors import explain_error, is_error

    if is_error(text):
        return explain_error(text, source)
    from cnnnotes._pasted.explained import explain_pasted
    from cnnnotes._pasted.summary import read_summary

    return explain_pasted(read_summary(text, source))
