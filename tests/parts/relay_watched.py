"""A relay server process whose coils write down each move, and what such a record must show."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.faults.contacts import FEEDBACK_PINS
from tests.parts.relay_host import RelayHost

FEEDBACK = f"  feedback_pins: {list(FEEDBACK_PINS[:4])}\n  feedback_active_high: true\n"


@dataclass(frozen=True, slots=True)
class Move:
    """One coil, at one instant of the system's monotonic clock."""

    at_s: float
    channel: int
    closed: bool


@contextmanager
def watched_relay(
    directory: Path, relay: str, rest: str = "", env: Mapping[str, str] | None = None
) -> Iterator[RelayHost]:
    """Run it; whatever became of it, it is gone at the end."""
    program = ("tests.faults.watched_relay", str(directory), "run")
    host = RelayHost(directory, relay, rest, env or {}, program)
    try:
        yield host.wait_open()
    finally:
        if host.process.poll() is None:
            host.process.kill()
            host.process.wait()


def moves(host: RelayHost) -> list[Move]:
    """Read what the coils did until now."""
    lines = (host.directory / "moves").read_text().splitlines()
    parts = [line.split() for line in lines]
    return [Move(float(at_s), int(channel), level == "1") for at_s, channel, level in parts]


def started_at_s(host: RelayHost) -> float:
    """Read when the newest process began, by the clock of the moves."""
    return float((host.directory / "starts").read_text().splitlines()[-1])


def closed_now(host: RelayHost) -> set[int]:
    """Say which coils are energised, by their own record."""
    closed: set[int] = set()
    for move in moves(host):
        (closed.add if move.closed else closed.discard)(move.channel)
    return closed


def stick(host: RelayHost, contacts: Mapping[int, bool]) -> None:
    """Let these contacts conduct, or not, whatever their coils do; all others follow."""
    fresh = host.directory / "stuck.new"
    fresh.write_text("".join(f"{channel} {int(held)}\n" for channel, held in contacts.items()))
    fresh.replace(host.directory / "stuck")


def ensure_apart(
    record: Sequence[Move], rivals: Collection[frozenset[int]], dead_time_s: float
) -> None:
    """Of rival sets of channels one at a time is closed, and only after the others' dead time."""
    closed: set[int] = set()
    opened_at_s: dict[int, float] = {}
    for move in record:
        if not move.closed:
            closed.discard(move.channel)
            opened_at_s[move.channel] = move.at_s
            continue
        closed.add(move.channel)
        for others in (rival for rival in rivals if move.channel not in rival):
            assert not closed & others, (move, closed)
            waited_s = [move.at_s - opened_at_s[c] for c in others if c in opened_at_s]
            assert min(waited_s, default=dead_time_s) >= dead_time_s, move


def ensure_unhurried(record: Sequence[Move], min_change_s: float) -> None:
    """No channel closes sooner after its last change than the least time between two."""
    changed_at_s: dict[int, float] = {}
    for move in record:
        if move.closed and move.channel in changed_at_s:
            assert move.at_s - changed_at_s[move.channel] >= min_change_s, move
        changed_at_s[move.channel] = move.at_s
