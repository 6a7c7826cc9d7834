"""The auction in a study: homes bid on what they believe, and settle on what their meters show."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from community.refusal import NotDone
from community.study.beliefs import Beliefs
from community.study.homes import Data, Home
from community.study.market import TERMS, Market
from community.study.scenario import Limits, Scenario
from node.core.auction.clearing import Kind
from node.core.auction.tariff import Tariff
from node.core.sharing.keys import Shared
from node.core.trading.bidding import BiddingTerms

_DAY_S = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Traded:
    """Hold an interval: what was bought and sold, at what price, and what each home spared."""

    shared: Shared
    price_per_kwh: int
    savings: Sequence[int]


class Auction:
    """Play the auction interval by interval, by the functions of a node and of the contract."""

    def __init__(
        self, scenario: Scenario, data: Data, homes: Sequence[Home], tariff: Tariff
    ) -> None:
        """Begin with homes that have seen nothing.

        Raises:
            NotDone: a day is no whole number of the table's intervals.
        """
        if _DAY_S % data.interval_s:
            raise NotDone(f"the auction: a day is no whole number of {data.interval_s} s")
        self._tariff = tariff
        self._homes, self._batteries = homes, frozenset(scenario.batteries)
        self._first = _seconds_of_day(data.begins[0]) // data.interval_s
        self._beliefs = [Beliefs(home.name, data.interval_s, scenario.seed) for home in homes]
        self._market = Market(
            [_terms(scenario.limits, home.name) for home in homes],
            tariff,
            _DAY_S // data.interval_s,
        )

    def trade(self, number: int, need: Sequence[int], surplus: Sequence[int]) -> Traded:
        """Play the interval of a number: order before it, settle after it.

        A home forecasts its load and its solar; one with a battery what that leaves of both.
        """
        interval = self._first + number
        self._market.order(interval, [one.of(interval) for one in self._beliefs])
        nets = [drawn - over for drawn, over in zip(need, surplus, strict=True)]
        clearing, ends = self._market.settle(interval, nets)
        for place, (home, one) in enumerate(zip(self._homes, self._beliefs, strict=True)):
            if home.name in self._batteries:
                one.run(interval, need[place], surplus[place])
            else:
                one.run(interval, home.load[number], home.solar[number])
        return Traded(
            shared=Shared(
                got=[end.bought_milliwh for end in ends],
                given=[end.sold_milliwh for end in ends],
            ),
            price_per_kwh=self._tariff.price_per_kwh(clearing.solar.price_tick),
            savings=[end.saving for end in ends],
        )


def _terms(limits: Mapping[str, Limits], name: str) -> BiddingTerms:
    own = limits.get(name)
    if own is None:
        return TERMS
    return replace(
        TERMS,
        buy_limits_per_kwh=dict.fromkeys(Kind, own.buy_per_kwh),
        sell_limit_per_kwh=own.sell_per_kwh,
    )


def _seconds_of_day(at: datetime) -> int:
    return at.hour * 3600 + at.minute * 60 + at.second
