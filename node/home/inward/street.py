"""Work out this home's part of each pairing, from the chain's orders and the relays' wiring.

Nobody need be believed for it but the chain, and the relays that the parameters name. What the
utility publishes is compared with it, and followed only where it cannot be worked out here.
"""

from collections.abc import Sequence

from node.core.auction.clearing import Kind, Offer
from node.core.auction.concentration import largest_seller_pct
from node.core.auction.market import HomeMarket, StreetInterval, pair_orders
from node.core.auction.pairing import Pairing, Wires, lot, wires_hash
from node.core.records import ConnectionView
from node.links.relay.boards import Boards

_Worked = tuple[object, Wires, Pairing]
"""What a pairing was worked out from, and it."""


class StreetPicture:
    """Hold the street's orders and wires as one home sees them.

    `relays` are those whose wiring is believed; None is the home's own, whatever its name. `boards`
    of a home without a relay, `has_relay` False, are never announced, and no contact of it moves.
    """

    def __init__(
        self, account: str | None, relays: Sequence[str] | None, *, has_relay: bool
    ) -> None:
        self._account = account
        self._finds_relay = relays is None
        self._has_relay = has_relay or bool(relays)
        self._boards = Boards(relays or ())
        self._own_relay: str | None = None
        self._market: HomeMarket | None = None
        self._street: tuple[StreetInterval, ...] = ()
        self._worked: dict[int, _Worked] = {}
        self._sold: dict[str, set[Kind]] = {}

    @property
    def relays(self) -> tuple[str, ...]:
        """Name the relays whose wiring is believed."""
        return self._boards.relays

    @property
    def moves_contacts(self) -> bool:
        """Say whether any relay is named, so that a pairing means anything here."""
        return self._has_relay

    @property
    def problem(self) -> str:
        """Say why no pairing can be worked out; empty where it can."""
        if not self._boards.relays:
            return "no relay has announced its wiring"
        silent = ", ".join(self._boards.silent)
        return f"relay {silent} has not announced its wiring" if silent else ""

    @property
    def wires_hash(self) -> bytes | None:
        """Name the wires of now; None while they are not known."""
        return None if self.problem else wires_hash(self._boards.wires)

    @property
    def pairings(self) -> dict[int, Pairing]:
        """Give this home's parts of each interval whose pairing could be worked out."""
        return {interval: pairing for interval, (_, _, pairing) in self._worked.items()}

    @property
    def turns(self) -> tuple[tuple[int, int], ...]:
        """Give this home's place among those with an order in an interval that is not cleared."""
        market, account = self._market, self._account
        if market is None or account is None:
            return ()
        found = []
        for street in self._street:
            traders = {trader for trader, _ in street.orders}
            if account in traders and market.result(street.interval) is None:
                own = lot(street.interval, account)
                earlier = sum(lot(street.interval, trader) < own for trader in traders)
                found.append((street.interval, earlier))
        return tuple(found)

    @property
    def largest_sellers(self) -> tuple[tuple[int, int | None, int | None], ...]:
        """Give, of each interval with a result, the largest sellers' shares in per cent."""
        results = {
            told.interval: self._market.result(told.interval) if self._market else None
            for told in self._street
        }
        return tuple(
            (told.interval, *largest_seller_pct(result.clearing, told.orders))
            for told in self._street
            if (result := results[told.interval]) is not None
        )

    @property
    def unsold(self) -> tuple[Kind, ...]:
        """Name the kinds that none of the sellers sells to whom this home is wired.

        A meter's kind never changes, so one offer tells what a seller sells; while any of them has
        offered nothing yet, each kind may be sold.
        """
        wired = self._wired
        if not wired or self.problem or not self._sold.keys() >= set(wired):
            return ()
        sold = {kind for seller in wired for kind in self._sold[seller]}
        return tuple(kind for kind in Kind if kind not in sold)

    @property
    def _wired(self) -> tuple[str, ...]:
        return self._boards.wires.get(self._account, ()) if self._account is not None else ()

    def hear(self, relay: str, connections: Sequence[ConnectionView], *, is_own: bool) -> None:
        """Take a relay's wiring; the own one's name is found where none is given."""
        if is_own:
            self._own_relay = relay
            if self._finds_relay and self._boards.relays != (relay,):
                self._boards = Boards((relay,))
        elif relay == self._own_relay:
            # Its own line is surer than a topic, on which others may be able to write.
            return
        self._boards.hear(relay, connections)

    def see(
        self, market: HomeMarket | None, street: Sequence[StreetInterval], chain_s: int
    ) -> None:
        """Take a block's orders and results, and work out what has become possible."""
        self._market, self._street = market, tuple(street)
        if market is None or self._account is None:
            self._worked.clear()
            return
        worked: dict[int, _Worked] = {}
        wired = self._wired
        for orders in self._street:
            for account, order in orders.orders:
                if account in wired and isinstance(order, Offer):
                    self._sold.setdefault(account, set()).add(order.kind)
            is_closed = chain_s >= market.rules.gate_s(orders.interval)
            wires = self._boards.at_gate(orders.interval, is_closed=is_closed)
            result = market.result(orders.interval)
            if result is None or self.problem:
                continue
            source = (result.clearing, orders.orders)
            known = self._worked.get(orders.interval)
            if known is None or known[0] != source or known[1] != wires:
                unit_milliwh = market.rules.unit_milliwh
                whole = pair_orders(result, orders.orders, unit_milliwh, wires)
                known = (source, wires, _own(whole, self._account))
            worked[orders.interval] = known
        self._worked = worked
        self._boards.forget_before(chain_s // market.rules.interval_s)

    def difference(self, told: Pairing, relays: Sequence[str]) -> str:
        """Say how the utility tells a pairing otherwise; empty where it tells the same."""
        own = self.pairings.get(told.interval)
        if own is None or own.parts == told.parts:
            return ""
        here = ", ".join(self._boards.relays)
        why = ""
        if relays and set(relays) != set(self._boards.relays):
            why = f": it pairs over relay {', '.join(relays)}, this home over {here}"
        elif told.wires_hash != own.wires_hash:
            why = f": its wires are not those that relay {here} announces"
        return f"the utility publishes another pairing than the fills and wires make{why}"


def _own(whole: Pairing, account: str) -> Pairing:
    parts = tuple(part for part in whole.parts if account in (part.buyer, part.seller))
    return Pairing(interval=whole.interval, wires_hash=whole.wires_hash, parts=parts)
