"""The journal when the process is killed, the disk is full, or another process comes."""

import subprocess
import sys
from pathlib import Path

import pytest

from node.state.journal import Journal
from node.system.lock import FileLocked
from tests.parts.waiting import until

ROOT = Path(__file__).parents[3]

CRASHING = """
import os, sys
from pathlib import Path
sys.path.insert(0, {root!r})
from node.state.journal import Journal
from tests.factories.journal import attempt

journal = Journal(Path({path!r}))
journal.open()
for nonce in range(10_000):
    promise = journal.prepare(f"n{{nonce}}", "{{}}", attempt(nonce % 256))
    journal.put("count", str(nonce), durable=True)
    # What follows stands for the broadcast: the test compares it with the journal.
    os.write(1, f"{{nonce}}\\n".encode())
"""


@pytest.mark.failure(
    part="journal",
    failure="the node is killed while the journal is written",
    money="no promise that left is lost",
)
@pytest.mark.parametrize("after", [1, 7, 40])
def test_kill_at_any_instant_loses_no_promise_that_left(tmp_path: Path, after: int) -> None:
    path = tmp_path / "journal.db"
    script = CRASHING.format(root=str(ROOT), path=str(path))
    child = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE)
    assert child.stdout is not None
    left = [int(child.stdout.readline()) for _ in range(after)]
    child.kill()
    child.wait(10)
    left += [int(line) for line in child.stdout.read().splitlines()]
    child.stdout.close()

    journal = Journal(path)
    journal.open()
    promised = [promise.identity for promise in journal.live()]
    count = int(journal.get("count") or -1)
    journal.close()
    assert promised[: len(left)] == [f"n{nonce}" for nonce in left]
    assert len(promised) - len(left) in (0, 1)
    assert count >= left[-1]


FULL = """
import resource, signal, sys
from pathlib import Path
sys.path.insert(0, {root!r})
from node.state.journal import Journal
from node.state.file import JournalUnwritable
from tests.factories.journal import attempt

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
journal = Journal(Path({path!r}))
journal.open()
kept = journal.prepare("kept", "x", attempt())
resource.setrlimit(resource.RLIMIT_FSIZE, (64 * 1024, resource.RLIM_INFINITY))
try:
    for _ in range(100):
        journal.prepare("lost", "x" * 10_000, attempt())
except JournalUnwritable as error:
    print("JournalUnwritable")
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
journal.prepare("after", "x", attempt())
print([p.identity for p in journal.live()][0], [p.identity for p in journal.live()][-1])
"""


@pytest.mark.failure(
    part="journal",
    failure="the disk is full",
    person="a named error",
    money="what was promised before is kept",
    lasts="until there is room",
)
def test_full_disk_is_a_named_error_and_passes(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    script = FULL.format(root=str(ROOT), path=str(path))
    ended = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=600, check=False
    )

    assert ended.stdout.splitlines() == ["JournalUnwritable", "kept after"], ended.stderr


def test_lock_ends_with_its_process(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    script = (
        f"import sys, time; sys.path.insert(0, {str(ROOT)!r})\n"
        "from pathlib import Path\nfrom node.state.journal import Journal\n"
        f"journal = Journal(Path({str(path)!r})); journal.open()\n"
        "print('open', flush=True); time.sleep(60)"
    )
    child = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE)
    assert child.stdout is not None
    assert child.stdout.readline() == b"open\n"
    with pytest.raises(FileLocked):
        Journal(path).open()
    child.kill()
    child.wait(10)
    child.stdout.close()

    def opens() -> bool:
        journal = Journal(path)
        journal.open()
        journal.close()
        return True

    assert until(opens, "the lock is free")
