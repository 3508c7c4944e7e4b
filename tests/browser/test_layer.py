"""The layer calculator, the drawings that move, and the blocks that run: one interpreter, started once."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from bs4 import BeautifulSoup
from playwright.sync_api import Browser, Locator, Route

from docs._steps.tools import layer
from tests.pages.test_calculator import KINDS, TAKE_ANYTHING, asked, mistakes

from .conftest import Visit, Watched
from .test_pages import PHONE, SCHEMES, violations

CALCULATOR, LESSON, BLOCKS = "tools/layer/", "learn/size-formulas/", "tools/layer/"

# Sets fields as a reader does, and waits for the answer: all in the page, since a test asks for some hundred of them.
ASKED = """async ([kind, name, value]) => {
  const tool = document.querySelector("[data-tool=layer]");
  const idle = async () => { do await new Promise((done) => setTimeout(done, 4)); while (tool.ariaBusy) };
  const set = async (field, text) => {
    field.value = text;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    await idle();
  };
  await set(tool.querySelector("[name=type]"), kind);
  const right = tool.querySelector(".tool-shape")?.innerText;
  const drawn = Boolean(tool.querySelector("figure svg.cn-drawing"));
  if (!name) return { right, drawn };
  await set(tool.querySelector(`.fields [name="${name}"]`), value);
  const wrong = tool.querySelector(".tool-error")?.innerText;
  while (!tool.querySelector("[data-set]")) await idle();
  tool.querySelector("[data-set]").click();
  await idle();
  return { right, drawn, wrong, fixed: tool.querySelector(".tool-shape")?.innerText };
}"""


class Calculator(Watched):
    def __init__(self, browser: Browser, address: str) -> None:
        self.context = browser.new_context(viewport={"width": 1280, "height": 1000})
        self.context.grant_permissions(["clipboard-read", "clipboard-write"])
        super().__init__(self.context, address)

    def settled(self) -> None:
        """Waits for the answer that was asked for."""
        self.page.wait_for_selector("[data-tool=layer]:not([aria-busy])", timeout=60_000)


@pytest.fixture(scope="module")
def tool(chromium: Browser, address: str) -> Iterator[Calculator]:
    """The calculator, with Python started by a first change."""
    visitor = Calculator(chromium, address)
    visitor.open(CALCULATOR)
    visitor.page.fill("[name=filters]", "32")
    visitor.page.wait_for_selector(".tool-shape:has-text('(None, 4, 4, 32)')", timeout=60_000)
    yield visitor
    assert visitor.complaints == []
    assert visitor.foreign == []
    visitor.context.close()


def wrong(kind: str) -> tuple[str, str]:
    """The first mistake of a type that its rule refuses: the name of the field, and what is typed."""
    right = layer.example(kind)
    for setting in mistakes(kind):
        if "tool-error" in asked(setting)["html"]:
            name = next((k for k, v in setting["arguments"].items() if right["arguments"].get(k) != v), "input")
            select = BeautifulSoup(layer.form(right), "html.parser").select_one(f'select[name="{name}"]')
            if not select:  # what is chosen can't be mistyped
                return name, setting["arguments"].get(name, setting["input"])
    pytest.fail(f"{kind} takes everything")


def test_each_type_has_a_form_that_works(tool: Calculator) -> None:
    """Chosen in the browser, each type shows what its rule gives; a wrong value is refused, and one click fixes it."""
    for kind in KINDS:
        name, value = ("", "") if kind in TAKE_ANYTHING else wrong(kind)
        found = tool.page.evaluate(ASKED, [kind, name, value])
        here = asked(layer.example(kind))
        assert found["right"].removeprefix("Output shape").strip() in here["said"], kind
        assert found["drawn"] == bool(here["svg"]), kind
        if name:
            assert found["wrong"], (kind, name, value)
            assert found["fixed"], (kind, name, value)


def test_what_is_typed_before_the_script_is_there_is_answered(visit: Visit) -> None:
    """A field that is filled in while the page's script is still on its way is answered once it is there."""
    visitor = visit()
    scripts: list[Route] = []
    visitor.page.route("**/assets/tools/layer.js", lambda route: scripts.append(route))
    visitor.open(CALCULATOR, until="load")
    visitor.page.fill("[name=filters]", "32")
    visitor.page.wait_for_function("document.querySelector('[data-tool=layer]').dataset.live !== undefined")
    for script in scripts:
        script.continue_()
    visitor.page.wait_for_selector(".tool-shape:has-text('(None, 4, 4, 32)')", timeout=60_000)


