// Moves the window of a drawing that the package made, and which stands at its first output. All that is read is in the
// drawing: `data-rows` and `data-columns` hold for each output its place, and the first, last and step of its inputs.

const calm = matchMedia("(prefers-reduced-motion: reduce)");
const PLAY = "M2 1l8 5-8 5z", PAUSE = "M2 1h3v10H2zM7 1h3v10H7z";
const SINGLE = { axis: "", length: 1, out: 1, cells: [[0, 0]], reads: [[0, 0, 0, 0, 1]] };
const square = (x, y) => `M${x} ${y}h1v1h-1z`;
const number = (n) => String(n).replace("-", "−");
const taken = (first, last, step) => (last < first ? 0 : Math.floor((last - first) / step) + 1);

/** The places, and in words the positions, of what an output reads along an axis, and how many are inside. */
function window_({ cells, length }, [output, place, first, last, step]) {
  const places = cells.filter(([n]) => n >= first && n <= last && (n - first) % step === 0).map(([, at]) => at);
  const count = taken(first, last, step);
  const before = taken(first, Math.min(last, -1), step), after = count - taken(first, Math.min(last, length - 1), step);
  const far = count > 2 ? `${number(first)} to ${number(last)}${step > 1 ? ` in steps of ${step}` : ""}` : `${number(first)}${count > 1 ? ` and ${number(last)}` : ""}`;
  return { output, place, places, count, inside: count - before - after, far };
}

function told(row, column, flat, axis) {
  const count = row.count * column.count, inside = row.inside * column.inside;
  const name = axis === "channels" ? "channel" : flat ? "position" : "pixel", all = `${count} ${name}${count === 1 ? "" : "s"}`;
  const output = !flat ? `row ${row.output}, column ${column.output}` : axis === "channels" ? `channel ${column.output}` : column.output;
  if (!count) return `Output ${output} reads nothing.`;
  const many = (word, { count: n, far }) => `${word}${n > 1 ? "s" : ""} ${far}`;
  const where = flat ? column.far : `${many("row", row)}, ${many("column", column)}`;
  return `Output ${output} reads ${all}: ${where}${inside < count ? `; ${count - inside} padding` : ""}.`;
}

export function mount(figure) {
  const svg = figure.querySelector("svg.cn-drawing"), box = figure.querySelector(".tool-steps");
  box.replaceChildren();
  box.hidden = true;
  if (!svg) return;
  const rows = svg.dataset.rows ? JSON.parse(svg.dataset.rows) : SINGLE, columns = JSON.parse(svg.dataset.columns);
  const flat = rows === SINGLE, wide = columns.reads.length, last = rows.reads.length * wide - 1;
  if (last < 1) return; // nothing to move
  box.hidden = false;
  const [left, top] = svg.dataset.at.split(" ").map(Number);
  const path = (name) => svg.querySelector(`g .cn-${name}`);
  box.innerHTML = `<button type="button"><svg viewBox="0 0 12 12" aria-hidden="true"><path d="${PLAY}"/></svg></button><input type="range" min="0" max="${last}" value="0" aria-label="Output"><p></p>`;
  const [button, slider, text] = box.children;
  let timer;

  function show(n) {
    const down = rows.reads[Math.floor(n / wide)], across = columns.reads[n % wide];
    const row = window_(rows, down), column = window_(columns, across);
    path("window").setAttribute("d", row.places.flatMap((y) => column.places.map((x) => square(x, y))).join(""));
    path("at").setAttribute("d", square(left + column.place, top + row.place));
    path("lines")?.setAttribute("d", column.places.map((x) => `M${x + 0.5} 1L${left + column.place + 0.5} ${top}`).join(""));
    slider.value = n;
    text.textContent = told(row, column, flat, columns.axis);
    slider.setAttribute("aria-valuetext", text.textContent);
  }
  function play(on) {
    clearInterval(timer);
    timer = undefined;
    if (on) timer = setInterval(() => (svg.isConnected ? show((Number(slider.value) + 1) % (last + 1)) : play(false)), calm.matches ? 1500 : 500);
    button.ariaLabel = on ? "Pause" : "Play";
    button.querySelector("path").setAttribute("d", on ? PAUSE : PLAY);
  }
  button.onclick = () => play(!timer);
  slider.oninput = () => { play(false); show(Number(slider.value)); };
  slider.onkeydown = (event) => { // up and down move a row, as the picture has it
    const by = flat ? 0 : { ArrowUp: -wide, ArrowDown: wide }[event.key];
    if (!by) return;
    event.preventDefault();
    play(false);
    const n = Number(slider.value) + by;
    if (n >= 0 && n <= last) show(n);
  };
  path("output").style.pointerEvents = "all";
  svg.onpointermove = svg.onpointerdown = (event) => {
    const { x, y } = new DOMPoint(event.clientX, event.clientY).matrixTransform(path("output").getScreenCTM().inverse());
    const down = rows.reads.findIndex(([, place]) => y >= top + place && y < top + place + 1);
    const across = columns.reads.findIndex(([, place]) => x >= left + place && x < left + place + 1);
    if (down < 0 || across < 0) return;
    play(false);
    show(down * wide + across);
  };
  play(false);
  show(0);
}
