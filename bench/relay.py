"""Measure the relay server: how fast it starts, how small it stays, how many it can serve."""

import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from socket import create_connection, socket

import psutil

from node.core.wire.format import write_line
from node.core.wire.lines import HoldLine, digest
from node.keys.account import Account, account_of_key
from node.keys.keccak import keccak256

Row = dict[str, str | int | float]

STARTS = 5
READERS = 100
READS_EACH = 20
READ_EVERY_S = 0.5
RENEWALS = 3000
RENEWING_HOMES = 4
STATE_LIMIT = 65_536

_ROOT = Path(__file__).parents[1]


def rows() -> Iterable[Row]:
    """Run every case."""
    with tempfile.TemporaryDirectory() as scratch:
        relay = _Relay(Path(scratch))
        yield _row("start_to_open_port", STARTS, "median", _start_times(relay), "s")
        with relay.running() as process:
            yield _row("resident", 1, "after start", _resident_mb(process), "MB")
            latencies = asyncio.run(_readers(relay.port))
            for percent in (50, 99):
                latency_ms = statistics.quantiles(latencies, n=100)[percent - 1] * 1000
                yield _row("readers", READERS, f"p{percent}", latency_ms, "ms")
            burst_ms = statistics.quantiles(asyncio.run(_burst(relay.port)), n=100)[98] * 1000
            yield _row("readers at one instant", READERS, "p99", burst_ms, "ms")
            for homes in (1, RENEWING_HOMES):
                rate = asyncio.run(_renewals(relay.port, homes))
                yield _row("signed renewals", homes, "rate", rate, "1/s")
            yield _row("resident", 1, "after the load", _resident_mb(process), "MB")


def _row(case: str, n: int, metric: str, value: float, unit: str) -> Row:
    shown = round(value, 3)
    return {"bench": "relay", "case": case, "n": n, "metric": metric, "value": shown, "unit": unit}


class _Relay:
    """A relay server process with a board of its own for each of the renewing homes."""

    def __init__(self, scratch: Path) -> None:
        with socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        connections = [
            {"load": f"h{n}", "source": f"s{n}", "channels": [n], "holder": _account(n).account}
            for n in range(RENEWING_HOMES)
        ]
        relay = {
            "name": "relay1",
            "board": "mock",
            "port": self.port,
            "listen": "127.0.0.1",
            "state_directory": str(scratch / "state"),
            "connections": connections,
            # The renewals are signed beforehand.
            "nonce_s": 60,
        }
        self._parameters = scratch / "parameters.yml"
        self._parameters.write_text(json.dumps({"relay": relay}))

    @contextmanager
    def running(self) -> "Iterator[subprocess.Popen[bytes]]":
        """Start it, and wait for the open port."""
        process = subprocess.Popen(
            [sys.executable, "-m", "relay_server", "--parameters", str(self._parameters)],
            cwd=_ROOT,
            stderr=subprocess.DEVNULL,
        )
        try:
            while True:
                try:
                    create_connection(("127.0.0.1", self.port), 1).close()
                    break
                except ConnectionRefusedError:
                    time.sleep(0.002)
            yield process
        finally:
            process.terminate()
            process.wait()


def _start_times(relay: _Relay) -> float:
    times: list[float] = []
    for _ in range(STARTS):
        begun = time.monotonic()
        with relay.running():
            times.append(time.monotonic() - begun)
    return statistics.median(times)


def _resident_mb(process: "subprocess.Popen[bytes]") -> float:
    resident: int = psutil.Process(process.pid).memory_info().rss
    return resident / 1e6


async def _readers(port: int) -> list[float]:
    """Let a hundred clients read at their own pace, as an ancestor's do: one connection a read."""

    async def client(number: int) -> list[float]:
        await asyncio.sleep(READ_EVERY_S * number / READERS)
        times: list[float] = []
        for _ in range(READS_EACH):
            times.append(await _read(port))
            await asyncio.sleep(READ_EVERY_S)
        return times

    everyone = await asyncio.gather(*(client(number) for number in range(READERS)))
    return [latency for times in everyone for latency in times]


async def _burst(port: int) -> list[float]:
    """Let a hundred clients, connected before, read in the same instant."""
    links = [await asyncio.open_connection("127.0.0.1", port) for _ in range(READERS)]
    begun = time.monotonic()
    for _, writer in links:
        writer.write(b"ReadDATA|0,1,2,3")

    async def answered(reader: asyncio.StreamReader) -> float:
        await reader.read()
        return time.monotonic() - begun

    times = await asyncio.gather(*(answered(reader) for reader, _ in links))
    for _, writer in links:
        writer.close()
    return list(times)


async def _read(port: int) -> float:
    begun = time.monotonic()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"ReadDATA|0,1,2,3")
    await reader.read()
    writer.close()
    return time.monotonic() - begun


async def _renewals(port: int, homes: int) -> float:
    """Send renewals signed beforehand down one connection per home, and count the answers."""
    talks = [await _greeted(port) for _ in range(homes)]
    boot, nonce, first = *talks[0][2:], time.time_ns()
    lines = [
        [_renewal(home, boot, nonce, first + n) for n in range(RENEWALS // homes)]
        for home in range(homes)
    ]
    begun = time.monotonic()
    await asyncio.gather(
        *(_renew(*talk[:2], signed) for talk, signed in zip(talks, lines, strict=True))
    )
    return RENEWALS // homes * homes / (time.monotonic() - begun)


async def _greeted(
    port: int,
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter, bytes, bytes]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=STATE_LIMIT)
    writer.write(b'{"hello":"bench"}\n')
    state = json.loads(await reader.readline())["state"]
    await reader.readline()
    boot, nonce = (bytes.fromhex(state[name][2:]) for name in ("boot", "nonce"))
    return reader, writer, boot, nonce


async def _renew(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, lines: list[bytes]
) -> None:
    writer.writelines(lines)
    answered = 0
    while answered < len(lines):
        said = await reader.readline()
        if said.startswith(b'{"reply"'):
            assert said.startswith(b'{"reply":"ok"'), said
            answered += 1
    writer.close()


def _renewal(home: int, boot: bytes, nonce: bytes, sequence: int) -> bytes:
    line = HoldLine(
        relay="relay1",
        boot=boot,
        nonce=nonce,
        account=_account(home).account,
        sequence=sequence,
        contacts=(home,),
        lease_ms=15_000,
        signature=b"",
        receipts=(),
    )
    return write_line(replace(line, signature=_account(home).sign(digest(line, keccak256))))


@cache
def _account(home: int) -> Account:
    return account_of_key((home + 1).to_bytes(32))
