"""The tools that run in the reader's browser: one interpreter, started once, answers nearly all of these checks."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Worker

from cnnnotes._cli import main
from tests.explain.test_safety import BROKEN_FILES, GOOD, archive

from .conftest import Visit, Watched
from .serving import SITE
from .test_pages import PHONE, SCHEMES, violations

EXPLAIN = "tools/explain/"
PASTED = "pasted text"
ERROR = """ValueError: Input 0 with name 'None' of layer 'dense_2' is incompatible with the layer:
expected axis -1 of input shape to have value 16384, but received input with shape (1, 65536)
"""


CODE = """from keras import Sequential, layers

model = Sequential([layers.Input((32, 32, 3)), layers.Conv2D(8, 3), layers.Flatten(), layers.Dense(10)])
"""


class Tool(Watched):
    """A visitor of the page that explains, with every request that it and its interpreter make."""

    def __init__(self, browser: Browser, address: str) -> None:
        self.context = browser.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=True)
        self.asked: list[str] = []
        self.before: list[str] = []
        self.first: list[str] = []
        self.context.on("request", lambda request: self.asked.append(request.url))
        super().__init__(self.context, address)

    def of_python(self) -> list[str]:
        return [url for url in self.asked if "assets/python" in url]

    def interpreters(self) -> list[Worker]:
        return [worker for worker in self.page.workers if "tools/worker.js" in worker.url]

    def explained(self) -> str:
        """Waits for an answer or an error, and gives what is said of it."""
        self.page.wait_for_selector(".tool[data-live]:not([aria-busy])", timeout=60_000)
        error = self.page.locator(".tool-error")
        return error.inner_text() if error.is_visible() else self.page.locator("[role=status]").inner_text()

    def paste(self, text: str) -> str:
        self.page.fill(".tool textarea", text)
        self.page.click(".tool-go")
        return self.explained()

    def drop(self, name: str, data: bytes) -> str:
        self.page.set_input_files("#tool-file", {"name": name, "mimeType": "application/octet-stream", "buffer": data})
        return self.explained()

    def saved(self, form: str) -> str:
        with self.page.expect_download() as download:
            self.page.click(f"[data-save={form}]")
        return Path(download.value.path()).read_text("utf8")


@pytest.fixture(scope="module")
def visitor(chromium: Browser, address: str) -> Iterator[Tool]:
    visitor = Tool(chromium, address)
    visitor.open(EXPLAIN)
    visitor.before = list(visitor.asked)
    yield visitor
    visitor.context.close()


@pytest.fixture
def tool(visitor: Tool) -> Iterator[Tool]:
    """The page once its example was explained, which starts Python; nothing is complained about on the way."""
    if not visitor.of_python():
        visitor.page.click("[data-example]")
        assert visitor.explained() == "sequential: 7 rows, 94,794 parameters."
        visitor.first = visitor.of_python()  # other tests of this page may come before the one that asks
    yield visitor
    assert visitor.complaints == []
    assert visitor.foreign == []


def command_line(
    name: str, data: bytes, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> str:
    """What `cnnnotes explain NAME --format json` prints."""
    monkeypatch.chdir(folder)
    (folder / name).write_bytes(data)
    capsys.readouterr()
    assert main(["explain", name, "--format", "json"]) == 0
    return capsys.readouterr().out


def resnet50() -> bytes:
    import keras

    from tests.weightless import weightless

    with weightless():
        model = keras.applications.ResNet50(weights=None)
    return archive(config_json=model.to_json(), metadata_json=json.dumps({"keras_version": keras.__version__}))


def tensorflow_js() -> bytes:
    file = {"format": "layers-model", "modelTopology": {"model_config": json.loads(GOOD)}, "weightsManifest": []}
    return json.dumps(file).encode()


def test_nothing_of_python_is_asked_for_before_first_use(tool: Tool) -> None:
    """The page asks for no part of Python until something is to be explained, and then for each part once."""
    assert not [url for url in tool.before if "assets/python" in url]
    assert len(tool.first) == len(set(tool.first)) == 6


def test_the_answer_that_stands_on_the_page_is_python_s(tool: Tool, visit: Visit) -> None:
    """What the build puts on the page for the example is what the browser's Python answers."""
    standing = visit().open(EXPLAIN).locator(".tool-rows").text_content()
    tool.paste(tool.page.locator("[data-text]").evaluate("template => template.content.textContent"))
    assert tool.page.locator(".tool-rows").text_content() == standing


