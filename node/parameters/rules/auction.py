"""What taking part in the interval auction asks of a home: a side to take, and the right meter."""

from collections.abc import Iterator

from node.parameters.problems import Complaint
from node.parameters.scheme import Parameters


def auction(whole: Parameters) -> Iterator[Complaint]:
    """See that a home that takes part has a side to take, and a meter that settles each interval.

    A contract or a meter that is not named yet is no contradiction: `notices` tells of it.
    """
    home, terms = whole.node, whole.node.auction
    if terms is None:
        return
    if home.role == "consumer" and terms.sell is not None:
        yield _finding("node.auction.sell", terms.sell, "null for a consumer (node.role)")
    if home.role == "producer" and terms.buy:
        yield _finding("node.auction.buy", "true", "false or null for a producer (node.role)")
    if not whole.buys_at_auction and terms.sell is None:
        yield _finding(
            "node.auction.sell", "missing", "solar or chp: it does not buy (node.auction.buy)"
        )
    if terms.sell is not None and home.offer is None and home.role not in ("consumer", "member"):
        yield Complaint(
            place=("node", "offer"),
            value="missing",
            bound="needed with node.auction.sell: by it consents are given (available_wh: 0 offers "
            "nothing beside the auction)",
            judged_by=(("node", "auction"), ("node", "role")),
        )
    every_s, interval_s = home.report.interval_s, whole.contract.interval_s
    if every_s not in (None, interval_s):
        yield Complaint(
            place=("node", "report", "interval_s"),
            value=f"{every_s}",
            bound=f"null or contract.interval_s, {interval_s} s: with node.auction each interval "
            "is settled by its readings",
            judged_by=(("contract", "interval_s"), ("node", "auction")),
        )
    feeds = [sensor.feeds.value for sensor in home.feeders.values() if sensor.feeds is not None]
    if home.feeders and "connection" not in feeds:
        yield Complaint(
            place=("node", "sensors"),
            value="none feeds connection",
            bound="one that does: with node.auction its meter settles the orders",
            judged_by=(("node", "auction"),),
        )


def _finding(path: str, value: str, bound: str) -> Complaint:
    return Complaint(
        place=tuple(path.split(".")), value=value, bound=bound, judged_by=(("node", "role"),)
    )
