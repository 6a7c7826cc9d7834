"""Write flight records beside the journal, and keep the newest few."""

import asyncio
import logging
import time
from pathlib import Path

from node.core.errors import Refused
from node.state.recorder import Record, Recorder

log = logging.getLogger(__name__)

RECORDS_NAME = "records"
KEPT_RECORDS = 5


class FlightRecords:
    """Keep one home's flight records in its state directory."""

    def __init__(
        self, state_directory: Path, recorder: Recorder, loop: asyncio.AbstractEventLoop
    ) -> None:
        self._folder = state_directory / RECORDS_NAME
        self._recorder = recorder
        self._loop = loop

    def write_soon(self) -> None:
        """Write one of trouble on another thread: a fault is no time to be late."""
        self._loop.run_in_executor(None, self._write_or_say, "trouble", self._recorder.newest())

    def write(self, why: str, record: Record) -> str:
        """Write a record, drop the oldest ones, and give the file's path.

        Raises:
            Refused: it cannot be written.
        """
        try:
            self._folder.mkdir(exist_ok=True)
            path = self._folder / f"flight-{time.time_ns() // 1_000_000}-{why}.jsonl.gz"
            cycles = self._recorder.dump(path, record)
            for old in sorted(self._folder.glob("flight-*.jsonl*"))[:-KEPT_RECORDS]:
                old.unlink()
        except OSError as error:
            raise Refused("RecordUnwritten", f"no flight record: {error}") from error
        log.info("flight record of %d cycles: %s", cycles, path)
        return str(path)

    def _write_or_say(self, why: str, record: Record) -> None:
        try:
            self.write(why, record)
        except Refused as refusal:
            log.error("%s", refusal.sentence)
