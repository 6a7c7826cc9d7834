"""What the keys owe each other, section by section; each rule gives every breach that it finds."""

from collections.abc import Iterator
from itertools import combinations
from urllib.parse import urlsplit

from node.parameters.problems import Complaint
from node.parameters.scheme import CONTRACTS, Parameters
from node.parameters.sections.chips import Gives
from node.parameters.types import Place

_Use = tuple[Place, str | None]

_OWN_CHANNEL: Place = ("node", "channel")


def timing(whole: Parameters) -> Iterator[Complaint]:
    """Compare times that depend on each other."""
    home, contract = whole.node, whole.contract
    if whole.clock.speed != 1 and whole.clock.origin is None:
        yield _finding(
            "clock.origin", "missing", "needed while clock.speed is not 1", "clock.speed"
        )
    if home.max_age_s <= home.sample_period_s:
        yield _finding(
            "node.max_age_s",
            f"{home.max_age_s:g}",
            f"above node.sample_period_s, {home.sample_period_s:g} s",
            "node.sample_period_s",
        )
    if home.hold_off_max_s < home.hold_off_s:
        yield _finding(
            "node.hold_off_max_s",
            f"{home.hold_off_max_s:g}",
            f"at least node.hold_off_s, {home.hold_off_s:g} s",
            "node.hold_off_s",
        )
    if whole.report_interval_s % contract.interval_s:
        yield _finding(
            "node.report.interval_s",
            f"{whole.report_interval_s}",
            f"a whole multiple of contract.interval_s, {contract.interval_s} s",
            "contract.interval_s",
        )
    if contract.max_age_s <= contract.poll_s:
        yield _finding(
            "contract.max_age_s",
            f"{contract.max_age_s:g}",
            f"above contract.poll_s, {contract.poll_s:g} s",
            "contract.poll_s",
        )


def thresholds(whole: Parameters) -> Iterator[Complaint]:
    """Compare the states of charge between which a home buys, returns and sells."""
    home = whole.node
    if home.resume <= home.limit:
        yield _finding(
            "node.resume", f"{home.resume:g}", f"above node.limit, {home.limit:g} %", "node.limit"
        )
    if home.sell_floor < home.limit:
        yield _finding(
            "node.sell_floor",
            f"{home.sell_floor:g}",
            f"at least node.limit, {home.limit:g} %",
            "node.limit",
        )


def offer(whole: Parameters) -> Iterator[Complaint]:
    """See that what is offered can be sold."""
    home = whole.node
    if home.offer is None:
        return
    if home.role == "consumer":
        yield _finding("node.offer", "given", "not by a consumer (node.role)", "node.role")
    available = home.offer.available_milliwh
    if available is None and home.battery_milliwh is None:
        yield _finding(
            "node.offer.available_wh",
            "missing",
            "needed while node.battery_wh is not known",
            "node.battery_wh",
        )
    if available is not None and 0 < available < home.offer.least_milliwh:
        yield _finding(
            "node.offer.available_wh",
            f"{available / 1000:g}",
            f"0, or at least node.offer.least_wh, {home.offer.least_milliwh / 1000:g} Wh",
            "node.offer.least_wh",
        )


def counting(whole: Parameters) -> Iterator[Complaint]:
    """See that a charge that is to be counted can be, and from what."""
    home, found = whole.node, whole.node.counting
    if found is None:
        return
    if home.battery_milliwh is None:
        yield _finding("node.battery_wh", "missing", "needed with node.counting", "node.counting")
    if found.floor_v is not None and found.floor_v >= found.full_v:
        yield _finding(
            "node.counting.floor_v",
            f"{found.floor_v:g}",
            f"below node.counting.full_v, {found.full_v:g} V",
            "node.counting.full_v",
        )
    if found.sensor is not None:
        seen = home.sensors.get(found.sensor)
        if seen is None or seen.kind.gives is not Gives.POWER:
            yield _finding(
                "node.counting.sensor",
                found.sensor,
                "a sensor of node.sensors that measures power",
                "node.sensors",
            )
    elif home.battery_seen_by is None:
        yield _finding(
            "node.counting",
            "given",
            "not without a sensor that feeds load or generation: nothing that flows is known",
            "node.sensors",
        )


