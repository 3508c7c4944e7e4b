"""`python -m cnnnotes`, the same as `cnnnotes`."""

import sys

from cnnnotes._cli import main

if __name__ == "__main__":
    sys.exit(main())
