"""Say what a community shared in some days, and who paid and received what for it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from community.allocation import DayShared
from community.billing.bill import CENT
from community.billing.page import kwh, money
from community.readings import Direction
from community.rules import Rules
from node.core.sharing.money import Account


@dataclass(slots=True, kw_only=True)
class _Of:
    drew: int = 0
    got: int = 0
    fed_in: int = 0
    gave: int = 0
    pays: int = 0
    receives: int = 0


def report(rules: Rules, days: Iterable[DayShared]) -> Iterator[str]:
    """Give the report's lines.

    Own coverage is said as the operators say it: of the consumers, and of the producers.
    """
    found: dict[str, _Of] = {}
    for shared in days:
        for place, (holding, total) in enumerate(zip(shared.holdings, shared.sums, strict=True)):
            of = found.setdefault(holding.member, _Of())
            if holding.direction is Direction.CONSUMPTION:
                of.drew += total.metered
                of.got += total.shared
            else:
                of.fed_in += total.metered
                of.gave += total.shared
            of.pays += shared.account.pays[place]
            of.receives += shared.account.receives[place]
    whole = _Of(
        drew=sum(of.drew for of in found.values()),
        got=sum(of.got for of in found.values()),
        fed_in=sum(of.fed_in for of in found.values()),
        gave=sum(of.gave for of in found.values()),
    )
    yield f"{rules.name}: {len(found)} members"
    yield f"drawn {kwh(whole.drew)} kWh, of it from neighbours {_part(whole.got, whole.drew)}"
    yield f"fed in {kwh(whole.fed_in)} kWh, of it to neighbours {_part(whole.gave, whole.fed_in)}"
    yield (
        f"own coverage of consumers {kwh(whole.got)} kWh ="
        f" own coverage of producers {kwh(whole.gave)} kWh"
    )
    names = sorted(found)
    account = Account(
        pays=[found[name].pays for name in names],
        receives=[found[name].receives for name in names],
    )
    pays, receives = account.rounded(CENT)
    for name, paid, received in zip(names, pays, receives, strict=True):
        of = found[name]
        yield (
            f"{name}: got {kwh(of.got)} kWh for {money(paid)} {rules.currency},"
            f" gave {kwh(of.gave)} kWh for {money(received)} {rules.currency}"
        )


def _part(part: int, whole: int) -> str:
    return f"{kwh(part)} kWh ({part * 100 / whole:.1f} %)" if whole else "0 kWh"
