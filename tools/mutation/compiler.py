"""Keep a compiler loaded: it takes half a second to load, and is fast once it has warmed up."""

import shutil
import subprocess
import tempfile
import time
from pathlib import Path

READY_IN_S = 30.0
_LOOK_EACH_S = 0.02


class Compiler:
    """Hold one compiler, which ends with this program at the latest."""

    def __init__(self, root: Path) -> None:
        # A socket's path must be short.
        self._folder = Path(tempfile.mkdtemp(prefix="solc-"))
        self.socket = self._folder / "s"
        self._process = subprocess.Popen(
            [root / "tools" / "solc", "--serve", self.socket], cwd=root, stdin=subprocess.PIPE
        )
        self._wait()

    def close(self) -> None:
        """End it; may be called twice."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _wait(self) -> None:
        until = time.monotonic() + READY_IN_S
        while not self.socket.exists():
            if self._process.poll() is not None or time.monotonic() > until:
                self.close()
                raise OSError("tools/solc --serve did not begin to answer")
            time.sleep(_LOOK_EACH_S)
