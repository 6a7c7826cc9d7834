"""Kill the utility at random instants of intervals, and see that nothing is lost or paid twice.

    python -m tests.faults.interval [--kills N] [--seed S] [--append FILE]

A street of four played homes on a real chain with a block each quarter second, a real broker and
relay server, and the utility as a process. From an interval's first order to its last settlement
the utility is killed up to three times, and started again. Every interval must be cleared, paired
before its delivery begins, by the rule, and settled; in the end each home has what its meter is
worth, to the unit. `--append` keeps what comes of each `SITTING` kills in a file and goes on where
that ends; the table is of all that the file has. Exit 1 if anything is wrong.
"""

import argparse
import contextlib
import random
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, fields
from pathlib import Path

from node.core.auction.clearing import Order, clear
from node.core.auction.market import ClearedInterval, PlacedOrder, pair_orders
from node.core.auction.pairing import Pairing
from node.core.records import BlockStamp
from node.links.broker.pairings import pairing_object
from tests.faults.sittings import keep_row, kept_rows
from tests.parts.chain import Chain, running_chain
from tests.parts.market_street import UNIT_MILLIWH, bid, offer
from tests.parts.utility_host import UTILITY, UtilityHost

BLOCK_S = 0.25
LEAD_S = 300
WIRES = ((0, 1), (2, 1), (0, 3), (2, 3))
BUYERS, HOMES = (0, 2), 4
MOST_KILLS = 3
SITTING = 20
SPAN_S = 4.0
"""Real seconds of an interval within which the utility is killed."""
PATIENCE_S = 240.0
_NOWHEN = BlockStamp(number=0, hash="", timestamp_s=0)


@dataclass(slots=True, kw_only=True)
class Outcome:
    """Hold what became of a campaign; `stages` counts the kills by where the interval was."""

    intervals: int = 0
    kills: int = 0
    stages: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)

    def add(self, other: "Outcome") -> None:
        """Count another sitting's with this one's."""
        self.intervals += other.intervals
        self.kills += other.kills
        self.stages += other.stages
        self.problems += other.problems

    def plain(self) -> dict[str, object]:
        """Give it for a line of JSON."""
        return {of.name: getattr(self, of.name) for of in fields(self)}

    def table(self) -> str:
        """Write the outcome as a table, and what was wrong below it."""
        stages = ("before the gate", "before delivery", "in delivery", "after it")
        head = f"intervals | kills | {' | '.join(stages)} | wrong"
        row = [self.intervals, self.kills, *(self.stages[s] for s in stages), len(self.problems)]
        return "\n".join([head, " | ".join(map(str, row)), *self.problems])


def strike(
    host: UtilityHost,
    interval: int,
    delays_s: Sequence[float],
    outcome: Outcome,
    over: threading.Event,
) -> None:
    """Kill the utility at some instants of an interval, and start it again, until it is over."""
    passed_s = 0.0
    for delay_s in sorted(delays_s):
        if over.wait(delay_s - passed_s):
            return
        passed_s = delay_s
        outcome.stages[_stage(host, interval)] += 1
        outcome.kills += 1
        host.kill()
        host.start()


def _stage(host: UtilityHost, interval: int) -> str:
    street = host.street
    now_s = int(host.chain.call("eth_getBlockByNumber", "latest", False)["timestamp"], 16)
    if now_s < street.gate_s(interval):
        return "before the gate"
    if now_s < interval * street.interval_s:
        return "before delivery"
    return "in delivery" if now_s < (interval + 1) * street.interval_s else "after it"


@contextlib.contextmanager
def blocks(chain: Chain) -> Iterator[None]:
    """Make a block now and then, and none for a transaction alone."""
    chain.set_automine(False)
    over = threading.Event()

    def mine() -> None:
        while not over.wait(BLOCK_S):
            chain.mine()

    miner = threading.Thread(target=mine, daemon=True)
    miner.start()
    try:
        yield
    finally:
        over.set()
        miner.join()


