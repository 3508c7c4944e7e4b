// Explain your model: a text or a file goes to docs/_steps/tools/explain.py, whose HTML comes back.

import { ask, Cancelled, lacking, ready, withProgress } from "./python.js";

const SHARED = 2000; // bytes of a text that still goes into a link
const SUFFIX = { markdown: "md", html: "html", json: "json", svg: "svg" };

const encode = (text) => btoa(String.fromCharCode(...new TextEncoder().encode(text))).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
const decode = (code) => new TextDecoder().decode(Uint8Array.from(atob(code.replaceAll("-", "+").replaceAll("_", "/")), (char) => char.charCodeAt(0)));

export function mount(root) {
  const [form, text, file, wait, error, status, answer, link] =
    ["form", "textarea", "input[type=file]", ".tool-wait", ".tool-error", "[role=status]", ".tool-answer", "[data-link]"].map((one) => root.querySelector(one));
  let name = "summary";

  // An error stands where the answer stood, whose room it keeps: what is below it does not move.
  const fail = (message, fixes = "", instead = false) => {
    if (instead) {
      answer.style.minHeight = `min(${answer.offsetHeight}px, 100vh)`; // no further than the eye can see
      answer.replaceChildren();
      answer.classList.remove("example");
    }
    error.textContent = message;
    error.insertAdjacentHTML("beforeend", fixes);
    error.hidden = false;
    error.scrollIntoView({ block: "nearest" });
  };
  if (lacking()) return fail(lacking());
  root.classList.add("live");

  async function explain(called, ...args) {
    error.hidden = true;
    status.textContent = ready ? "" : "Fetching Python.";
    root.setAttribute("aria-busy", "true");
    try {
      const begun = performance.now();
      const found = JSON.parse(await withProgress(wait, () => ask("explain", called, ...args)));
      if (found.error) return fail(found.error, found.fixes, called !== "again");
      show(found);
      root.dataset.took = performance.now() - begun;
    } catch (failed) {
      if (failed instanceof Cancelled) status.textContent = "Cancelled.";
      else fail(failed.message);
    } finally {
      root.removeAttribute("aria-busy");
    }
  }

  function show(found) {
    answer.style.minHeight = "";
    answer.innerHTML = found.html; // of the package's own making: what a file brings in is escaped there
    answer.classList.remove("example");
    dress();
    status.textContent = found.said;
    answer.querySelector("h2").focus({ preventScroll: true });
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    answer.scrollIntoView({ block: "start", behavior: calm ? "auto" : "smooth" });
  }
  const dress = () => {
    for (const bar of answer.querySelectorAll("[data-share]")) bar.style.width = `${bar.dataset.share}%`; // no style in HTML
  };

  const explainText = () => {
    if (!text.value.trim()) return text.focus();
    name = "summary";
    const short = new TextEncoder().encode(text.value).length <= SHARED;
    history.replaceState(history.state, "", short ? `#text=${encode(text.value)}` : location.pathname + location.search);
    link.hidden = !short;
    explain("explain_text", text.value);
  };
  const explainFile = (chosen) => {
    name = chosen.name.replace(/\.\w+$/, "");
    history.replaceState(history.state, "", location.pathname + location.search);
    link.hidden = true;
    explain("explain_file", chosen, chosen.name);
  };
  form.addEventListener("submit", (event) => { event.preventDefault(); explainText(); });
  text.addEventListener("keydown", (event) => { if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) explainText(); });
  const choose = () => { if (file.files[0]) explainFile(file.files[0]); file.value = ""; };
  file.addEventListener("change", choose);
  root.querySelector("[data-example]").addEventListener("click", () => {
    text.value = root.querySelector("[data-text]").content.textContent;
    explainText();
  });
  link.addEventListener("click", async () => {
    await navigator.clipboard.writeText(location.href);
    status.textContent = link.textContent = "Link copied";
    setTimeout(() => { link.textContent = "Copy a link to this text"; }, 2000);
  });
  for (const kind of ["dragenter", "dragover"]) root.addEventListener(kind, (event) => { event.preventDefault(); form.classList.add("over"); });
  for (const kind of ["dragleave", "drop"]) root.addEventListener(kind, () => form.classList.remove("over"));
  root.addEventListener("drop", (event) => {
    event.preventDefault();
    if (event.dataTransfer.files[0]) return explainFile(event.dataTransfer.files[0]);
    text.value = event.dataTransfer.getData("text");
    explainText();
  });

  // The example's answer is on the page before Python is: what its rows are asked first explains it again.
  const known = async () => {
    if (!answer.classList.contains("example")) return;
    await withProgress(wait, () => ask("explain", "explain_text", root.querySelector("[data-text]").content.textContent));
    answer.classList.remove("example");
  };

  async function open(button) {
    const wide = button.getAttribute("aria-expanded") !== "true";
    button.setAttribute("aria-expanded", wide);
    const row = button.closest("tr"), inner = row.parentElement.nextElementSibling;
    if (!row.dataset.level && inner?.classList.contains("inner")) inner.hidden = !wide;
    const cell = row.nextElementSibling.firstElementChild;
    if (!wide) return void cell.querySelector(".tool-detail")?.remove();
    await known();
    cell.insertAdjacentHTML("beforeend", await ask("explain", "detail", button.dataset.path));
  }

  async function step(button) {
    if (button.ariaDisabled === "true") return;
    await known();
    const box = button.closest(".tool-setting"), forth = button.ariaLabel.startsWith("Next");
    box.innerHTML = await ask("explain", "setting", box.dataset.path, Number(button.dataset.step));
    const formula = box.closest("td").querySelector(":scope > .tool-math"), put = box.querySelector("template").content;
    if (formula && put.childElementCount) formula.replaceWith(put);
    box.querySelectorAll("button")[forth ? 1 : 0].focus();
    status.textContent = `Setting ${box.querySelector(".at").textContent}: ${box.querySelector(".said").textContent}`;
  }

  function sort(button) {
    const table = button.closest("table"), head = button.closest("th"), key = button.dataset.sort;
    const down = head.ariaSort !== "descending";
    for (const other of table.querySelectorAll("[aria-sort]")) other.removeAttribute("aria-sort");
    if (down) head.setAttribute("aria-sort", "descending");
    const bodies = [...table.tBodies].filter((body) => !body.classList.contains("inner"));
    const groups = bodies.map((body, place) => {
      body.dataset.place ??= place;
      return [body, ...(body.nextElementSibling?.classList.contains("inner") ? [body.nextElementSibling] : [])];
    });
    const number = ([body]) => (down ? Number(body.dataset[key]) : -Number(body.dataset.place));
    groups.sort((one, other) => number(other) - number(one) || one[0].dataset.place - other[0].dataset.place);
    table.append(...groups.flat());
    status.textContent = down ? `Sorted by ${button.textContent}, the largest first.` : "In the model's order.";
  }

  async function save(form) {
    await known();
    const saved = URL.createObjectURL(new Blob([await ask("explain", "save", form)]));
    Object.assign(document.createElement("a"), { href: saved, download: `${name}.${SUFFIX[form]}` }).click();
    setTimeout(() => URL.revokeObjectURL(saved), 1000);
  }

  async function copy(button) {
    await navigator.clipboard.writeText(button.dataset.copy);
    status.textContent = button.textContent = "Copied";
  }

  answer.addEventListener("click", ({ target }) => {
    const button = target.closest("button");
    const does = button && Object.keys(button.dataset).find((key) => key in { path: 1, step: 1, sort: 1, save: 1, copy: 1 });
    const work = { path: open, step, sort, save: () => save(button.dataset.save), copy }[does]?.(button);
    work?.catch?.((failed) => { if (!(failed instanceof Cancelled)) fail(failed.message); });
  });
  answer.addEventListener("submit", (event) => {
    event.preventDefault();
    const inputs = Object.fromEntries([...event.target.querySelectorAll("[data-name]")].map((one) => [one.dataset.name, one.value]));
    explain("again", JSON.stringify({ inputs, batch: event.target.batch.value.trim() }));
  });
  answer.addEventListener("toggle", async ({ target }) => {
    if (!target.open || target.querySelector("svg")) return;
    await known();
    target.insertAdjacentHTML("beforeend", await ask("explain", "drawing"));
  }, true);

  const fromLink = () => {
    const shared = root.isConnected && location.hash.match(/^#text=([\w-]+)$/);
    if (!shared || shared[1] === encode(text.value)) return;
    text.value = decode(shared[1]);
    explainText();
  };
  dress();
  fromLink();
  choose(); // a file may have been chosen before this script was there
  addEventListener("hashchange", fromLink);
}
