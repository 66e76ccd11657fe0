"""Tars for tests: what was exported, changed in every way that a person or an accident might."""

import io
import json
import tarfile

from colacli.events import ignore
from colacli.store.canonical import canonical
from colacli.workflows.sharing import bring_in
from factories.runs import resealed


def unpacked(content):
    """Name and bytes of each member."""
    with tarfile.open(fileobj=io.BytesIO(content)) as tar:
        return {member.name: tar.extractfile(member).read() for member in tar.getmembers()}


def packed(members, form=tarfile.USTAR_FORMAT):
    """A tar of these; a value is bytes, or a header."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=form) as tar:
        for name, value in members:
            header = value if isinstance(value, tarfile.TarInfo) else tarfile.TarInfo(name)
            header.size = 0 if header is value else len(value)
            tar.addfile(header, io.BytesIO(b"" if header is value else value))
    return buffer.getvalue()


def header(name, kind, link=""):
    """A member that is no file."""
    made = tarfile.TarInfo(name)
    made.type, made.linkname = kind, link
    return name, made


def changed(content, ending, change):
    """The tar with the first member whose name ends so given other bytes."""
    members = unpacked(content)
    name = next(name for name in members if name.endswith(ending))
    return packed({**members, name: change(members[name])}.items())


def manifest_with(content, change):
    """The tar with the first manifest's values changed, under a seal that is right."""

    def rewrite(old):
        values = json.loads(old)
        change(values)
        return resealed(values)

    return changed(content, "manifest.json", rewrite)


def with_member(content, *members):
    """The tar with more at its end."""
    return packed([*unpacked(content).items(), *members])


def without(content, ending):
    """The tar without the first member whose name ends so."""
    members = unpacked(content)
    del members[next(name for name in members if name.endswith(ending))]
    return packed(members.items())


def first_folder(content):
    """Folder of the first run in it."""
    return next(name for name in unpacked(content) if name.startswith("runs/")).rpartition("/")[0]


def rekeyed(content):
    """The tar with the first run's folder called otherwise, everywhere."""
    old = first_folder(content).removeprefix("runs/")
    members = unpacked(content).items()
    return packed(
        (name.replace(old, "9" * 64), value.replace(old.encode(), b"9" * 64) if name == "export.json" else value)
        for name, value in members
    )


def with_size(content, field):
    """The tar with the second header's size field replaced, and its checksum made right."""
    block = bytearray(content[1024:1536])
    block[124:136] = field
    return content[:1024] + checked(block) + content[1536:]


def checked(block):
    """A header with its checksum made right."""
    block = bytearray(block)
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


def sized(name, size):
    """A change of a manifest: it says so many bytes."""
    return lambda values: values["files"][name].update(size=size)


def both_huge(values):
    """A change of a manifest: two files that alone would not be too large."""
    for name in ("model.safetensors", "predictions-in_domain_dev.tsv"):
        values["files"][name].update(size=1 << 35)


def named(name):
    """A change of a manifest: it lists another file."""
    return lambda values: values["files"].update({name: {"sha256": "0" * 64, "size": 1}})


def unlisted(old):
    """The list of contents without the ancestors."""
    values = json.loads(old)
    return canonical({**values, "runs": values["asked"]})


def with_header(content, number, offset, field):
    """The bytes with a field of one header written over, and its checksum made right."""
    headers = [at for at in range(0, len(content), 512) if content[at + 257 : at + 262] == b"ustar"]
    if not headers:
        return content
    at = headers[number % len(headers)]
    block = content[at : at + offset] + field + content[at + offset + len(field) : at + 512]
    return content[:at] + checked(block[:512]) + content[at + 512 :]


def take(store, content):
    """Import a file with these bytes."""
    store.root.mkdir(exist_ok=True)
    path = store.root.parent / "foreign.tar"
    path.write_bytes(content)
    return bring_in(store, path, name=None, on_event=ignore)
