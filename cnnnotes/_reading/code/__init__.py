"""The code of a model as a source: Python from a file, a notebook or a text; read, never run."""

import ast
import re
import warnings

from cnnnotes._reading.architecture import Architecture
from cnnnotes._reading.code.interpreter import Interpreter
from cnnnotes._reading.config import from_config
from cnnnotes.layers._errors import ReadError

MAX_CODE = 2**18  # the longest program that is read, in characters
MAX_ROWS = 20_000  # the most rows of a model, those of models in it counted
MAX_NOTES = 8  # how many things that aren't understood are named
_CODE = re.compile(
    r"^[ \t]*(?:>>> ?)?(?:(?:from|import)\s+(?:tensorflow|tf_keras|keras|torch)\b|[\w.]+\.add\s*\(|"
    r"(?:return\s+|[\w., ]+=\s*)?(?:\w+\.)*(?:Sequential|Model|Input|Conv[123]D|Dense|LSTM|Embedding)\s*\()",
    re.MULTILINE,
)
_NO_CODE = re.compile(r"Layer \(type\)|Output Shape|Total params|^Traceback \(|^\w+(?:Error|Exception): ", re.MULTILINE)
_FENCE = re.compile(r"\s*(?:```|~~~)\s*(?:\{?\.?(\w*)).*")
_PYTHON = ("", "python", "py", "python3", "pycon")
_NOT_PYTHON = re.compile(r"^[ \t]*(?:[%!].*|print\s+[^(=\s].*)$", re.MULTILINE)  # magics, and Python 2's print


def is_code(text: str) -> bool:
    """Whether a text is the code of a model, rather than a summary or an error."""
    return _CODE.search(text) is not None and _NO_CODE.search(text) is None


def from_code(text: str, source: str = "") -> Architecture:
    """Reads the model that a program builds: the largest, where it builds several."""
    if len(text) > MAX_CODE:
        raise ReadError(f"the code is longer than {MAX_CODE:,} characters, the most that is read")
    reader = Interpreter()
    models = reader.run(_parsed(_python(text), reader.notes))
    notes = [f"line {line}: {said}" for line, said in sorted(reader.notes.items())][:MAX_NOTES]
    if not models:
        raise ReadError(f"no model is built in this code; {notes[0]}" if notes else "no model is built in this code")
    chosen = max(models, key=lambda model: (model.size, int(model.key)))
    if chosen.size > MAX_ROWS:
        raise ReadError(f"the code builds a model of {chosen.size:,} rows, more than the {MAX_ROWS:,} that are read")
    if len(models) > 1:
        others = [f"{model.name} (line {model.line})" for model in models if model is not chosen]
        listed = ", ".join(others[:3]) + f" and {len(others) - 3} more" * (len(others) > 3)
        notes.append(f"the code builds {len(models)} models, of which this is the largest; the others are {listed}")
    found = from_config({**reader.keras.written(chosen), "keras_version": "3"}, source)
    return found._replace(notes=tuple(notes), legacy=reader.keras.sizeless)  # then no layer is refused for its input


def _python(text: str) -> str:
    """The lines of Python in a text, each where it stands: those in fences, without prompts and magics."""
    lines = text.expandtabs().splitlines()
    if any(map(_FENCE.fullmatch, lines)):
        inside = False
        for i, line in enumerate(lines):
            fence = _FENCE.fullmatch(line)
            inside = inside if not fence else not inside and fence[1].lower() in _PYTHON
            lines[i] = "" if fence or not inside else line
    if any(line.lstrip().startswith(">>> ") for line in lines):
        lines = [line.lstrip()[4:] if line.lstrip().startswith((">>> ", "... ")) else "" for line in lines]
    return _NOT_PYTHON.sub("", "\n".join(lines))


def _parsed(text: str, notes: dict[int, str]) -> ast.Module:
    """The syntax tree, up to the first line that isn't Python."""
    lines = text.splitlines()
    for _ in range(100):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # an odd escape in a text of theirs
                return ast.parse("\n".join(lines))
        except SyntaxError as error:
            if not notes:
                notes[error.lineno or 1] = f"is not Python ({error.msg}), and what comes after it is not read"
            del lines[min(error.lineno or 1, len(lines)) - 1 :]
        except (ValueError, MemoryError, RecursionError):
            raise ReadError("the code is no Python that can be read: nested too deep, or with null bytes") from None
    return ast.Module([], [])
