"""The reductions that Python and Solidity must agree on, drawn at random, and how they are written.

    python -m tests.reduction_vectors                       write tests/vectors/reduction.jsonl anew
    python -m tests.reduction_vectors --seed 8 --count 500  play 500 others through the contract

`tests/node/core/reduction/test_vectors.py` holds the file against the rule, and the contract's
`test/reduction/Vectors.t.sol` plays each line through the contract. A line is a street: its
settings (interval, unit, least, bond, days, back days, adjust percent, adjust intervals, UTC
offset, reading deadline, ring), when its meters begin, their posted baselines, all that they ever
tell (meter, boundary, import, export), requests one after the other (asked at, first, length, W,
most price, pricing, closes, settled at), offers (request, meter, four times tick and energy), what
was accepted (units, tick, fraction, held), every offer's end (request, meter, baseline, days,
balance, carry), and what the utility has back.
"""

import argparse
import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from node.core.reduction.baseline import Baseline, BaselineRules, Window, baseline
from node.core.reduction.clearing import (
    TICKS,
    Ask,
    Block,
    PricingRule,
    Result,
    awards,
    clear,
    reserved_up,
    target_units,
)
from node.core.reduction.settlement import Standing, bond_up, settle

ROOT = Path(__file__).parents[1]
FILE = ROOT / "tests" / "vectors" / "reduction.jsonl"
CAMPAIGN = ROOT / ".run" / "campaign"
SEED, COUNT = 42, 24
SITTING = 100
"""Streets of a campaign that are written and played at once."""
FUNDS = 2**90
_START_DAY = 20_605
_RING_RESERVE = 22


@dataclass
class Meter:
    """A meter's ring, money and standing, as the contract has them."""

    ring_size: int
    balance: int = FUNDS
    standing: Standing = field(default_factory=lambda: Standing(carry_milliwh=0, newest_s=0))
    event_days: set = field(default_factory=set)
    ring: dict = field(default_factory=dict)
    last: int = 0

    def tell(self, boundary, imported, exported):
        """Take a reading."""
        self.ring[boundary % self.ring_size] = (boundary, imported, exported)
        self.last = boundary

    def rise(self, first, length):
        """Give what was drawn over a window, as the rule wants it."""
        start, end = (self.ring.get(b % self.ring_size) for b in (first, first + length))
        if start is None or end is None or (start[0], end[0]) != (first, first + length):
            return None
        return max(0, (end[1] - start[1]) - (end[2] - start[2]))


