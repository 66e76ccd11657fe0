"""A small server that speaks what of the Hugging Face hub's protocol an upload needs, and keeps what arrives."""

import base64
import hashlib
import json
import re
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

TOKEN = "hf_" + "secretsecretsecret"
USER = "ada"


class Hub:
    """Repositories by name: whether they are private, their files and the messages of their commits."""

    def __init__(self):
        self.repositories = {}
        self.requests = []
        self.lfs = {}

    def add(self, name, private=False, **files):
        """A repository that is there."""
        self.repositories[name] = {"private": private, "files": files, "commits": []}


class _Handler(BaseHTTPRequestHandler):
    """One request."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        """Nothing is printed."""

    def _answer(self, status, document=None, **headers):
        body = json.dumps(document if document is not None else {}).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(body)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def _body(self):
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def _handle(self):
        hub, path, body = self.server.hub, self.path.partition("?")[0], self._body()
        hub.requests.append(f"{self.command} {path}")
        if stored := re.fullmatch("/lfs/([0-9a-f]{64})", path):
            hub.lfs[stored[1]] = body
            return self._answer(200)
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            return self._answer(401, {"error": "Invalid username or password."})
        if path == "/api/whoami-v2":
            return self._answer(200, {"name": USER, "type": "user", "orgs": []})
        if path == "/api/validate-yaml":
            return self._answer(200, {"errors": [], "warnings": []})
        if path == "/api/repos/create":
            return self._create(json.loads(body))
        name, rest = re.fullmatch(r"(?:/api/models)?/([\w.-]+/[\w.-]+?)(|/.*|\.git/.*)", path).groups()
        if name not in hub.repositories:
            return self._answer(404, {"error": "Repository not found"}, X_Error_Code="RepoNotFound")
        if self.command == "POST" and not name.startswith(f"{USER}/"):
            return self._answer(403, {"error": f"you may not write to {name}"})
        return self._of_repository(name, rest, body)

    do_GET = do_POST = do_PUT = do_HEAD = _handle  # noqa: N815

    def _create(self, asked):
        owner = asked.get("organization") or USER
        name = f"{owner}/{asked['name']}"
        if owner != USER:
            return self._answer(403, {"error": f"You don't have the rights to create a model under {owner}"})
        if name in self.server.hub.repositories:
            return self._answer(409, {"error": "You already created this model repo"})
        self.server.hub.add(name, private=asked.get("visibility") == "private" or asked.get("private", False))
        return self._answer(200, {"url": f"{self.server.address}/{name}", "name": name, "id": "1"})

    def _of_repository(self, name, rest, body):
        repository = self.server.hub.repositories[name]
        if rest.endswith("/info/lfs/objects/batch"):
            objects = [
                {**one, "actions": {"upload": {"href": f"{self.server.address}/lfs/{one['oid']}"}}}
                for one in json.loads(body)["objects"]
            ]
            return self._answer(200, {"transfer": "basic", "objects": objects})
        if rest.startswith("/preupload/"):
            files = [
                {
                    "path": one["path"],
                    "uploadMode": "lfs" if one["path"].endswith((".safetensors", ".onnx")) else "regular",
                    "shouldIgnore": False,
                }
                for one in json.loads(body)["files"]
            ]
            return self._answer(200, {"files": files})
        if rest.startswith("/commit/"):
            return self._commit(name, repository, [json.loads(line) for line in body.splitlines()])
        siblings = [{"rfilename": file} for file in repository["files"]]
        return self._answer(
            200, {"id": name, "private": repository["private"], "siblings": siblings, "sha": "0" * 40, "tags": []}
        )

    def _commit(self, name, repository, lines):
        for line in lines:
            value = line["value"]
            if line["key"] == "header":
                repository["commits"].append(value["summary"])
            elif line["key"] == "file":
                repository["files"][value["path"]] = base64.b64decode(value["content"])
            elif line["key"] == "lfsFile":
                content = self.server.hub.lfs[value["oid"]]
                assert hashlib.sha256(content).hexdigest() == value["oid"]
                repository["files"][value["path"]] = content
        url = f"{self.server.address}/{name}/commit/{'a' * 40}"
        return self._answer(200, {"success": True, "commitOid": "a" * 40, "commitUrl": url})


@contextmanager
def serving():
    """The hub, and its address on the loopback interface."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    server.hub = Hub()
    server.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.hub, server.address
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
