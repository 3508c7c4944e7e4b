// Compiles, inside Pyodide, what the site serves of Python: `node compile.mjs OUT SOURCES`, where SOURCES is a folder of
// packages. Only this very build of Python writes the bytecode that it reads.

import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { loadPyodide } from "pyodide";

const [out, sources] = process.argv.slice(2);
const python = await loadPyodide();
for (const entry of readdirSync(sources, { recursive: true, withFileTypes: true })) {
  const folder = entry.parentPath.replace(sources, "/sources");
  python.FS.mkdirTree(folder);
  if (entry.isFile()) python.FS.writeFile(`${folder}/${entry.name}`, readFileSync(join(entry.parentPath, entry.name)));
}
python.runPython(readFileSync(join(import.meta.dirname, "packing.py"), "utf8"));
for (const name of ["core.zip", "rest.zip", "rest.json", "packages.zip"]) {
  writeFileSync(join(out, name), python.FS.readFile(`/packed/${name}`));
}
