"""Begin a community: a directory with rules to be edited."""

import json
from pathlib import Path

from community.refusal import NotDone
from community.rules import NAME, parse

_RULES = """# How {name} shares, at what price, and what else is charged. Prices are per kWh.
name: {quoted}
zone: Europe/Vienna
currency: EUR
# dynamic: by need and surplus of each quarter hour; static: by the members' factors; static handed
# on: what one cannot use goes to the others; peer: by a list of contracts; operator: as the grid
# operator has allocated it (columns of an energy report).
key: dynamic
price:
  # fixed; hours (with a list of them); middle of the two below; supply over demand between them
  rule: fixed
  price: 0.12
  feed_in: 0.08
  retail: 0.27
# A row each, in their order: what it is taken on is shared, grid, given, fed in (energy, per kWh),
# month (per month) or charged (in per cent of all above it, the energy's price too).
fees:
  - {{name: "membership", base: month, rate: 2, since: 2026-01-01}}
issuer:
  name: {quoted}
  address: ""
  note: "No tax is charged: small business."
"""


def begin(directory: Path, name: str) -> Path:
    """Write rules to be edited, and give their file.

    Raises:
        NotDone: there are rules already, or the name cannot stand in them.
        OSError: the directory cannot be written.
    """
    path = directory / NAME
    text = _RULES.format(name=name, quoted=json.dumps(name, ensure_ascii=False))
    if not name.isprintable():
        raise NotDone("the name has a sign that does not show")
    parse(text, NAME)
    directory.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise NotDone(f"{path}: is there already, and was left as it is") from None
    return path
