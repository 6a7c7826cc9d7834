"""Run the village's market day, and have the community's program bill it before its chain ends.

`python -m tests.parts.billed_market DIRECTORY` and the village's own words; DIRECTORY then has the
statements, and `sheet.json` with what the village's sheet says of the same day.
"""

import json
import sys
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from community.command_line import main as community
from village.command_line import main as village
from village.households import Places
from village.market.homes import INTERVAL_S
from village.market.play import MarketPlay
from village.run import CHAIN_ID
from village.sheet.market import MarketSheet

ZONE = "Etc/GMT+8"
"""Where the street's days are local."""


def main() -> int:
    """Play, and bill."""
    target = Path(sys.argv[1])
    begin, close = MarketPlay.begin, MarketPlay.close
    places: list[Places] = []

    def begins(play: MarketPlay, at: Places, *others: object) -> list[str]:
        places.append(at)
        return begin(play, at, *others)

    def closes(play: MarketPlay, *others: object) -> MarketSheet:
        sheet = close(play, *others)
        _bill(target, places[0], play, sheet)
        return sheet

    MarketPlay.begin, MarketPlay.close = begins, closes
    return village(sys.argv[2:])


def _bill(target: Path, places: Places, play: MarketPlay, sheet: MarketSheet) -> None:
    """Write what an operator has, run the command, and put the sheet's own sums beside."""
    founded = play._community
    accounts = {account: name for name, account in founded.accounts.items()}
    (target / "rules.yml").write_text(
        f"name: Village\nzone: {ZONE}\nprice: {{price: 0.1, retail: 0.2}}\n"
        f"issuer: {{name: Village}}\naccounts: {json.dumps(accounts)}\n"
    )
    (target / "community.yml").write_text(
        f"community: village\ncontract:\n  node: {json.dumps([places.rpc])}\n"
        f"  chain_id: {CHAIN_ID}\n  token: {json.dumps(founded.addresses['token'])}\n"
        f"  registry: {json.dumps(founded.addresses['registry'])}\n"
        f"  address: {json.dumps(founded.addresses['sale'])}\n"
        f"  auction: {json.dumps(founded.addresses['auction'])}\n"
    )
    intervals = [one.interval for one in sheet.intervals]
    month = datetime.fromtimestamp(intervals[0] * INTERVAL_S, ZoneInfo(ZONE))
    status = community(["--directory", str(target), "chain", f"{month:%Y-%m}"])
    bills = {b.home: {"trade": b.trade, "grid": b.grid} for b in sheet.community.bills}
    said = {"status": status, "intervals": intervals, "bills": bills}
    (target / "sheet.json").write_text(json.dumps(said))


if __name__ == "__main__":
    sys.exit(main())
