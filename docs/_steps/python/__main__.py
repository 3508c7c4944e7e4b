"""Makes what the browser gets of Python."""

from . import make

make()
