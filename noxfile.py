"""The fast tests under every supported Python that is on this machine, with the newest and the oldest libraries.

`make test-all`; one of them: `nox --session 'tests-3.12(newest)'`. Each takes an environment of a few gigabytes.
"""

import nox

nox.options.error_on_missing_interpreters = False
PYTHONS = nox.project.python_versions(nox.project.load_toml("pyproject.toml"), max_version="3.13")


@nox.session(python=PYTHONS)
@nox.parametrize("libraries", ["newest", "oldest"])
def tests(session: nox.Session, libraries: str) -> None:
    """Newest: what pip takes. Oldest: the lower bounds in pyproject.toml."""
    filters: tuple[str, ...] = ()
    if libraries == "newest":
        session.install("--editable", ".[dev]")
    else:
        filters = ("-W", "default::DeprecationWarning")  # old libraries call what newer ones below them deprecate
        session.install("uv")
        pins = f"{session.create_tmp()}/oldest.txt"
        compiled = (
            "uv",
            "pip",
            "compile",
            "--quiet",
            "--resolution",
            "lowest-direct",
            "--python",
            session.virtualenv.location,
        )
        session.run(*compiled, "--all-extras", "pyproject.toml", "--output-file", pins)
        session.install("--requirement", pins, "--editable", ".[dev]")
    session.run("pytest", "-n", "auto", "--dist", "worksteal", *filters, *session.posargs, env={"OMP_NUM_THREADS": "1"})
