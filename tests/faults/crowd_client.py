"""Be a crowd at a relay's port that repeats signed lines, until stopped.

    python -m tests.faults.crowd_client PORT RELAY KEYSTORE PASSWORD_FILE

So many connections from so many addresses of this machine. Each greets, says a line that the
keystore's account has signed for the newest nonce under a sequence that is used, which is what a
line overheard just now looks like, says it again and again, and comes again when it is let go.
"""

import asyncio
import json
import random
import resource
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from node.keys.account import open_account
from node.ports import Signer
from tests.factories.relay_keys import Boot, hold_line

CONNECTIONS = 1_000
ADDRESSES = 300
SAYS_EVERY_S = 1.0
COMES_AGAIN_S = 2.0
_WITHIN_S = 20.0
_OF_ONE_NET = 200
_USED_SEQUENCE = 1


async def crowd(port: int, relay: str, signer: Signer) -> None:
    """Be all of it."""
    await asyncio.gather(*(_guest(number, port, relay, signer) for number in range(CONNECTIONS)))


async def _guest(number: int, port: int, relay: str, signer: Signer) -> None:
    place = number % ADDRESSES
    address = f"127.0.{2 + place // _OF_ONE_NET}.{1 + place % _OF_ONE_NET}"
    chance = random.Random(number)
    while True:
        with suppress(OSError, TimeoutError, ValueError, KeyError):
            await _visit(port, address, relay, signer)
        await asyncio.sleep(COMES_AGAIN_S * chance.uniform(0.5, 1.5))


async def _visit(port: int, address: str, relay: str, signer: Signer) -> None:
    coming = asyncio.open_connection("127.0.0.1", port, local_addr=(address, 0))
    reader, writer = await asyncio.wait_for(coming, _WITHIN_S)
    try:
        writer.write(b'{"hello":"x"}\n')
        boot: Boot | None = None
        while said := await asyncio.wait_for(reader.readline(), _WITHIN_S):
            heard = json.loads(said)
            if "state" in heard:
                boot = Boot.of(heard["state"])
            elif boot is not None:
                boot.nonce = bytes.fromhex(heard["nonce"][2:])
                await asyncio.sleep(SAYS_EVERY_S)
                writer.write(hold_line(signer, boot, _USED_SEQUENCE, (), relay=relay))
    finally:
        writer.transport.abort()


def main(arguments: Sequence[str]) -> None:
    """Be the crowd."""
    port, relay, keystore, password_file = arguments
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    password = Path(password_file).read_text(encoding="utf-8").strip()
    asyncio.run(crowd(int(port), relay, open_account(Path(keystore), password)))


if __name__ == "__main__":
    main(sys.argv[1:])
