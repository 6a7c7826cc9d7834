"""Follow what a relay says of itself, without asking it for anything: for the plant and tests."""

import asyncio
from collections.abc import AsyncIterator

from node.core.errors import Refused, RelayUnavailable
from node.core.wire.announcement import Announcement, read_relay_line
from node.core.wire.format import LONGEST_RELAY_LINE, write_line
from node.core.wire.lines import HelloLine
from node.system.words import told

CONNECT_WITHIN_S = 5.0
HELLO_EVERY_S = 15.0


async def follow_states(host: str, port: int, client: str) -> AsyncIterator[Announcement]:
    """Yield the relay's state now and at each change, until the conversation breaks.

    Raises:
        RelayUnavailable: it cannot be reached, it went away, or it does not speak our language.
    """
    try:
        async with asyncio.timeout(CONNECT_WITHIN_S):
            reader, writer = await asyncio.open_connection(host, port, limit=LONGEST_RELAY_LINE)
    except OSError as error:
        raise RelayUnavailable(f"no connection to {host}:{port}: {told(error)}") from error
    try:
        writer.write(write_line(HelloLine(client=client)))
        while line := await _line(reader, writer, client):
            said = read_relay_line(line)
            if isinstance(said, Announcement):
                yield said
    except ValueError as error:
        raise RelayUnavailable(f"{host}:{port} sends longer lines than any relay") from error
    except (OSError, Refused) as error:
        why = told(error)
        raise RelayUnavailable(f"the conversation with {host}:{port} broke: {why}") from error
    finally:
        writer.close()
    raise RelayUnavailable(f"{host}:{port} has ended the conversation")


async def _line(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, client: str) -> bytes:
    """Wait for a line; the relay lets those go that say nothing for long."""
    reading = asyncio.ensure_future(reader.readline())
    try:
        while not (await asyncio.wait({reading}, timeout=HELLO_EVERY_S))[0]:
            writer.write(write_line(HelloLine(client=client)))
        return reading.result()
    finally:
        reading.cancel()
