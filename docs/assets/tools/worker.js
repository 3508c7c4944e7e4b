// The interpreter, in a worker of its own. It starts when it is first asked something, and answers with text.
//
// A question is { id, module, name, args }: the function `name` of docs/_steps/tools/`module`.py is called with `args`;
// a File among them is mounted, and its path takes its place. The answer is { id, value } or { id, error, fatal }.
// While files come, { progress: [bytes come, bytes in all] } is posted.

const PYTHON = new URL("../python/", import.meta.url);
const STANDARD_LIBRARY = new URL("core.zip", PYTHON).href;

// What Pyodide fetches itself: the bytes of its program are counted on their way, and still compiled as they come. Its
// standard library is the one that is here by then.
const fetched = self.fetch.bind(self);
const parts = new Map(); // name → [bytes come, bytes in all, bytes as the host sends them]
let told = -100, library;
self.fetch = async (request, options) => {
  const address = new URL(request.url ?? request, self.location);
  if (address.href === STANDARD_LIBRARY) return new Response(await library);
  const response = await fetched(request, options), name = address.pathname.split("/").pop();
  if (!response.ok) throw new Error(`${name} can't be fetched: ${response.status} ${response.statusText}`);
  const part = parts.get(name);
  if (!part) return response;
  const counter = new TransformStream({
    transform(chunk, out) {
      part[0] += chunk.byteLength;
      if (performance.now() > told + 80) progress();
      out.enqueue(chunk);
    },
  });
  return new Response(response.body.pipeThrough(counter), { headers: response.headers });
};

function progress() {
  told = performance.now();
  const sums = [0, 0];
  for (const [come, all, sent] of parts.values()) {
    sums[0] += sent * Math.min(come / all, 1);
    sums[1] += sent;
  }
  self.postMessage({ progress: sums });
}

// An archive comes gzipped, whether its host compresses or not; one that a host has unpacked on its way is taken too.
async function unpacked(address) {
  const data = new Uint8Array(await (await self.fetch(address)).arrayBuffer());
  if (data[0] !== 0x1f) return data;
  const plain = new Blob([data]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(plain).arrayBuffer());
}

// What a reader's own code may ask of the standard library is fetched when it first does: Python waits for it.
const ON_DEMAND = `
import gc, importlib.machinery, json, sys, zlib
def fetched(name):
    data = _fetched(name).to_bytes()
    return zlib.decompress(data, 31) if data[:2] == b"\\x1f\\x8b" else data
class Remainder:
    names = None
    def find_spec(self, name, path=None, target=None):
        if self.names is None:
            self.names = set(json.loads(fetched("rest.json")))
        if name not in self.names or "/rest.zip" in sys.path:
            return None
        with open("/rest.zip", "wb") as file:
            file.write(fetched("rest.zip"))
        sys.path.append("/rest.zip")
        for package, module in list(sys.modules.items()):
            if any("/lib/python" in entry and ".zip" in entry for entry in getattr(module, "__path__", None) or ()):
                module.__path__.append("/rest.zip/" + package.replace(".", "/"))
        parent = sys.modules.get(name.rpartition(".")[0])
        return importlib.machinery.PathFinder.find_spec(name, parent and parent.__path__, target)
sys.meta_path.append(Remainder())
sys.path.append("/packages.zip")
gc.freeze()
`;

let python;
async function start() {
  const answer = await fetched(new URL("manifest.json", PYTHON), { cache: "no-cache" });
  if (!answer.ok) throw new Error("Python is not here yet: it is still being prepared, try again in a minute");
  const manifest = await answer.json();
  const at = (name) => new URL(manifest[name].file, PYTHON).href;
  for (const name of ["core.zip", "packages.zip", "pyodide.asm.wasm"]) {
    parts.set(at(name).split("/").pop(), [0, manifest[name].bytes, manifest[name].sent]);
  }
  library = unpacked(at("core.zip"));
  const packages = unpacked(at("packages.zip"));
  const [{ loadPyodide }, { default: createPyodideModule }] = await Promise.all([
    import(at("pyodide.mjs")), import(at("pyodide.asm.mjs")),
  ]);
  const indexURL = new URL(".", at("pyodide.mjs")).href;
  python = await loadPyodide({
    indexURL, createPyodideModule, packageBaseUrl: indexURL, stdLibURL: STANDARD_LIBRARY,
    lockFileContents: { info: manifest.lock, packages: {} }, env: { PYTHONHASHSEED: "0" },
  });
  python.FS.writeFile("/packages.zip", await packages);
  python.globals.set("_fetched", (name) => {
    const request = new XMLHttpRequest(); // in a worker it may wait
    request.open("GET", at(name), false);
    request.responseType = "arraybuffer";
    request.send();
    return new Uint8Array(request.response);
  });
  python.runPython(ON_DEMAND);
}

// A file is mounted, not read: Python asks for the parts that it wants, and each is a slice of the file.
let mounts = 0;
function mounted(file) {
  const folder = `/files/${++mounts}`;
  python.FS.mkdirTree(folder);
  python.FS.mount(python.FS.filesystems.WORKERFS, { blobs: [{ name: "file", data: file }] }, folder);
  return folder;
}

const modules = new Map();
let starting;
self.onmessage = async ({ data: { id, module, name, args } }) => {
  const folders = [];
  try {
    await (starting ??= start());
    if (!module) return self.postMessage({ id });
    if (!modules.has(module)) modules.set(module, python.pyimport(`tools.${module}`));
    const given = args.map((value) => {
      if (!(value instanceof File)) return value;
      folders.push(mounted(value));
      return `${folders.at(-1)}/file`;
    });
    self.postMessage({ id, value: modules.get(module)[name](...given) });
  } catch (error) {
    // What overflows the browser's stack, or its memory, takes the interpreter with it.
    const fatal = !python || error instanceof RangeError || Boolean(error.pyodide_fatal_error);
    self.postMessage({ id, fatal, error: String(error.message ?? error).trim().split("\n").pop() });
  } finally {
    for (const folder of folders) python.FS.unmount(folder);
  }
};
