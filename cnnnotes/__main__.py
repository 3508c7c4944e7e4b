"""`python -m cnnnotes`, the same as `cnnnotes`."""

from __future__ import annotations

import sys

from cnnnotes._cli import main

if __name__ == "__main__":
    sys.exit(main())
