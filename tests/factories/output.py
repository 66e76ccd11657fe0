"""Commands with their output in pipes and in terminals, for tests of what is printed."""

import os
import struct
import subprocess
import sys
from threading import Thread


def training(base, corpus):
    """A student, quickly."""
    how = ["--epochs", "2", "--hidden", "4", "--device", "cpu"]
    return ["train-student", "--base", str(base), "--data", str(corpus), *how]


def environment(home, **more):
    """For a process with nothing of this user's, and its terminal's width."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("COLACLI_")}
    for name in ("NO_COLOR", "FORCE_COLOR", "COLORTERM", "COLUMNS", "LINES", "PYTHONIOENCODING", "PYTHONUTF8"):
        kept.pop(name, None)
    return {**kept, "COLACLI_HOME": str(home), "OMP_WAIT_POLICY": "passive", "TERM": "xterm-256color", **more}


def piped(home, *argv, **more):
    """A command with its output in pipes."""
    return subprocess.run(
        [sys.executable, "-m", "colacli", *argv],
        env=environment(home, **more),
        cwd=home,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=200,
        check=False,
    )


def in_terminal(home, *argv, columns=120, typed=None, **more):
    """A command with a terminal for its output and another for its errors; what each showed.

    Where something is typed, its input is a terminal too.
    """
    import fcntl  # these three are POSIX's, and conftest.py needs this module on any system
    import pty
    import termios

    screens = [pty.openpty() for _ in range(2)]
    for _, inner in screens:
        fcntl.ioctl(inner, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    keyboard = pty.openpty() if typed is not None else ()
    if typed is not None:
        os.write(keyboard[0], typed.encode())
    process = subprocess.Popen(
        [sys.executable, "-m", "colacli", *argv],
        env=environment(home, **{"LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", **more}),
        cwd=home,
        stdin=keyboard[1] if keyboard else subprocess.DEVNULL,
        stdout=screens[0][1],
        stderr=screens[1][1],
    )
    shown = [b"", b""]

    def read(number):
        try:
            while chunk := os.read(screens[number][0], 65536):
                shown[number] += chunk
        except OSError:  # how a terminal says that nobody writes to it any more
            pass

    readers = [Thread(target=read, args=(number,)) for number in range(2)]
    for reader, (_, inner) in zip(readers, screens, strict=True):
        os.close(inner)
        reader.start()
    status = process.wait(timeout=200)
    for reader, (outer, _) in zip(readers, screens, strict=True):
        reader.join(timeout=200)
        os.close(outer)
    for end in keyboard:
        os.close(end)
    return status, *(text.decode().replace("\r\n", "\n") for text in shown)
