"""Stand between a node and its broker, and break the line when told to."""

import asyncio
import contextlib


class BrokenLine:
    """Forward to a port; use it as an asynchronous context manager.

    Where `held_from` is in what the node sends, that and all after it never gets through. Once
    `mute_from` is, nothing that the broker says does. A connection gets no answer before `answers`
    is set; the next `refused` ones break at once.
    """

    def __init__(self, port: int) -> None:
        self.port = 0
        self.answers = asyncio.Event()
        self.answers.set()
        self.held_from: bytes | None = None
        self.is_holding = False
        self.mute_from: bytes | None = None
        self.is_mute = False
        self.refused = 0
        self._to = port
        self._open: set[asyncio.StreamWriter] = set()

    async def __aenter__(self) -> "BrokenLine":
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        self.cut()

    def cut(self) -> None:
        """End every connection at once."""
        for end in tuple(self._open):
            end.transport.abort()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.refused:
            self.refused -= 1
            writer.transport.abort()
            return
        with contextlib.suppress(OSError):
            await self.answers.wait()
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._to)
            self._open |= {writer, far_writer}
            back = asyncio.create_task(self._answer(far_reader, writer))
            await self._send(reader, far_writer)
            far_writer.transport.abort()
            await back
            self._open -= {writer, far_writer}
        writer.transport.abort()

    async def _send(self, reader: asyncio.StreamReader, far: asyncio.StreamWriter) -> None:
        while data := await reader.read(4096):
            if self.held_from is not None and self.held_from in data:
                self.is_holding = True
            if self.is_holding:
                continue
            if self.mute_from is not None and self.mute_from in data:
                self.is_mute = True
            far.write(data)

    async def _answer(self, far: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await far.read(4096):
                if not self.is_mute:
                    writer.write(data)
        writer.transport.abort()