def test_the_setting_is_in_the_address(tool: Calculator) -> None:
    """What is typed can be linked: the same address shows the same setting, and the code that can be copied."""
    page = tool.page
    page.select_option("[name=type]", "MaxPooling2D")
    tool.settled()
    page.fill("[name=pool_size]", "3")
    page.fill("[name=strides]", "3")
    page.fill("[name=input]", "10, 9, 4")
    page.wait_for_url("**/?type=MaxPooling2D&input=10,9,4&pool_size=3&strides=3")
    tool.settled()
    shown, url = page.inner_text(".tool-shape"), page.url
    page.click("[data-copy]")
    assert page.evaluate("navigator.clipboard.readText()") == "keras.layers.MaxPooling2D(pool_size=3, strides=3)"
    other = tool.context.new_page()
    other.goto(url)
    other.wait_for_selector(f".tool-shape:has-text('{shown.splitlines()[-1]}')", timeout=60_000)
    assert other.input_value("[name=strides]") == "3"
    other.close()


def test_a_fix_is_applied_and_focused(tool: Calculator) -> None:
    """A window that doesn't fit says why, marks nothing else, and its fix sets the field that it names."""
    page = tool.page
    page.select_option("[name=type]", "MaxPooling2D")
    tool.settled()
    page.fill("[name=pool_size]", "3")
    page.fill("[name=input]", "2, 2, 64")
    page.wait_for_selector(".tool-error:has-text('the window does not fit')")
    assert page.locator("figure .cn-beyond").count() == 2  # in the drawing and in its key
    page.click(".tool-fixes button >> nth=0")
    page.wait_for_selector(".tool-shape:has-text('(None, 1, 1, 64)')")
    assert page.evaluate("document.activeElement.name") == "pool_size"
    page.fill("[name=pool_size]", "0")
    page.wait_for_selector("[name=pool_size][aria-invalid=true]")


def test_the_keyboard_alone_is_enough(tool: Calculator) -> None:
    """From the choice of a layer Tab reaches each field, the copy button, play and the slider, whose arrows step."""
    page = tool.page
    page.select_option("[name=type]", "Conv2D")
    tool.settled()
    page.focus("[name=type]")
    reached = []
    for _ in range(30):
        page.keyboard.press("Tab")
        reached.append(
            page.evaluate(
                "document.activeElement.name || document.activeElement.ariaLabel || document.activeElement.textContent"
            )
        )
        if reached[-1] == "Output":
            break
    assert reached[:3] == ["input", "filters", "kernel_size"]
    assert reached[-3:] == ["Copy", "Play", "Output"]
    slider = page.locator(".tool-steps input")
    page.keyboard.press("ArrowRight")
    assert slider.get_attribute("aria-valuetext") == page.inner_text(".tool-steps p")
    assert slider.input_value() == "1"
    page.keyboard.press("ArrowDown")
    assert "row 1, column 1 reads 9 pixels: rows 1 to 3, columns 1 to 3" in page.inner_text(".tool-steps p")
    page.keyboard.press("End")
    assert "row 5, column 5" in page.inner_text(".tool-steps p")


def squares(drawing: Locator, look: str) -> set[str]:
    return set((drawing.locator(f"g .cn-{look}").get_attribute("d") or "").split("M")[1:])


def test_a_lessons_drawing_moves_without_python(visit: Visit) -> None:
    """Step by step the window covers what the data of the drawing say, and nothing of Python is asked for."""
    visitor = visit()
    asked_for: list[str] = []
    visitor.page.on("request", lambda request: asked_for.append(request.url))
    page = visitor.open(LESSON)
    for figure in page.locator("figure[data-tool=drawing]").all():
        slider, drawing = figure.locator("input"), figure.locator("svg.cn-drawing")
        data = json.loads(drawing.get_attribute("data-columns") or "")
        cells, left = dict(data["cells"]), float((drawing.get_attribute("data-at") or "").split()[0])
        for step, (output, place, first, last, by) in enumerate(data["reads"]):
            slider.fill(str(step))
            expected = {f"{cells[n]} 0h1v1h-1z" for n in range(first, last + 1, by)}
            assert squares(drawing, "window") == expected
            assert {f"{left + place:g}"} == {square.split()[0] for square in squares(drawing, "at")}
            assert figure.locator("p").inner_text().startswith(f"Output {output} reads")
    assert not [url for url in asked_for if "assets/python" in url]
    assert visitor.complaints == []


