"""The commits of a write-ahead log are counted from the file itself."""

from pathlib import Path

from bench.node.wal import WalCount
from node.state.file import LOG_PAGES
from node.state.journal import Journal


def test_commits_and_frames_are_counted_over_a_reset_of_the_log(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    journal = Journal(path)
    journal.open()
    count = WalCount(path.with_name("journal.db-wal"))

    for number in range(LOG_PAGES):
        journal.put("key", str(number), durable=True)
        count.look()
    journal.close()

    assert count.commits == LOG_PAGES
    assert count.frames == LOG_PAGES
    assert count.frame_bytes == LOG_PAGES * (24 + 1024)


def test_log_that_is_only_reserved_holds_nothing(tmp_path: Path) -> None:
    log = tmp_path / "log"
    count = WalCount(log)
    log.write_bytes(bytes(5_000))

    count.look()

    assert (count.commits, count.frames) == (0, 0)
