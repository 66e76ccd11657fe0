"""Servers of other places for runs, on this machine: each gives addresses, and skips the test without its packages."""

import asyncio
import gc
import logging
import threading
from contextlib import contextmanager

import pytest

from colacli.sharing.address import Address


@contextmanager
def s3():
    """A bucket, as an address that takes its credentials from the environment."""
    pytest.importorskip("s3fs", reason="s3fs is not installed")
    pytest.importorskip("flask_cors", reason="flask-cors is not installed")
    server_of = pytest.importorskip("moto.server", reason="moto is not installed")
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = server_of.ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", "someone")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        yield lambda path: Address(f"s3://{path}", {"endpoint_url": f"http://{host}:{port}"})
    server.stop()


@contextmanager
def webdav(folder):
    """A folder served with a password."""
    pytest.importorskip("webdav4", reason="webdav4 is not installed")
    wsgi = pytest.importorskip("cheroot.wsgi", reason="cheroot is not installed")
    served = pytest.importorskip("wsgidav.wsgidav_app", reason="wsgidav is not installed")
    app = served.WsgiDAVApp(
        {
            "provider_mapping": {"/": str(folder)},
            "simple_dc": {"user_mapping": {"*": {"someone": {"password": "secret"}}}},
            "verbose": 0,
            "logging": {"enable": False},
        }
    )
    server = wsgi.Server(("127.0.0.1", 0), app, numthreads=2)
    server.prepare()
    thread = threading.Thread(target=server.serve, daemon=True)
    thread.start()
    host, port = server.bind_addr
    yield lambda path: Address(f"webdav://someone:secret@{host}:{port}/{path}")
    server.stop()
    thread.join()


@contextmanager
def sftp(folder):
    """A folder served over SSH, to whoever has the key; its host is known by a file."""
    asyncssh = pytest.importorskip("asyncssh", reason="sshfs is not installed")
    pytest.importorskip("sshfs", reason="sshfs is not installed")
    host_key, user_key = (asyncssh.generate_private_key("ssh-ed25519") for _ in range(2))
    user_key.write_private_key(folder / "key")
    (folder / "authorized").write_bytes(user_key.export_public_key())
    (folder / "served").mkdir()
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    def factory(channel):
        return asyncssh.SFTPServer(channel, chroot=str(folder / "served"))

    async def listen():
        return await asyncssh.listen(
            "127.0.0.1",
            0,
            server_host_keys=[host_key],
            authorized_client_keys=str(folder / "authorized"),
            sftp_factory=factory,
        )

    server = asyncio.run_coroutine_threadsafe(listen(), loop).result(20)
    port = server.get_port()
    public = host_key.export_public_key().decode()
    (folder / "known_hosts").write_text(f"[127.0.0.1]:{port} {public}")
    options = {"client_keys": [str(folder / "key")], "known_hosts": str(folder / "known_hosts")}
    yield lambda path: Address(f"sftp://someone@127.0.0.1:{port}/{path}", options)
    asyncio.run_coroutine_threadsafe(shut(server), loop).result(20)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()
    gc.collect()


async def shut(server):
    """Close a listening server, and what is still connected to it."""
    server.close()
    mine = asyncio.current_task()
    rest = [task for task in asyncio.all_tasks() if task is not mine]
    for task in rest:
        task.cancel()
    await asyncio.gather(*rest, return_exceptions=True)
