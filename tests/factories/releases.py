"""The public release of CoLA in small, a site that serves it, and the real one where it is."""

from __future__ import annotations

import hashlib
import io
import zipfile
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from colacli.data.cola import Release

SHARED = Path(__file__).parents[2].parent / "shared"
COLA = SHARED / "cola"
needs_cola = pytest.mark.skipif(not COLA.is_dir(), reason="the public release is not beside this checkout")
needs_corpora = pytest.mark.skipif(
    not (SHARED / "corpora").is_dir(), reason="the published corpora are not beside this checkout"
)

FILES = {
    "in_domain_train.tsv": b"s\t1\t\tIt rains.\ns\t0\t*\tRains it.\n" * 2000,
    "in_domain_dev.tsv": b's\t1\t\tShe said "no".\r\n',
    "out_of_domain_dev.tsv": b"s\t0\t*\tSlept he.",
}


def digest(content):
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def archive_of(members):
    """A ZIP file, not compressed, of these members."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return stream.getvalue()


GOOD = archive_of({f"cola_public/raw/{name}": content for name, content in FILES.items()})


class Site:
    """A web site on this machine with one page, or some, and what it was asked."""

    def __init__(self):
        self.body = GOOD
        self.pages = {}
        self.announced = None
        self.status = 200
        self.agents = []
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                site.agents.append(self.headers["User-Agent"])
                body = site.pages.get(self.path, site.body)
                self.send_response(site.status)
                self.send_header("Content-Length", str(site.announced or len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                """Say nothing on standard error."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.handle_error = lambda *_: None  # a client that hangs up early is meant

    def release(self, **changes):
        """The release as it would be published with the page as it is."""
        release = Release(
            address=f"http://127.0.0.1:{self.server.server_port}/cola.zip",
            size=len(self.body),
            sha256=digest(self.body),
            files={name: digest(content) for name, content in FILES.items()},
        )
        return replace(release, **changes)


def contents(folder):
    """Every file below a folder, hidden ones too, with its bytes."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
