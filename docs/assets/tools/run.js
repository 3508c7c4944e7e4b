// Run this block: its code can be changed where it stands, and runs in docs/_steps/tools/run.py, after those it needs.

import { ask, lacking, stop, withProgress } from "./python.js";

// What Pygments marks with these classes, for code that was changed.
const WORDS = "and|as|assert|break|class|continue|def|del|elif|else|except|finally|for|from|if|import|in|is|lambda|not|or|pass|raise|return|try|while|with|yield";
const TOKENS = new RegExp(String.raw`(#.*)|("""[\s\S]*?"""|'''[\s\S]*?'''|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')|\b(True|False|None)\b|\b(${WORDS})\b|\b(\d[\w.]*)\b`, "g");
const CLASSES = ["c1", "s2", "kc", "k", "mi"];

function coloured(source) {
  const parts = [];
  let at = 0;
  for (const match of source.matchAll(TOKENS)) {
    const span = document.createElement("span");
    span.className = CLASSES[match.slice(1).findIndex((group) => group !== undefined)];
    span.textContent = match[0];
    parts.push(source.slice(at, match.index), span);
    at = match.index + match[0].length;
  }
  return [...parts, source.slice(at)];
}

const button = (text, title) => Object.assign(document.createElement("button"), { type: "button", textContent: text, title });
const source = (block) => block.querySelector("code").innerText;

export function mount(block) {
  const code = block.querySelector("code");
  if (lacking()) return;
  for (const anchor of code.querySelectorAll("a[id]")) anchor.remove(); // they count lines, which will change
  const first = [...code.childNodes].map((node) => node.cloneNode(true)), text = code.textContent;
  const bar = Object.assign(document.createElement("div"), { className: "tool-run" });
  const go = button("Run", "Runs in your browser: Control Enter"), reset = button("Reset", "Back to the code and the output of the page");
  const wait = Object.assign(document.createElement("div"), { className: "tool-wait", hidden: true });
  reset.hidden = true;
  bar.append(wait, reset, go);
  block.append(bar);
  Object.assign(code, { contentEditable: "plaintext-only", spellcheck: false, role: "textbox", ariaMultiLine: "true" });
  code.tabIndex = 0;
  code.ariaLabel = "Code, can be changed; Control Enter runs it, Escape leaves it";

  let output = block.nextElementSibling?.querySelector(":scope > .filename") ? block.nextElementSibling : undefined;
  const ours = !output, shown = output?.querySelector("code").textContent;
  function out() {
    if (!output) {
      output = Object.assign(document.createElement("div"), { className: "language-text highlight" });
      output.innerHTML = '<span class="filename">Output</span><pre><code></code></pre>';
      block.after(output);
    }
    output.setAttribute("role", "status");
    return output.querySelector("code");
  }

  async function run() {
    const target = out();
    go.textContent = "Stop";
    go.onclick = () => stop();
    const before = block.dataset.before.split(" ").filter(Boolean);
    const sources = [...before.map((n) => source(block.closest("article").querySelector(`[data-block="${n}"]`))), source(block)];
    try {
      target.textContent = (await withProgress(wait, () => ask("run", "run", JSON.stringify(sources)))) || "(nothing is printed)\n";
      output.classList.add("ran");
      reset.hidden = false;
    } catch (failed) {
      target.textContent = `${failed.message}\n`;
    }
    go.textContent = "Run";
    go.onclick = run;
  }
  go.onclick = run;
  reset.onclick = () => {
    code.replaceChildren(...first.map((node) => node.cloneNode(true)));
    if (ours) {
      output?.remove();
      output = undefined;
    } else {
      output.querySelector("code").textContent = shown;
      output.classList.remove("ran");
    }
    reset.hidden = true;
    fit();
    go.focus();
  };
  const fit = () => bar.classList.toggle("short", source(block).trim().split("\n").length < 3); // the copy button's line
  code.addEventListener("input", () => { reset.hidden = false; fit(); });
  fit();
  code.addEventListener("blur", () => { if (source(block) !== text) code.replaceChildren(...coloured(source(block))); });
  code.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      run();
    } else if (event.key === "Escape") go.focus();
  });
}