def test_play_steps_and_is_slow_for_who_wants_little_motion(visit: Visit) -> None:
    """Play steps on by itself and pauses on a second press; with reduced motion a step takes three times as long."""
    page = visit().open(LESSON)
    steps = {}
    for wish in ("no-preference", "reduce"):
        page.emulate_media(reduced_motion=wish)
        page.reload(wait_until="networkidle")
        page.clock.install()
        figure = page.locator("figure[data-tool=drawing]").nth(1)
        figure.locator("button").click()
        assert figure.locator("button").get_attribute("aria-label") == "Pause"
        page.clock.run_for(1600)
        figure.locator("button").click()
        steps[wish] = int(figure.locator("input").input_value())
        page.clock.run_for(1600)
        assert int(figure.locator("input").input_value()) == steps[wish]
    assert steps == {"no-preference": 3, "reduce": 1}


def test_without_scripts_the_page_is_a_still(chromium: Browser, address: str) -> None:
    """The first setting's answer and drawing stand there, no form asks for anything, and a sentence says why."""
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address + CALCULATOR)
    assert page.locator(".tool-shape").inner_text().endswith("(None, 4, 4, 16)")
    assert page.locator("figure svg.cn-drawing").is_visible()
    assert page.locator("noscript").first.is_visible()
    assert not page.locator("[name=type]").is_visible()
    page.goto(address + LESSON)
    assert page.locator("figure[data-tool=drawing] svg.cn-drawing").first.is_visible()
    context.close()


def test_its_states_are_accessible_and_fit_a_phone(tool: Calculator) -> None:
    """An answer, an error with fixes, several inputs, an open list: axe finds nothing, and 360 pixels hold it."""
    page = tool.page
    longest = "ContrastLimitedAdaptiveHistogramEqualization"
    for kind, name, value in ((longest, "", ""), ("Conv2DTranspose", "", ""), ("LSTM", "", ""), ("Add", "", "")):
        page.evaluate(ASKED, [kind, name, value])
        page.evaluate("for (const one of document.querySelectorAll('.tool-layer details')) one.open = true")
        assert {palette: violations(page, palette) for palette in SCHEMES} == {"light": [], "dark": []}, kind
    page.fill("[name=input]", "8, 8, 3; 4, 4, 5")
    page.wait_for_selector(".tool-fixes")
    assert violations(page, "light") == []
    page.set_viewport_size({"width": PHONE, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE
    page.set_viewport_size({"width": 1280, "height": 1000})


def test_a_block_runs_is_changed_and_comes_back(tool: Calculator) -> None:
    """Run shows what the page's Output says; a changed block its own, an error its traceback; Reset brings all back."""
    page = tool.page
    block = page.locator("[data-tool=run]").nth(2)
    output, code = block.locator("+ .highlight code"), block.locator("code")
    first, source = output.inner_text(), code.inner_text()
    block.get_by_role("button", name="Run").click()
    page.wait_for_selector(".highlight.ran")
    assert output.inner_text().splitlines()[-1] == first.splitlines()[-1]  # the page shows an error's last line
    assert "block.py" in output.inner_text()
    code.fill("print(1 + 1)\nprint(made.shapes[0])")  # what the block before it made is there
    code.press("Control+Enter")
    page.wait_for_selector(".ran code:has-text('(None, 30, 30, 64)')")
    assert output.inner_text().strip() == "2\n(None, 30, 30, 64)"
    code.fill("1 / 0")
    code.press("Escape")
    assert page.evaluate("document.activeElement.textContent") == "Run"
    page.keyboard.press("Enter")
    page.wait_for_selector(".ran code:has-text('ZeroDivisionError')")
    assert output.inner_text().splitlines()[:2] == [
        "Traceback (most recent call last):",
        '  File "block.py", line 1, in <module>',
    ]
    block.get_by_role("button", name="Reset").click()
    assert (code.inner_text(), output.inner_text()) == (source, first)
    assert page.locator(".highlight.ran").count() == 0


def test_an_endless_block_can_be_stopped(tool: Calculator) -> None:
    """Stop ends a loop that would not; the next run starts Python anew. The module a block asks for is fetched."""
    page = tool.page
    block = page.locator("[data-tool=run]").nth(0)
    block.locator("code").fill("while True: pass")
    block.get_by_role("button", name="Run").click()
    block.get_by_role("button", name="Stop").click()
    page.wait_for_selector("[data-tool=run] + .highlight code:text('cancelled')")
    block.locator("code").fill("import statistics\nprint(statistics.mean([1, 3]))")
    block.get_by_role("button", name="Run").click()
    page.wait_for_selector("[data-tool=run] + .highlight code:text-is('2')", timeout=60_000)


def test_a_block_that_needs_more_says_what(visit: Visit) -> None:
    """A block with Keras has no button, and says that it needs it."""
    page = visit().open("learn/pooling/")
    assert page.locator(".tool-needs").first.inner_text() == "needs Keras and NumPy"
    assert page.locator(".highlight:has(.tool-needs)[data-tool]").count() == 0
