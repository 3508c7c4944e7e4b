"""An explanation as JSON: the contract that the reference describes, whatever the view."""

import json

from cnnnotes._explaining.explanation import Explanation
from cnnnotes._rendering.columns import View


def render(explanation: Explanation, view: View) -> str:
    """The explanation's `to_dict()`, indented."""
    return json.dumps(explanation.to_dict(), indent=1) + "\n"
