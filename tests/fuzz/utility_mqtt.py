"""What anybody may tell a utility on the broker: a relay's wiring, and prices."""

from collections.abc import Sequence

from node.core.auction.pairing import wires_of
from node.core.auction.tariff import HIGHEST_TICK, Tariff
from node.core.records import ConnectionView
from node.links.broker.utility import UtilityLink
from tests.factories.mqtt import mqtt_settings
from tests.factories.relay_keys import BUYER, SELLER
from tests.fuzz.campaign import Target
from tests.fuzz.hearing import hear
from tests.fuzz.loop import PlayedLoop
from tests.fuzz.relay_host import host

_SETTINGS = mqtt_settings("utility")


def target(data: bytes) -> None:
    """Hear a message once fresh and once retained: only a named relay wires, only fresh prices
    count, and every tariff is a ladder."""
    topic, _, payload = data.partition(b"\n")
    loop, tariffs, boards = PlayedLoop(), list[Tariff | None](), list[Sequence[ConnectionView]]()

    def on_wiring(relay: str, connections: Sequence[ConnectionView]) -> None:
        assert relay == "relay", "a stranger wires homes"
        boards.append(connections)

    link = UtilityLink(_SETTINGS, loop, ("relay",), on_wiring, tariffs.append)  # type: ignore[arg-type]
    name = "peerwatt/street/" + topic.decode(errors="replace")
    for is_retained in (True, False):
        hear(link, loop, name, payload, is_retained=is_retained)
        assert not (is_retained and tariffs), "a retained command is obeyed"
    for tariff in tariffs:
        if tariff is not None:
            rise = tariff.retail_per_kwh - tariff.feed_in_per_kwh
            assert rise == HIGHEST_TICK * tariff.tick_size_per_kwh > 0
    for connections in boards:
        assert len(wires_of(connections)) <= len(connections)


def _examples() -> tuple[bytes, ...]:
    playing = host()
    playing.begin()
    state = b"relay/state\n" + playing.server.state_line().rstrip(b"\n")
    prices = (
        b'{"feed_in": 0.08, "retail": 0.269}',
        b'{"retail": 0.332, "feed_in": 0.08}',
        b"bands",
    )
    return (state, state, *(b"utility/command/tariff\n" + text for text in prices))


TARGET = Target(
    name="utility_mqtt",
    run=target,
    examples=_examples(),
    tokens=(
        b"relay/state", b"utility/command/tariff", b"bands", b'"feed_in"', b'"retail"',
        b'"holder"', b'"consents"', b'"connections"', b"null", BUYER.account.encode(),
        SELLER.account.encode(),
    ),
)  # fmt: skip
