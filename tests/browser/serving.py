"""The built site, served as a web host serves it: for the tests here, and for the benchmarks."""

from __future__ import annotations

import functools
import gzip
import http.server
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import hatch_build
from docs._steps import policy

ROOT = Path(__file__).parents[2]
SITE = ROOT / "site"
COMPRESSED = (".html", ".css", ".js", ".mjs", ".json", ".svg", ".wasm", ".xml")

# Chromium is not to call its maker while a test counts requests.
FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
]

MOUNT = urlsplit(hatch_build.site()).path  # of the site's own address: Material's instant navigation knows pages by it


@functools.cache
def compressed(content: bytes) -> bytes:
    return gzip.compress(content)


class Compressing(http.server.SimpleHTTPRequestHandler):
    """Serves files gzipped, as any web host does, under the path at which the site is published."""

    protocol_version = "HTTP/1.1"

    def translate_path(self, path: str) -> str:
        return super().translate_path(path.removeprefix(MOUNT))

    def do_GET(self) -> None:
        path = Path(self.translate_path(self.path))
        path = path / "index.html" if path.is_dir() else path
        found = path.is_file()
        content = (path if found else SITE / "404.html").read_bytes()
        self.send_response(200 if found else 404)
        if b'class="tool"' in content or path.name == "worker.js":  # as SECURITY.md asks of a host that can
            self.send_header("Content-Security-Policy", policy.strict(content.decode()))
        self.send_header("Content-Type", self.guess_type(str(path)) if found else "text/html")
        if path.name == "sitemap.xml":  # as if this were the site's own address: Material compares pages with the map
            own = hatch_build.site().removesuffix(MOUNT)
            content = content.replace(own.encode(), f"http://{self.headers['Host']}".encode())
        if path.suffix in COMPRESSED:
            content = compressed(content)
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "max-age=3600")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Keeps the output of what it serves readable."""


class Server(http.server.ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), ConnectionError):  # a browser that hangs up is no error
            super().handle_error(request, client_address)


@contextmanager
def served() -> Iterator[str]:
    """The address at which the built site is served, as long as the block runs."""
    server = Server(("127.0.0.1", 0), functools.partial(Compressing, directory=str(SITE)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}{MOUNT}"
    finally:
        server.shutdown()
        server.server_close()