@pytest.mark.parametrize(
    ("name", "make"), [("resnet50.keras", resnet50), ("model.json", tensorflow_js)], ids=["ResNet50", "TensorFlow.js"]
)
def test_a_dropped_file_gives_the_command_line_s_json(
    name: str,
    make: Iterator[bytes],
    tool: Tool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A file that is dropped is explained to the byte as the command line explains it."""
    data = make()  # type: ignore[operator]
    assert "rows" in tool.drop(name, data)
    assert tool.saved("json") == command_line(name, data, tmp_path, monkeypatch, capsys)


def test_a_pasted_text_gives_the_command_line_s_json(
    tool: Tool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A summary, an error and code that are pasted are explained to the byte as a file that holds them."""
    summary = tool.page.locator("[data-text]").evaluate("template => template.content.textContent")
    for text in (summary, ERROR, CODE):
        tool.paste(text)
        assert tool.saved("json") == command_line(PASTED, text.encode(), tmp_path, monkeypatch, capsys)


def test_an_error_is_answered_with_what_fixes_it(tool: Tool) -> None:
    """The text of an error names its layer, says why, and lists what fixes it."""
    assert tool.paste(ERROR) == "dense_2 (Dense): The error is explained."
    assert "65,536 = 4 × 16,384" in tool.page.locator(".tool-answer").inner_text()
    assert tool.page.locator(".tool-fixes li").count() > 1


def test_hostile_files_get_one_line_and_the_next_is_explained(tool: Tool) -> None:
    """Each hostile file of the package's own tests is refused in one line, and the page stays as it was."""
    for name, (data, expected) in BROKEN_FILES.items():
        said = tool.drop(f"{name}.keras", data)
        assert "\n" not in said
        assert said.startswith(f"{name}.keras: ")
        assert expected in said or "HDF5" in said
    assert "2 rows" in tool.drop("good.keras", archive(config_json=GOOD))


def test_an_interpreter_that_died_is_replaced(tool: Tool) -> None:
    """Where the worker fails, the next question starts another one, from what the browser has kept."""
    tool.interpreters()[0].evaluate("setTimeout(() => { throw new Error('the worker failed') })")
    for _ in range(100):
        if not tool.interpreters():
            break
        tool.page.wait_for_timeout(50)
    assert tool.interpreters() == []
    assert "2 rows" in tool.drop("good.keras", archive(config_json=GOOD))
    assert len(tool.interpreters()) == 1
    tool.complaints.clear()


def test_a_second_model_needs_no_network(tool: Tool) -> None:
    """With the network cut and the page open, another model is explained, opened, drawn and saved."""
    tool.context.set_offline(True)
    asked = len(tool.asked)
    assert "3 rows" in tool.paste(CODE)
    assert "The error is explained" in tool.paste(ERROR)
    assert "2 rows" in tool.drop("good.keras", archive(config_json=GOOD))
    tool.page.click("[data-path='1']")
    detail = tool.page.locator(".tool-detail").inner_text()
    tool.page.click(".tool-picture summary")
    tool.page.wait_for_selector(".tool-picture svg")
    for form, begins in (("markdown", "**"), ("html", "<div"), ("svg", "<svg")):
        assert tool.saved(form).startswith(begins)
    tool.context.set_offline(False)
    assert "kernel" in detail
    # Chromium asks for the icon again when the address changes, as it does with the link of a pasted text
    assert [url for url in tool.asked[asked:] if not url.startswith("blob:") and "favicon" not in url] == []


def test_the_rest_of_the_standard_library_comes_when_it_is_asked_for(tool: Tool) -> None:
    """Code of the reader's own can import any module of the standard library: what is lacking is fetched, once."""
    asked = len(tool.of_python())
    block = "import csv, fractions, xml.etree.ElementTree as trees; print(trees.Element('a').tag)"
    said = tool.page.evaluate(
        "async ([address, blocks]) => (await import(address)).ask('run', 'run', blocks)",
        [f"{tool.address}assets/tools/python.js", json.dumps([block])],
    )
    assert said == "a\n"
    assert len(tool.of_python()) == asked + 2


def test_instant_navigation_keeps_the_interpreter(tool: Tool) -> None:
    """After instant navigation to a second tool and back, the same interpreter answers, and none of it is fetched."""
    asked = len(tool.of_python())
    tool.page.evaluate("window.stayed = true")
    for title, address in (("Layer calculator", "tools/layer/"), ("Explain your model", EXPLAIN)):
        tool.page.locator(".md-nav--primary .md-nav__link").get_by_text(title, exact=True).first.click()
        tool.page.wait_for_url(f"**/{address}*")
        if title == "Layer calculator":
            tool.page.fill("[name=filters]", "32")
            tool.page.wait_for_selector(".tool-shape:has-text('(None, 4, 4, 32)')")
    assert "2 rows" in tool.drop("good.keras", archive(config_json=GOOD))
    assert tool.page.evaluate("window.stayed")
    assert len(tool.of_python()) == asked
    assert len(tool.interpreters()) == 1


def test_the_settings_of_a_row_are_stepped_through(tool: Tool) -> None:
    """The buttons beside a row's likely setting show the next and the one before; the focus stays on the button."""
    tool.page.click("[data-example]")
    tool.explained()
    row = tool.page.locator(".tool-setting").first
    first = row.locator(".said").inner_text()
    assert first.startswith("Probably filters=32, kernel_size=3 on a (None, 224, 224, 3) input")
    row.get_by_label("Next setting").click()
    tool.page.wait_for_selector(".tool-setting .at:text-matches('^2 of')")
    assert row.locator(".said").inner_text() == "filters=32, kernel_size=3, padding='same' on (None, 222, 222, 3)"
    assert tool.page.evaluate("document.activeElement.ariaLabel") == "Next setting"
    row.get_by_label("Previous setting").click()
    tool.page.wait_for_selector(".tool-setting .at:text-matches('^1 of')")
    assert row.locator(".said").inner_text() == first


def nested() -> bytes:
    inner = {**json.loads(GOOD), "name": "inner"}
    inner["config"] = {**inner["config"], "name": "inner"}
    outer = [
        {"class_name": "InputLayer", "config": {"name": "image", "batch_shape": [None, 8, 8, 3]}},
        inner,
        {"class_name": "Flatten", "config": {"name": "flat"}},
        {"class_name": "Dense", "config": {"name": "top", "units": 10}},
    ]
    return json.dumps({"class_name": "Sequential", "config": {"name": "outer", "layers": outer}}).encode()


def test_rows_are_sorted_and_nested_models_unfolded(tool: Tool) -> None:
    """A column's button sorts the rows and back again; a nested model's rows show when it is opened."""
    tool.drop("outer.json", nested())
    names = tool.page.locator("tbody:not(.inner) th > button")
    order = names.all_inner_texts()
    tool.page.click("[data-sort=params]")
    assert names.all_inner_texts()[0] == "top"
    assert tool.page.locator("th[aria-sort=descending]").count() == 1
    tool.page.click("[data-sort=params]")
    assert names.all_inner_texts() == order
    inner = tool.page.locator("tbody.inner").first
    assert not inner.is_visible()
    names.get_by_text("inner").click()
    assert inner.is_visible()


def test_another_input_size_and_a_batch(tool: Tool) -> None:
    """Another size gives other rows, a batch its memory; what is no size is said."""
    tool.drop("good.keras", archive(config_json=GOOD))
    tool.page.fill("[name=input]", "32, 32, 3")
    tool.page.fill("[name=batch]", "16")
    tool.page.press("[name=batch]", "Enter")
    tool.explained()
    tool.page.wait_for_selector("td.shape:text('(None, 30, 30, 4)')")
    assert "A training step" in tool.page.locator(".tool-totals").inner_text()
    tool.page.fill("[name=input]", "wide")
    tool.page.press("[name=input]", "Enter")
    tool.page.wait_for_selector(".tool-error:not([hidden])")
    assert tool.explained() == "image: expected sizes such as 224, 224, 3, got 'wide'"


def test_what_is_worth_a_look_links_to_its_proof(tool: Tool) -> None:
    """What looks wrong in a model stands above its rows, with a link to the section of the site that proves it."""
    tool.paste(CODE.replace("layers.Flatten(), layers.Dense(10)", "layers.Flatten(), layers.Dense(1000)"))
    link = tool.page.locator(".tool-findings a").first
    assert link.inner_text() == "A Flatten that most parameters follow"
    path, anchor = str(link.evaluate("link => link.href")).removeprefix(tool.address).split("#")
    assert anchor in (SITE / path / "index.html").read_text("utf8")


SHIFT = """window.shift = 0;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shift += entry.value;
}).observe({ type: "layout-shift", buffered: true });"""


def test_the_page_stays_where_it_is(tool: Tool) -> None:
    """While texts, files and errors are answered, what is on the screen hardly moves: the layout shift is small."""
    page = tool.context.new_page()
    page.add_init_script(SHIFT)
    page.goto(tool.address + EXPLAIN, wait_until="networkidle")
    page.click("[data-example]")
    page.wait_for_selector(".tool-answer:not(.example)", timeout=60_000)
    page.set_input_files("#tool-file", {"name": "outer.json", "mimeType": "text/json", "buffer": nested()})
    page.wait_for_selector("#answer:text('outer')")
    page.wait_for_timeout(1000)  # it scrolls to the answer
    page.set_input_files("#tool-file", {"name": "broken.keras", "mimeType": "text/json", "buffer": b"PK"})
    page.wait_for_selector(".tool-error:not([hidden])")
    page.wait_for_timeout(300)
    shift = page.evaluate("window.shift")
    page.close()
    assert shift <= 0.05


def test_names_from_a_file_stay_text(tool: Tool) -> None:
    """Markup in a layer's name, in its type and in a file's name is shown as the characters that it is made of."""
    markup = "<img src=x onerror=alert(1)>"
    model = json.loads(GOOD.replace('"conv"', json.dumps(markup)))
    assert "2 rows" in tool.drop(f"{markup.replace('/', '')}.json", json.dumps(model).encode())
    assert tool.page.locator(".tool th > button").get_by_text(markup).count() == 1
    assert tool.page.locator(".tool-answer img").count() == 0
    tool.page.click("[data-path='1']")
    tool.page.wait_for_selector(".tool-detail")
    assert tool.page.locator(".tool-answer img").count() == 0


def test_answers_satisfy_axe_and_fit_a_phone(tool: Tool) -> None:
    """An answer with an opened row, and an error, satisfy axe in both palettes and fit 360 pixels."""
    tool.page.click("[data-example]")
    tool.explained()
    tool.page.click("[data-path='0']")
    tool.page.wait_for_selector(".tool-detail")
    for state in ("answer", "error"):
        if state == "error":
            tool.drop("broken.keras", b"PK")
        assert {palette: violations(tool.page, palette) for palette in SCHEMES} == {"light": [], "dark": []}, state
        tool.page.set_viewport_size({"width": PHONE, "height": 740})
        assert tool.page.evaluate("document.documentElement.scrollWidth") <= PHONE
        tool.page.set_viewport_size({"width": 1280, "height": 900})


def test_a_start_is_cancelled_and_a_link_explains_its_text(chromium: Browser, address: str) -> None:
    """A start can be cancelled while bytes come; the text of a link is explained, and a long text gives none."""
    tool = Tool(chromium, address)
    page = tool.open(EXPLAIN)
    tool.context.route("**/pyodide.asm.wasm", lambda route: None)  # it never comes
    page.click("[data-example]")
    page.wait_for_selector(".tool-wait output:text-matches('of .* MB')")
    page.click(".tool-wait button")
    assert tool.explained() == "Cancelled."
    assert re.search(r"#text=[\w-]+$", page.url)
    tool.context.unroute_all(behavior="ignoreErrors")
    with_link = tool.context.new_page()
    with_link.goto(page.url)
    with_link.wait_for_selector(".tool-answer:not(.example)", timeout=60_000)
    assert with_link.locator("[role=status]").inner_text() == "sequential: 7 rows, 94,794 parameters."
    assert with_link.locator("[data-link]").is_visible()
    with_link.fill(".tool textarea", "x" * 2001)
    with_link.click(".tool-go")
    with_link.wait_for_selector(".tool-error:not([hidden])")
    assert not with_link.locator("[data-link]").is_visible()
    assert "#" not in with_link.url
    tool.context.close()


@pytest.fixture(scope="module")
def without_scripts(chromium: Browser, address: str) -> Iterator[Page]:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address + EXPLAIN)
    yield page
    context.close()


def test_without_scripts_the_example_s_answer_is_there(without_scripts: Page) -> None:
    """Without JavaScript the page says what it would do, shows the example's answer, and offers no dead button."""
    assert "With JavaScript, this page would explain your own model" in without_scripts.locator("article").inner_text()
    assert without_scripts.locator(".tool-rows").is_visible()
    assert without_scripts.locator("math").count() > 10
    assert not without_scripts.locator(".tool-panel").is_visible()
    assert not without_scripts.locator("[data-save]").first.is_visible()