def campaign(host: UtilityHost, kills: int, seed: int) -> Outcome:
    """Live through intervals until the utility was killed so often."""
    outcome, dice = Outcome(), random.Random(seed)
    host.within_s = PATIENCE_S
    host.start()
    host.until(lambda: host.state().get("grid_balance"), "the grid is funded")
    # The kernel ends a child with the thread that started it, so that the homes' is the other one.
    with ThreadPoolExecutor(max_workers=1) as homes:
        while outcome.kills < kills and not outcome.problems:
            most = min(MOST_KILLS, kills - outcome.kills)
            delays_s = [dice.uniform(0, SPAN_S) for _ in range(dice.randint(1, most))]
            over, interval = threading.Event(), host.street.open_interval()
            lived = homes.submit(_live, host, dice, over)
            strike(host, interval, delays_s, outcome, over)
            try:
                outcome.problems += lived.result()
            except AssertionError as error:
                outcome.problems.append(str(error))
            outcome.intervals += 1
            print(f"interval {outcome.intervals}: {outcome.kills} kills", flush=True)
    try:
        host.check_books()
    except AssertionError as error:
        outcome.problems.append(f"the books do not balance: {error}")
    return outcome


def _live(host: UtilityHost, dice: random.Random, over: threading.Event) -> list[str]:
    orders: dict[int, Order] = {}
    for number in range(HOMES):
        units, tick = dice.randint(10, 2_000), dice.randint(1, 63)
        orders[number] = bid(units, tick) if number in BUYERS else offer(units, tick)
    metered = {
        number: (dice.randint(0, 2_000_000), dice.randint(0, 2_000_000)) for number in orders
    }
    try:
        interval = host.live_through(orders, metered)
    finally:
        over.set()
    told, right = host.paired(interval), _right_pairing(host, interval, orders)
    return [] if told == right else [f"interval {interval}: {told} was told instead of {right}"]


def _right_pairing(host: UtilityHost, interval: int, orders: dict[int, Order]) -> dict[str, object]:
    homes = host.street.homes
    placed = [
        PlacedOrder(
            account=homes[number].account,
            meter_id=homes[number].meter_id,
            interval=interval,
            order=order,
            deposit=0,
        )
        for number, order in orders.items()
    ]
    clearing = clear(list(orders.values()))
    result = ClearedInterval(interval=interval, clearing=clearing, block=_NOWHEN)
    wires = {
        homes[buyer].account: tuple(
            homes[source].account for load, source in WIRES if load == buyer
        )
        for buyer in BUYERS
    }
    pairing: Pairing = pair_orders(
        result, [(one.account, one.order) for one in placed], UNIT_MILLIWH, wires
    )
    return pairing_object(pairing, wires)


def play(directory: Path, kills: int, seed: int) -> Outcome:
    """Play a campaign on a street of its own."""
    with running_chain("--auto-impersonate") as chain:
        host = UtilityHost(
            chain,
            directory,
            wires=WIRES,
            homes=HOMES,
            lead_s=LEAD_S,
            section={"peak_w": 100_000},
        )
        with contextlib.closing(host), blocks(chain):
            outcome = campaign(host, kills, seed)
            if outcome.problems:
                print(host.log(UTILITY)[-6000:], file=sys.stderr)
            return outcome


def kept(file: Path) -> Outcome:
    """Give what a file has of earlier sittings, added up."""
    found = Outcome()
    for row in kept_rows(file):
        found.add(Outcome(**{**row, "stages": Counter(row["stages"])}))
    return found


def go_on(file: Path, kills: int, seed: int) -> Outcome:
    """Play sittings until a file has so many kills, or a problem; each is of a seed of its own."""
    found = kept(file)
    while found.kills < kills and not found.problems:
        with tempfile.TemporaryDirectory() as directory:
            left = min(kills - found.kills, SITTING)
            sitting = play(Path(directory), left, seed + found.intervals)
        keep_row(file, sitting.plain())
        found.add(sitting)
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Play the campaign, and say what became of it."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.interval", description=__doc__)
    parser.add_argument("--kills", type=int, default=100, metavar="N")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--append", type=Path, metavar="FILE", help="keep sittings, and go on")
    options = parser.parse_args(arguments)
    if options.append is not None:
        outcome = go_on(options.append, options.kills, options.seed)
    else:
        with tempfile.TemporaryDirectory() as directory:
            outcome = play(Path(directory), options.kills, options.seed)
    print(outcome.table())
    return 1 if outcome.problems else 0


if __name__ == "__main__":
    sys.exit(main())
