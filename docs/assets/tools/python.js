// Python, asked from a page. There is one interpreter for the whole site: this module is loaded once, also where instant
// navigation shows one page after the other, and nothing of Python is fetched before `ask` or `start` is first called.
//
//   import { ask, withProgress } from "./python.js";
//   const text = await ask("layer", "answer", JSON.stringify({ … }));     // answer(…) of docs/_steps/tools/layer.py
//   await withProgress(element, () => ask("explain", "explain", file));   // a File arrives as a path

let worker, started, number = 0;
const waiting = new Map(), watchers = new Set();

/** Whether questions are answered at once. */
export let ready = false;

/** What `stop` and Cancel reject with. */
export class Cancelled extends Error {}

/** Why Python can't run here, in a sentence; nothing where it can. */
export function lacking() {
  const has = "DecompressionStream" in self && "WebAssembly" in self && "Worker" in self;
  return has ? "" : "This browser is too old to run Python: a newer one, or the command line below, does the same.";
}

function open() {
  worker = new Worker(new URL("worker.js", import.meta.url), { type: "module" });
  worker.onmessage = ({ data }) => {
    if (data.progress) return void watchers.forEach((watch) => watch(...data.progress));
    const [resolve, reject] = waiting.get(data.id);
    waiting.delete(data.id);
    if (data.error === undefined) return resolve(data.value);
    const error = Object.assign(new Error(data.error), { fatal: data.fatal });
    reject(error);
    if (data.fatal) stop(error); // the next question starts another
  };
  worker.onerror = (event) => stop(new Error(event.message || "Python can't be loaded"));
}

const post = (module, name, args) => new Promise((resolve, reject) => {
  waiting.set(++number, [resolve, reject]);
  worker.postMessage({ id: number, module, name, args });
});

/** Starts the interpreter; later calls wait for the same start. */
export function start() {
  if (!started) {
    open();
    started = post().then(() => { ready = true; });
  }
  return started;
}

/** Ends the interpreter, whatever it is doing: Python can't be interrupted otherwise. The next question starts another. */
export function stop(reason = new Cancelled("cancelled")) {
  worker?.terminate();
  for (const [, reject] of waiting.values()) reject(reason);
  waiting.clear();
  worker = started = undefined;
  ready = false;
}

/** What the function `name` of a module in docs/_steps/tools returns for these arguments: texts, numbers and Files. */
export async function ask(module, name, ...args) {
  await start();
  return post(module, name, args);
}

const megabytes = (bytes) => (bytes / 1e6).toFixed(1);

/** Does `work`, and where that waits for Python to start shows in `box` how far it is, with a button that cancels. */
export async function withProgress(box, work) {
  if (ready) return work();
  const [bar, label, bytes, cancel] = ["progress", "span", "output", "button"].map((name) => document.createElement(name));
  Object.assign(bar, { max: 1, value: 0, ariaLabel: "Fetching Python" });
  label.textContent = "Fetching Python";
  Object.assign(cancel, { type: "button", className: "tool-quiet", textContent: "Cancel", onclick: () => stop() });
  box.replaceChildren(label, bytes, bar, cancel);
  box.hidden = false;
  const watch = (come, all) => {
    bar.value = come / all;
    bytes.textContent = `${megabytes(come)} of ${megabytes(all)} MB`;
    if (come > 0.999 * all) label.textContent = "Starting Python";
  };
  watchers.add(watch);
  try {
    return await work();
  } finally {
    watchers.delete(watch);
    box.hidden = true;
    box.replaceChildren();
  }
}
