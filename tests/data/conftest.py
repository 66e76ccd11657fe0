"""The public release in small: on a site, and in a folder."""

import threading

import pytest

from factories.releases import FILES, Site


@pytest.fixture
def site(monkeypatch):
    """A site that serves the good archive until told otherwise."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    site = Site()
    thread = threading.Thread(target=site.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield site
    site.server.shutdown()
    site.server.server_close()
    thread.join()


@pytest.fixture
def source(tmp_path):
    """A corpus folder as a person has it."""
    folder = tmp_path / "mine"
    folder.mkdir()
    for name, content in FILES.items():
        (folder / name).write_bytes(content)
    return folder