def sellers(whole: Parameters) -> Iterator[Complaint]:
    """See that each seller is wired in one way only, and differs from every other."""
    for name, seller in whole.sellers.items():
        place: Place = ("sellers", name)
        ways = [w for w in ("channel", "channels", "connection") if getattr(seller, w) is not None]
        if len(ways) > 1:
            yield Complaint(
                place=(*place, ways[1]),
                value=f"beside {ways[0]}",
                bound="one of channel, channels and connection",
            )
        if seller.channel is not None:
            yield from _paired(whole.node.channel, seller.channel, place)
        if seller.channels and len(set(seller.channels)) < len(seller.channels):
            yield Complaint(
                place=(*place, "channels"),
                value=str(list(seller.channels)),
                bound="distinct channels",
            )
    for first, second in combinations(whole.sellers, 2):
        wired = whole.channels_to(second)
        if wired is not None and wired == whole.channels_to(first):
            yield Complaint(
                place=("sellers", second),
                value=f"channels {list(wired)}",
                bound="channels of its own",
                judged_by=(_OWN_CHANNEL,),
                taken_by=("sellers", first),
            )


def _paired(own: int | None, other: int, place: Place) -> Iterator[Complaint]:
    if own is None or own == other:
        yield Complaint(
            place=(*place, "channel"),
            value=str(other),
            bound="another than node.channel"
            if own == other
            else "paired with node.channel, which is missing",
            judged_by=(_OWN_CHANNEL,),
        )


def accounts(whole: Parameters) -> Iterator[Complaint]:
    """See that no account, contract or place for state has two uses."""
    home, utility, contract = whole.node, whole.utility, whole.contract
    users: list[_Use] = [(("node", "address"), home.address)]
    if utility is not None:
        users.append((("utility", "address"), utility.address))
    users += [(("sellers", name, "account"), s.account) for name, s in whole.sellers.items()]
    yield from _distinct(users, "an account of its own")
    deployed: list[_Use] = [
        (("contract", CONTRACTS[name]), address) for name, address in contract.addresses.items()
    ]
    yield from _distinct(deployed, "a contract of its own")
    if utility is None or "node" not in whole.given:
        return
    yield from _distinct(
        [
            (("node", "state_directory"), str(home.state_directory)),
            (("utility", "state_directory"), str(utility.state_directory)),
        ],
        "a directory of its own",
    )
    yield from _distinct(
        [
            (("node", "keystore"), str(home.keystore)),
            (("utility", "keystore"), str(utility.keystore)),
        ],
        "a keystore of its own",
    )


def endpoints(whole: Parameters) -> Iterator[Complaint]:
    """See that no endpoint stands twice: it would be its own second witness."""
    taken: dict[object, Place] = {}
    for number, url in enumerate(whole.contract.node):
        place: Place = ("contract", "node", number)
        first = taken.setdefault(_endpoint(url), place)
        if first is not place:
            yield Complaint(
                place=place,
                value="the same again",
                bound="an endpoint of its own: it is to bear another one out",
                taken_by=first,
            )


_USUAL_PORTS = {"http": 80, "ws": 80, "https": 443, "wss": 443}


def _endpoint(url: str) -> object:
    """Give what tells one endpoint from another, whoever logs in there."""
    parts = urlsplit(url)
    # A WebSocket is often another door of the same program, but at a port of its own as a rule.
    port = parts.port or _USUAL_PORTS.get(parts.scheme)
    return parts.hostname, port, parts.path.rstrip("/"), parts.query


def _distinct(users: list[_Use], bound: str) -> Iterator[Complaint]:
    taken: dict[str, Place] = {}
    for place, used in users:
        if used is None:
            continue
        if used in taken:
            yield Complaint(place=place, value=used, bound=bound, taken_by=taken[used])
        taken.setdefault(used, place)


def passwords(whole: Parameters) -> Iterator[Complaint]:
    """See that each password has one home and a user."""
    home, mqtt = whole.node, whole.mqtt
    if home.accountpswd is not None and home.password_file is not None:
        yield _finding("node.password_file", "beside accountpswd", "one of the two")
    if mqtt is not None and mqtt.password_file is not None and mqtt.user is None:
        yield _finding("mqtt.user", "missing", "needed with mqtt.password_file")


def _finding(path: str, value: str, bound: str, *judged_by: str) -> Complaint:
    return Complaint(
        place=tuple(path.split(".")),
        value=value,
        bound=bound,
        judged_by=tuple(tuple(other.split(".")) for other in judged_by),
    )
