"""Follows the tutorial as a stranger would, and times it: a fresh clone in a fresh folder, an environment with nothing but pip,
and the page's own commands and program. `python docs/tools/five_minutes.py`; everything is downloaded anew, `--cached` uses what
this machine has.

The second terminal begins when the sandbox has printed its settings, as a reader would.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^```(console|python|text)\n(.*?)^```", re.DOTALL | re.MULTILINE)
EXPORT = re.compile(r"^\s*export (\w+)=(\S+)$", re.MULTILINE)
OURS = re.compile(r"ANYPSA_|VIRTUAL_ENV|PYTHON|UV_(RUN|PROJECT|CACHE)|NOX")
SETTINGS = 5
LONGEST = 900.0
LIMIT = 300.0


class Reader:
    """Does what the page says, step by step, and looks at the watch."""

    def __init__(self, home: Path, *, cached: bool) -> None:
        self.folder = home / "anypsa"
        self.environment = {name: value for name, value in os.environ.items() if not OURS.match(name)}
        self.environment["PATH"] = f"{home / 'venv' / 'bin'}{os.pathsep}{os.environ['PATH']}"
        if not cached:
            self.environment |= {"UV_CACHE_DIR": str(home / "cache"), "PIP_NO_CACHE_DIR": "1"}
        self.began = self.last = time.monotonic()

    def ran(self, step: str) -> None:
        """Tells how long a step took."""
        now = time.monotonic()
        print(f"{now - self.last:7.1f} s  {step}", flush=True)
        self.last = now

    def run(self, command: str, expected: str = "") -> None:
        """Runs a command of the page."""
        bash = [str(shutil.which("bash")), "-euo", "pipefail", "-c", command]
        done = subprocess.run(  # noqa: S603  # our own page's words
            bash, cwd=self.folder, env=self.environment, capture_output=True, text=True, timeout=LONGEST, check=False
        )
        if done.returncode or expected not in done.stdout:
            sys.exit(f"{command}\n{done.stdout}\n{done.stderr}\nexpected:\n{expected}")
        self.ran(command.strip().splitlines()[-1])

    @contextmanager
    def meanwhile(self, command: str) -> Iterator[str]:
        """Runs a command in a terminal of its own; gives what it printed when it has printed the settings."""
        said = self.folder.parent / "said.txt"
        bash = [str(shutil.which("bash")), "-c", f"exec 2>&1; {command.replace('uv run', 'exec uv run')}"]
        with (
            said.open("w") as out,
            subprocess.Popen(bash, cwd=self.folder, env=self.environment, stdout=out) as running,  # noqa: S603  # see run
        ):
            try:
                while len(EXPORT.findall(said.read_text())) < SETTINGS:
                    if running.poll() is not None or time.monotonic() > self.last + LONGEST:
                        sys.exit(f"{command}\n{said.read_text()}")
                    time.sleep(0.1)
                self.ran(command.strip())
                yield said.read_text()
            finally:
                running.terminate()


def follow(page: str, reader: Reader) -> None:
    """The first command serves; the others, and the program as far as it stands, run beside it in their order."""
    blocks = BLOCK.findall(page)
    with reader.meanwhile(blocks[0][1]) as said:
        reader.environment |= dict(EXPORT.findall(said)[:SETTINGS])
        commands = [text for kind, text in blocks[1:] if kind == "console"]
        program = "".join(text for kind, text in blocks if kind == "python")
        printed = "".join(text for kind, text in blocks if kind == "text")
        (reader.folder / "first.py").write_text(program, encoding="utf-8")
        reader.run(commands[0])
        reader.run("uv run python first.py", printed)
        for command in commands[1:]:
            reader.run(command)


def main() -> None:
    """Times the tutorial; more than five minutes is a failure."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder).resolve()
        venv.create(home / "venv", with_pip=True)
        reader = Reader(home, cached="--cached" in sys.argv[1:])
        clone = ["git", "clone", "--quiet", str(ROOT), str(reader.folder)]
        subprocess.run(clone, check=True, timeout=LONGEST)  # noqa: S603  # our own words
        reader.ran("git clone")
        follow((reader.folder / "docs" / "tutorial.md").read_text(encoding="utf-8"), reader)
    took = reader.last - reader.began
    print(f"{took:7.1f} s  from nothing to notes on the sandbox")
    if took > LIMIT:
        sys.exit("that is more than five minutes")


if __name__ == "__main__":
    main()
