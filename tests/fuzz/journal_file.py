"""The journal's file itself: bytes that a worn or copied card may hold."""

from node.state.file import JournalUnwritable
from node.state.journal import Journal
from node.state.promise import Attempt
from tests.fuzz.campaign import Target
from tests.fuzz.files import scratch, written

_FOLDER = "journals"
_ATTEMPT = Attempt(nonce=3, hash="0x" + "ab" * 32, raw=b"\x02", fee_wei=9, tip_wei=1, closes=False)


def target(data: bytes) -> None:
    """Open a file of these bytes: it is taken, kept aside, or said to be unusable."""
    _clear()
    path = written(f"{_FOLDER}/journal.db", data)
    journal = Journal(path)
    try:
        journal.open()
        journal.live()
        journal.find("OpenOrder 1")
        journal.items("")
        journal.prepare("OpenOrder 2", "{}", _ATTEMPT)
        journal.put("key", "text", durable=True)
    except JournalUnwritable:
        return
    finally:
        journal.close()


def _clear() -> None:
    folder = scratch() / _FOLDER
    folder.mkdir(exist_ok=True)
    for path in folder.iterdir():
        path.unlink()


def _file() -> bytes:
    _clear()
    journal = Journal(scratch() / _FOLDER / "journal.db")
    journal.open()
    for number in range(3):
        journal.prepare(f"OpenOrder {number}", "{}", _ATTEMPT)
        journal.put(f"key{number}", "text", durable=True)
    journal.close()
    return (scratch() / _FOLDER / "journal.db").read_bytes()


TARGET = Target(
    name="journal_file", run=target, examples=(_file(),), tokens=(b"SQLite format 3\0",), sample=300
)
