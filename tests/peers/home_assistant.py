"""A running Home Assistant, asked line by line; its folder outlasts its process."""

import json
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.parts.waiting import until
from tests.peers.root import CLEAN, PYTHON
from village.tcp import free_port

HOST = Path(__file__).with_name("ha_host.py")
_ENTER = (
    'mount -t proc proc "$0/proc" && mount --rbind /dev "$0/dev" && mount --bind "$1" "$0/srv"'
    ' && root=$0 && shift && exec chroot "$root" "$@"'
)
"""In a space of its own for mounts, so that nothing of them is left."""


class HomeAssistant:
    """Start and stop it; what it keeps lies in a folder of the test's."""

    def __init__(self, root: Path, folder: Path, port: int, user: str, password: str) -> None:
        self._root = root
        self._folder = folder
        self._login = (str(port), user, password)
        self._process: subprocess.Popen[str] | None = None
        (folder / "config").mkdir(parents=True)
        (folder / "config/configuration.yaml").touch()
        shutil.copy(HOST, folder)

    def start(self) -> None:
        """Start it, and wait until it has started."""
        words = ("/srv/ha_host.py", "/srv/config", *self._login, str(free_port()))
        enter = ("unshare", "--mount", "sh", "-c", _ENTER, str(self._root), str(self._folder))
        with self.log.open("a") as log:
            self._process = subprocess.Popen(
                [*enter, *CLEAN, PYTHON, *words],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        assert self._answer() == "started"

    def stop(self) -> None:
        """End it in an orderly way; may be called twice."""
        process, self._process = self._process, None
        if process is not None:
            assert process.stdin is not None
            process.stdin.close()
            process.wait(120)

    @property
    def log(self) -> Path:
        """Give the file with what it complains of."""
        return self._folder / "log"

    def ask(self, do: str, **words: Any) -> Any:
        """Have one thing done, and give its answer."""
        assert self._process is not None and self._process.stdin is not None
        self._process.stdin.write(json.dumps({"do": do, **words}) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def state(self, entity_id: str) -> str | None:
        """Give an entity's state, None where there is no such entity."""
        found: Mapping[str, Any] | None = self.ask("state", entity_id=entity_id)
        return found["state"] if found is not None else None

    def until_state(self, entity_id: str, wanted: str) -> None:
        """Wait until an entity has a state."""
        until(lambda: self.state(entity_id) == wanted, f"{entity_id} is {wanted}")

    def _answer(self) -> Any:
        assert self._process is not None and self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, self.log.read_text()[-4000:]
        return json.loads(line)["answer"]