class Street:
    """A drawn street, and what the rule makes of it."""

    def __init__(self, random):
        self.random = random
        self._draw_settings()
        self.requests = []
        self._draw_requests()
        self.readings = self._draw_readings()
        self.offers, self.results, self.ends = [], [], []
        self.start = (min(row[1] for row in self.readings) - 1) * self.interval
        self._play()

    def row(self):
        """Write it as a line's content."""
        rules = self.rules
        return {
            "settings": [
                self.interval, self.unit, self.least, self.bond, rules.days, rules.back_days,
                rules.adjust_percent, rules.adjust_intervals, rules.utc_offset_s, self.deadline_s,
                self.ring,
            ],
            "start": self.start,
            "posted": self.posted,
            "readings": flat(self.readings),
            "requests": flat(self.requests),
            "offers": flat(self.offers),
            "results": flat(self.results),
            "ends": flat(self.ends),
            "utility": [self.utility],
        }  # fmt: skip

    def _draw_settings(self):
        random = self.random
        self.interval = random.choice((900, 3_600, 7_200, 21_600))
        self.unit = random.choice((1, 7, 1_000))
        self.least = random.randint(1, 20)
        self.bond = random.choice((0, 10, random.randint(0, 100)))
        days = random.randint(3, 10)
        adjusts = random.random() < 0.4
        self.rules = BaselineRules(
            interval_s=self.interval,
            days=days,
            back_days=random.randint(days, 31),
            adjust_percent=random.randint(1, 20) if adjusts else 0,
            adjust_intervals=random.randint(1, 16) if adjusts else 0,
            utc_offset_s=random.choice((0, 3_600, random.randint(-50_400, 50_400))),
        )
        self.reach = (self.rules.back_days + adjusts) * self.rules.step
        self.deadline_s = self.interval
        self.ring = 1 << (self.reach + _RING_RESERVE + 1 - 1).bit_length()
        self.homes = random.randint(1, 4)
        self.posted = [random.choice((0, random.randint(1, 10**6))) for _ in range(self.homes)]

    def _draw_requests(self):
        random, step = self.random, self.rules.step
        boundary = _START_DAY * step + random.randrange(step)
        for _ in range(random.randint(1, 3)):
            asked = boundary * self.interval + random.randrange(1, self.interval)
            first = boundary + random.randint(2, 2 * step)
            length = random.randint(1, min(16, step))
            closes = random.randint(asked + 1, first * self.interval - 1)
            later = 1 if random.random() < 0.9 else self.ring - self.reach
            settled = first + length + later
            least_w = -(-self.unit * 3_600 // (1_000 * self.interval * length))
            power = random.randint(least_w, least_w + 20_000)
            self.requests.append((
                asked, first, length, power, random.randint(1, 10**7), random.randrange(2), closes,
                settled * self.interval,
            ))  # fmt: skip
            boundary = settled + random.randint(0, random.choice((2, 40)) * step)

    def _draw_readings(self):
        """Draw what each meter tells, at the boundaries that anybody will ask for, and gaps."""
        random, rules = self.random, self.rules
        wanted = set()
        for asked, first, length, *_ in self.requests:
            requested = asked // self.interval
            ends = (first, first + length, requested, requested - rules.adjust_intervals)
            wanted |= {
                end - back * rules.step for end in ends for back in range(rules.back_days + 2)
            }
        settled = {row[-1] // self.interval for row in self.requests}
        rows = []
        for meter in range(1, self.homes + 1):
            imported = exported = 0
            gaps = random.choice((0.0, 0.02, 0.15))
            exports = random.choice((0.0, 0.3))
            for boundary in sorted(wanted | settled):
                if boundary not in settled and random.random() < gaps:
                    continue
                imported += random.randint(0, 2_000_000)
                exported += random.randint(0, 2_000_000) if random.random() < exports else 0
                rows.append((meter, boundary, imported, exported))
        return sorted(rows, key=lambda row: (row[1], row[0]))

    def _play(self):
        meters = {number: Meter(self.ring) for number in range(1, self.homes + 1)}
        for meter in meters.values():
            meter.tell(self.start // self.interval, 0, 0)
        told = 0
        self.utility = 0
        for number, request in enumerate(self.requests, 1):
            ask = self._ask(request)
            offers = self._draw_offers(number, request, ask, meters)
            result = clear(ask.target_units, [b for blocks, _ in offers.values() for b in blocks])
            held = reserved_up(result, ask, result.accepted_units)
            self.results.append(
                (result.accepted_units, result.marginal_tick, result.fraction, held)
            )
            while (
                told < len(self.readings) and self.readings[told][1] * self.interval <= request[-1]
            ):
                meter, *reading = self.readings[told]
                meters[meter].tell(*reading)
                told += 1
            for meter, (blocks, bond) in offers.items():
                held += self._end(number, meter, meters[meter], result, ask, blocks, bond)
            self.utility += ask.deposit_up - self.results[-1][-1]
            left = result.accepted_units - sum(
                sum(awards(result, blocks)) for blocks, _ in offers.values()
            )
            # What was rounded away stays reserved until the end.
            self.utility += held - reserved_up(result, ask, left)

    def _ask(self, request):
        _asked, _first, length, power, most, pricing, *_ = request
        return Ask(
            target_units=target_units(power, length, self.interval, self.unit),
            unit_milliwh=self.unit,
            most_price_per_kwh=most,
            rule=PricingRule(pricing),
        )

    def _draw_offers(self, number, request, ask, meters):
        random = self.random
        offers = {}
        for meter in meters:
            if random.random() < 0.15:
                continue
            ticks = sorted(random.choices(range(TICKS), k=random.randint(1, 4)))
            most = max(self.least, 2_000_000 // self.unit)
            blocks = tuple(
                Block(tick=tick, energy_units=random.randint(self.least, most)) for tick in ticks
            )
            carry = meters[meter].standing.carry_at(request[1] * self.interval)
            bond = bond_up(ask, blocks, self.bond, carry)
            meters[meter].balance -= bond
            offers[meter] = (blocks, bond)
            pairs = [pair for block in blocks for pair in (block.tick, block.energy_units)]
            self.offers.append((number, meter, *pairs, *[0] * (8 - len(pairs))))
        return offers

    def _end(self, number, meter_id, meter, result: Result, ask, blocks, bond):
        """Settle one offer; give what the utility's held money rises by."""
        asked, first, length, *_ = self.requests[number - 1]
        window = Window(first=first, length=length, requested=asked // self.interval)
        begins = first * self.interval
        posted = self.posted[meter_id - 1]
        expected = baseline(window, meter.event_days, meter.rise, posted, self.rules)
        drawn = meter.rise(first, length)
        if meter.last + self.reach >= first + self.ring:
            drawn = None
        reduced = None if drawn is None else expected.milliwh - drawn
        end = settle(result, ask, blocks, bond, meter.standing.carry_at(begins), reduced)
        if end.award_milliwh:
            meter.event_days.add(self.rules.day_of(first))
            meter.standing = Standing(carry_milliwh=end.carry_milliwh, newest_s=begins)
        meter.balance += end.returned + end.money
        self.ends.append(self._end_row(number, meter_id, expected, meter))
        return end.forfeited - end.money

    def _end_row(self, number, meter_id, expected: Baseline, meter):
        carry = meter.standing.carry_milliwh
        return (number, meter_id, expected.milliwh, expected.days, meter.balance - FUNDS, carry)


def flat(rows):
    """Give rows as one row."""
    return [number for row in rows for number in row]


def lines(seed, first, count):
    """Write so many streets of a campaign, a line each."""
    return "".join(
        json.dumps(Street(Random(f"{seed} {index}")).row()) + "\n"
        for index in range(first, first + count)
    )


def play(seed, count, append):
    """Play a campaign through the contract; `append` goes on after what that file says."""
    done = 0
    if append is not None and append.exists():
        rows = [json.loads(row) for row in append.read_text(encoding="utf-8").splitlines()]
        done = sum(row["streets"] for row in rows if row["seed"] == seed)
    CAMPAIGN.mkdir(parents=True, exist_ok=True)
    streets = CAMPAIGN / "reduction.jsonl"
    while done < count:
        number = min(SITTING, count - done)
        streets.write_text(lines(seed, done, number), encoding="utf-8")
        environment = os.environ | {"REDUCTION_VECTORS": f"../{streets.relative_to(ROOT)}"}
        command = ["tools/forge", "test", "--match-contract", "ReductionAuctionVectorsTest"]
        played = subprocess.run(command, cwd=ROOT / "contracts", env=environment, check=False)
        if played.returncode != 0:
            print(f"seed {seed}, streets {done} to {done + number - 1}: see {streets}")
            return 1
        if append is not None:
            with append.open("a", encoding="utf-8") as file:
                file.write(json.dumps({"seed": seed, "first": done, "streets": number}) + "\n")
        done += number
        print(f"{done} of {count} streets agree to the unit", flush=True)
    return 0


def main():
    """Write the committed file, or play a campaign."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--count", type=int, help="play so many streets through the contract")
    parser.add_argument("--append", type=Path, help="keep what was played in this file, and go on")
    options = parser.parse_args()
    if options.count is not None:
        return play(options.seed, options.count, options.append)
    FILE.write_text(lines(options.seed, 0, COUNT), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
