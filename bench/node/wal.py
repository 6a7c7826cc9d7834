"""Count the frames and commits that SQLite appends to a write-ahead log, from the file itself.

The format (https://www.sqlite.org/fileformat2.html#walformat): a header of 32 bytes (page size at
8, salts at 16), then frames of 24 bytes and a page; a frame's second word is not 0 where it ends a
commit, and its salts are the header's. A log that is only reserved is zeros.
"""

import struct
from pathlib import Path

HEADER_BYTES, FRAME_HEADER_BYTES = 32, 24


class WalCount:
    """Follow one log from now on; `look` often, for a reset log begins again at its start."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._salts = b""
        self._seen = 0
        self.frames = self.commits = self.frame_bytes = 0
        self.look()
        self.frames = self.commits = self.frame_bytes = 0

    def look(self) -> None:
        """Count the frames that have come since the last look."""
        try:
            file = self._path.open("rb")
        except FileNotFoundError:
            return
        with file:
            header = file.read(HEADER_BYTES)
            if len(header) < HEADER_BYTES or not any(header):
                return
            (page_bytes,) = struct.unpack_from(">I", header, 8)
            if header[16:24] != self._salts:
                self._salts, self._seen = header[16:24], 0
            step = FRAME_HEADER_BYTES + page_bytes
            while True:
                file.seek(HEADER_BYTES + self._seen * step)
                frame = file.read(FRAME_HEADER_BYTES)
                if len(frame) < FRAME_HEADER_BYTES or frame[8:16] != self._salts:
                    return
                self._seen += 1
                self.frames += 1
                self.frame_bytes += step
                self.commits += frame[4:8] != bytes(4)
