"""What both tools write of a formula."""

from cnnnotes import Formula


def math(formula: Formula) -> str:
    """A formula as MathML; where it is too long for a line, it breaks before an equals sign first."""
    sides = formula.mathml().replace("</math> <math>", "</math></span> <span><math>")
    return f'<span class="tool-math"><span>{sides}</span></span>'
