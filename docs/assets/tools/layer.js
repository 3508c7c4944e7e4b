// The layer calculator: what stands in the form goes to docs/_steps/tools/layer.py, whose HTML and drawing come back.

import { mount as walk } from "./drawing.js";
import { ask, Cancelled, lacking, withProgress } from "./python.js";

/** Asks for the newest value alone: those that were typed while an answer was awaited are left out. */
function latest(work) {
  let busy = false, next;
  return async (value) => {
    next = [value];
    if (busy) return;
    busy = true;
    while (next) {
      const [now] = next;
      next = undefined;
      await work(now);
    }
    busy = false;
  };
}

export function mount(root) {
  const [form, fields, found, wait, figure, status] =
    ["form", ".fields", ".tool-found", ".tool-wait", "figure", "[role=status]"].map((one) => root.querySelector(one));
  const type = form.querySelector("[name=type]");
  const entries = () => [...fields.querySelectorAll("input, select")];

  if (lacking()) return void (status.className = "tool-error", status.textContent = lacking());
  root.classList.add("live");

  function setting() {
    const given = Object.fromEntries(entries().filter((one) => one.value.trim()).map((one) => [one.name, one.value.trim()]));
    const { input = "", ...args } = given;
    return { type: type.value, input, arguments: args };
  }

  let saving, saying;
  const bare = (text = "") => text.replaceAll(" ", "");
  function save({ type: kind, input, arguments: args }) { // not on each key: browsers bound how often it may change
    clearTimeout(saving);
    const page = location.pathname;
    saving = setTimeout(() => {
      const query = new URLSearchParams({ type: kind, input: bare(input), ...args }).toString().replaceAll("%2C", ",");
      if (location.pathname === page) history.replaceState(history.state, "", `?${query}`);
    }, 300);
  }

  function show(answer) {
    found.innerHTML = answer.html;
    const drawing = figure.querySelector("svg.cn-drawing");
    if (drawing?.outerHTML !== answer.svg) {
      drawing?.remove();
      figure.insertAdjacentHTML("afterbegin", answer.svg);
      figure.hidden = !answer.svg;
      walk(figure);
    }
    for (const entry of entries()) entry.toggleAttribute("aria-invalid", entry.name === answer.wrong);
    for (const entry of fields.querySelectorAll("[aria-invalid]")) entry.setAttribute("aria-invalid", "true");
    clearTimeout(saying); // said once the typing pauses
    saying = setTimeout(() => { status.textContent = answer.said; }, 400);
  }

  let fixing; // takes longer than an answer: asked for once the typing pauses
  async function fix(asked) {
    const error = found.querySelector(".tool-error"), fixes = await ask("layer", "fix", JSON.stringify(asked));
    if (error?.isConnected) error.insertAdjacentHTML("afterend", fixes);
  }

  const update = latest(async ({ name, asked, focus }) => {
    root.setAttribute("aria-busy", "true");
    const begun = performance.now();
    try {
      const answer = JSON.parse(await withProgress(wait, () => ask("layer", name, JSON.stringify(asked))));
      if (answer.form) {
        type.value = answer.type;
        fields.innerHTML = answer.form;
        if (focus) (entries().find(focus) ?? type).focus();
      }
      show(answer);
      clearTimeout(fixing);
      if (name === "answer" && found.querySelector(".tool-error")) fixing = setTimeout(fix, 150, asked);
      if (location.search || name === "answer" || focus) save(setting());
      (root.times ??= []).push(performance.now() - begun);
    } catch (failed) {
      status.textContent = failed instanceof Cancelled ? "Cancelled." : failed.message;
      if (!(failed instanceof Cancelled)) found.innerHTML = `<p class="tool-error"></p>`;
      if (found.querySelector(".tool-error:empty")) found.firstChild.textContent = failed.message;
    } finally {
      root.removeAttribute("aria-busy");
    }
  });

  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", ({ target }) => {
    if (target === type) update({ name: "choose", asked: { type: type.value }, focus: (one) => one === type });
    else update({ name: "answer", asked: setting() });
  });
  found.addEventListener("click", async ({ target }) => {
    const button = target.closest("button");
    if (button?.dataset.set) {
      const asked = JSON.parse(button.dataset.set), before = setting();
      const changed = (one) => (one.name === "input" ? bare(asked.input) !== bare(before.input) : (asked.arguments[one.name] ?? "") !== (before.arguments[one.name] ?? ""));
      update({ name: "choose", asked, focus: changed });
    } else if (button?.matches("[data-copy]")) {
      await navigator.clipboard.writeText(button.parentElement.querySelector("code").textContent);
      status.textContent = button.textContent = "Copied";
    }
  });

  const linked = Object.fromEntries(new URLSearchParams(location.search));
  if (linked.type) {
    const { type: kind, input, ...args } = linked;
    update({ name: "choose", asked: input === undefined ? { type: kind } : { type: kind, input, arguments: args } });
  } else if (touched(type)) {
    update({ name: "choose", asked: { type: type.value } });
  } else {
    walk(figure); // all else stands on the page
    if (entries().some(touched)) update({ name: "answer", asked: setting() });
  }
}

// Whether a field holds something else than the page came with: filled in before this script was there, or by a browser
// that remembers forms.
function touched(field) {
  if (!field.options) return field.value !== field.defaultValue;
  return field.selectedIndex !== Math.max(0, [...field.options].findIndex((option) => option.defaultSelected));
}
