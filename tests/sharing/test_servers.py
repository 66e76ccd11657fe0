"""The same against real servers, started here: S3, WebDAV and SFTP."""

import gc

import pytest

from colacli.errors import IntegrityError, UnavailableError, UnknownReferenceError
from colacli.events import ignore
from colacli.sharing.address import Address, connect
from colacli.store.store import Store
from colacli.workflows.sharing import pull, push
from factories import servers
from factories.runs import commit_family, contents, flip_byte

pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),  # the clients leave their connections to the process's end
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture(autouse=True)
def _no_connection_stays():
    """What a client left open is collected where the warning is expected."""
    yield
    gc.collect()


@pytest.fixture(scope="module")
def s3():
    """A bucket."""
    with servers.s3() as address_of:
        yield address_of


@pytest.fixture(scope="module")
def webdav(tmp_path_factory):
    """A folder served with a password."""
    with servers.webdav(tmp_path_factory.mktemp("webdav")) as address_of:
        yield address_of


@pytest.fixture(scope="module")
def sftp(tmp_path_factory):
    """A folder served over SSH."""
    with servers.sftp(tmp_path_factory.mktemp("sftp")) as address_of:
        yield address_of


@pytest.fixture(params=["s3", "webdav", "sftp"])
def address(request, tmp_path):
    """An address on each server, of a place that is empty and, where there are folders, not there yet."""
    made = request.getfixturevalue(request.param)
    if request.param == "s3":
        import fsspec

        bucket = tmp_path.name.replace("_", "-").lower()[:40]
        fsspec.filesystem("s3", skip_instance_cache=True, **made("x").options).mkdir(bucket)
        return made(f"{bucket}/a/prefix")
    return made(f"{tmp_path.name}/a/folder")


def outcomes(shared):
    """What became of each run."""
    return [one.outcome for one in shared]


def test_what_is_pushed_is_pulled(store, address, tmp_path):
    """Every file of every run has the bytes it had; what is there, on either side, is not sent again."""
    _, student = commit_family(store, weights=bytes(range(256)) * 5000)
    other = Store(tmp_path / "other")

    assert outcomes(push(store, address, [student.key], ignore)) == ["sent", "sent"]
    assert outcomes(push(store, address, [student.key], ignore)) == ["present", "present"]
    assert outcomes(pull(other, address, [student.key[:6]], name=None, on_event=ignore)) == ["added", "added"]
    assert outcomes(pull(other, address, [student.key], name=None, on_event=ignore)) == ["present", "present"]
    assert contents(other) == contents(store)


@pytest.mark.slow
def test_an_interrupted_push_goes_on(store, address, tmp_path):
    """What was left by a push that died half-way is no run, and becomes one."""
    _, student = commit_family(store)
    other, remote = Store(tmp_path / "other"), connect(address)
    put = remote._put

    def die(source, target, *, replace):
        if source.name == "predictions-in_domain_dev.tsv":
            raise KeyboardInterrupt
        put(source, target, replace=replace)

    remote._put = die
    with pytest.raises(KeyboardInterrupt):
        remote.push(student, ignore)
    with pytest.raises(UnknownReferenceError):
        connect(address).find(student.key)
    push(store, address, [student.key], ignore)
    pull(other, address, [student.key], name=None, on_event=ignore)

    assert contents(other) == contents(store)


@pytest.mark.slow
def test_damage_there_is_refused_and_repaired(store, address, tmp_path):
    """A file that is gone from the remote keeps the run out, with its teacher; the next push sends it."""
    _, student = commit_family(store)
    other, remote = Store(tmp_path / "other"), connect(address)
    push(store, address, [student.key], ignore)
    remote._fs.rm_file(f"{remote._runs}/{student.key}/metrics.json")

    with pytest.raises(IntegrityError, match="is incomplete"):
        pull(other, address, [student.key], name=None, on_event=ignore)
    assert contents(other) == {}
    assert outcomes(push(store, address, [student.key], ignore)) == ["present", "sent"]
    pull(other, address, [student.key], name=None, on_event=ignore)
    assert contents(other) == contents(store)


@pytest.mark.slow
def test_a_changed_byte_there_is_refused(store, address, tmp_path):
    """The bytes that come in are hashed, whatever the server says of them."""
    _, student = commit_family(store)
    other, remote = Store(tmp_path / "other"), connect(address)
    push(store, address, [student.key], ignore)
    flip_byte(student.path / "model.safetensors")
    target = f"{remote._runs}/{student.key}/model.safetensors"
    remote._fs.rm_file(target)
    remote._fs.put_file(str(student.path / "model.safetensors"), target)

    with pytest.raises(IntegrityError, match="other bytes"):
        pull(other, address, [student.key], name=None, on_event=ignore)

    assert contents(other) == {}


def test_an_empty_place_has_no_runs(store, address):
    """Nothing is found, which is no failure of the remote."""
    with pytest.raises(UnknownReferenceError, match="stands for 0 runs"):
        pull(store, address, ["abcd"], name=None, on_event=ignore)


def test_a_missing_bucket_is_said(store, s3):
    """Nobody makes a bucket by mistyping its name."""
    _, student = commit_family(store)

    with pytest.raises(UnavailableError, match="bucket does not exist"):
        push(store, s3("no-such-bucket/x"), [student.key], ignore)


def test_a_wrong_password_is_said(store, webdav):
    """The remote is unavailable; the password is not in the message."""
    _, student = commit_family(store)
    address = Address(webdav("x").url.replace("secret", "wrong"))

    with pytest.raises(UnavailableError, match="401") as caught:
        push(store, address, [student.key], ignore)

    assert "wrong" not in caught.value.message


def test_an_unknown_host_is_not_trusted(store, sftp, tmp_path):
    """A host whose key is not known gets nothing."""
    _, student = commit_family(store)
    known = sftp("x")
    (tmp_path / "known_hosts").touch()
    address = Address(known.url, {**known.options, "known_hosts": str(tmp_path / "known_hosts")})

    with pytest.raises(UnavailableError, match=r"[Hh]ost key"):
        push(store, address, [student.key], ignore)


@pytest.mark.slow
@pytest.mark.parametrize("protocol", ["webdav", "sftp", "s3"])
def test_a_dead_address_is_said(store, protocol, monkeypatch):
    """Where nobody listens, the remote is unavailable, and the hint says what to look at."""
    pytest.importorskip({"webdav": "webdav4", "sftp": "sshfs", "s3": "s3fs"}[protocol], reason="no client for it")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "someone")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    _, student = commit_family(store)
    s3 = Address("s3://bucket/x", {"endpoint_url": "http://127.0.0.1:1"})
    address = s3 if protocol == "s3" else Address(f"{protocol}://127.0.0.1:1/x")

    with pytest.raises(UnavailableError) as caught:
        push(store, address, [student.key], ignore)

    assert caught.value.message.startswith(address.shown)
    assert "network" in caught.value.hint
