"""The two steps from the command line: `python -m docs._steps stage`, then the generator, then `… finish site`."""

from __future__ import annotations

import sys
from pathlib import Path

from .finish import finish
from .stage import stage

USAGE = "usage: python -m docs._steps stage | finish SITE"


def main(arguments: list[str]) -> str | None:
    match arguments:
        case ["stage"]:
            print(stage(Path(__file__).parents[1]))
        case ["finish", site]:
            finish(Path(site))
        case _:
            return USAGE
    return None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
