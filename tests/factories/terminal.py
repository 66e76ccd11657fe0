"""A shell in a terminal."""

import os
import re
import subprocess
import time
import uuid

START = {"bash": "bash --norc", "zsh": "zsh -f", "fish": "fish --private"}


class Terminal:
    """A shell in a terminal, with the completion that was installed for it."""

    def __init__(self, shell, home, store):
        """Start it in an empty folder, with nothing of this user's."""
        self.shell, self.socket, self.cleared = shell, f"colacli-{uuid.uuid4().hex[:8]}", 0
        environment = {
            "PATH": f"{home / 'bin'}:{os.environ['PATH']}",
            "HOME": str(home),
            "COLACLI_HOME": str(store),
            "PS1": "> ",
        }
        environment |= {"LANG": "C.UTF-8", "TERM": "screen"}
        words = [f"{name}={value}" for name, value in environment.items()]
        self.tmux(
            "-f",
            "/dev/null",
            "new-session",
            "-d",
            "-x",
            "150",
            "-y",
            "40",
            "-c",
            str(home),
            "env",
            "-i",
            *words,
            *START[shell].split(),
        )

    def tmux(self, *words):
        """Run a command of tmux's; its output."""
        done = subprocess.run(["tmux", "-L", self.socket, *words], capture_output=True, text=True, check=True)
        return done.stdout

    def type(self, text):
        """Type text, and no Enter."""
        self.tmux("send-keys", "-l", "--", text)

    def enter(self, line):
        """Run a line."""
        self.type(line)
        self.tmux("send-keys", "Enter")

    def wait_for(self, pattern):
        """The match of the pattern on the screen, once there is one."""
        end = time.monotonic() + 120
        while (match := re.search(pattern, screen := self.tmux("capture-pane", "-p"), re.MULTILINE)) is None:
            assert time.monotonic() < end, f"no {pattern} in\n{screen}"
            time.sleep(0.02)
        return match

    def complete(self, text):
        """What a Tab makes of a line; what it becomes ends with a mark, so that it is whole when it is read."""
        self.type(text)
        self.tmux("send-keys", "Tab")
        self.type("%%")
        line = self.wait_for(r"^> (.*)%%")[1]
        self.tmux("send-keys", "C-u")
        self.clear()
        return line

    def clear(self, before=""):
        """Empty the screen, after these commands, and wait until it is: a number stands there that never did before."""
        self.cleared += 1
        self.enter(f"{before}clear; echo {self.cleared}")
        self.wait_for(rf"\A{self.cleared}\n> *$")

    def close(self):
        """End the shell and its terminal."""
        self.tmux("kill-server")
