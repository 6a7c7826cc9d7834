"""Speak with an endpoint over a socket of this machine, as `geth.ipc`: JSON after JSON.

Nothing says how long a reply is, and not every make ends it with a line end: it ends where its
outermost bracket closes.
"""

import re

from node.ledger.chain.line import BadReply, Line, connected_to_file

_MARKS = re.compile(rb'["\\\[\]{}]')
_BLANKS = b" \t\r\n"


class OverIpc:
    """Talk over one socket, which is kept."""

    def __init__(self, path: str) -> None:
        self._path = path

    def connect(self, until_s: float) -> Line:
        """Connect, within the time.

        Raises:
            OSError: nobody listens there.
        """
        return connected_to_file(self._path, until_s)

    def talk(self, line: Line, body: bytes) -> tuple[bytes, bool]:
        """Send a request, and give the reply.

        Raises:
            OSError: the connection broke, or the time is over.
            BadReply: it is none that is read here.
        """
        line.sendall(body + b"\n")
        reply, brackets = bytearray(), _Brackets()
        while True:
            piece = line.some()
            end = brackets.end_in(piece)
            if end is None:
                reply += piece
                continue
            if piece[end:].strip(_BLANKS):
                raise BadReply("more than one reply to a request")
            return bytes(reply + piece[:end]), True


class _Brackets:
    """Follow a text of JSON to the end of its first value, piece by piece."""

    def __init__(self) -> None:
        self._depth = 0
        self._in_text = False
        self._is_escaped = False

    def end_in(self, piece: bytes) -> int | None:
        """Give the place behind the value's last byte; None while it goes on.

        Raises:
            BadReply: the value is neither an object nor a list.
        """
        if self._depth == 0 and piece.lstrip(_BLANKS)[:1] not in (b"[", b"{", b""):
            raise BadReply("no JSON-RPC: another program")
        next_place = 1 if self._is_escaped else 0
        for mark in _MARKS.finditer(piece):
            place, sign = mark.start(), mark.group()
            if place < next_place:
                continue
            if self._in_text:
                self._in_text = sign != b'"'
                if sign == b"\\":
                    next_place = place + 2
            elif sign == b'"':
                self._in_text = True
            elif sign in (b"[", b"{"):
                self._depth += 1
            elif sign != b"\\":
                self._depth -= 1
                if self._depth == 0:
                    return place + 1
        self._is_escaped = next_place > len(piece)
        return None
