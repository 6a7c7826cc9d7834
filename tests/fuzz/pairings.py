"""A home's pairing topic: whatever anybody retains there, through the real client to the picture.

An input is one message; whole minutes of blocks come between some of them.
"""

from node.core.auction.pairing import Pairing, Part
from node.core.facts import ChainObserved, Fact, PairingHeard
from node.home.inward.outside import MOST_PAIRINGS, Outside
from node.links.broker.home import MqttLink
from node.links.broker.pairings import MAX_PAIRINGS_BYTES, pairings_text, parse_pairings
from tests.factories.home import chain_view
from tests.factories.market import NOW_INTERVAL, market
from tests.factories.mqtt import mqtt_settings
from tests.factories.settings import HOME, NEIGHBOUR, SELLER1
from tests.factories.street import street
from tests.fuzz.campaign import Target, fingerprint
from tests.fuzz.hearing import hear
from tests.fuzz.loop import PlayedLoop
from tests.worlds.recording_ports import Stamps

_TOPIC = f"peerwatt/street/utility/pairing/{HOME}"

_SETTINGS = mqtt_settings("home1", account=HOME)


def target(data: bytes) -> None:
    """Hear a message: what is kept is this home's, of intervals of now, and comes back as text."""
    picture, loop = Outside(HOME, Stamps(), 0.0, street()), PlayedLoop()
    heard: list[Pairing] = []

    def post(fact: Fact) -> None:
        assert isinstance(fact, PairingHeard)
        heard.append(fact.pairing)
        picture.absorb(fact, 1.0)

    seen = ChainObserved(view=chain_view(), market=market())
    if fingerprint(data) % 2:
        picture.absorb(seen, 0.0)
    link = MqttLink(_SETTINGS, loop, post, lambda _: None, "utility")  # type: ignore[arg-type]
    hear(link, loop, _TOPIC, data, is_retained=True)
    assert len(picture._told) <= MOST_PAIRINGS
    assert not heard or len(data) <= MAX_PAIRINGS_BYTES
    picture.absorb(seen, 2.0)
    for pairing in picture.pairings:
        assert NOW_INTERVAL <= pairing.interval <= NOW_INTERVAL + 1, (
            "a pairing of another time is kept"
        )
        assert all(HOME in (part.buyer, part.seller) for part in pairing.parts)
    text = pairings_text(heard, HOME, ["relay"])
    assert (tuple(heard), ("relay",)) == parse_pairings(text.encode(), HOME)


def _pairing(interval: int, *parts: tuple[str, str, str, int]) -> Pairing:
    named = ("kind", "buyer", "seller", "energy_milliwh")
    return Pairing(
        interval=interval,
        wires_hash=bytes(range(32)),
        parts=tuple(Part(**dict(zip(named, part, strict=True))) for part in parts),  # type: ignore[arg-type]
    )


_BOUGHT = ("solar", HOME, SELLER1, 120_000)
_SOLD = ("chp", NEIGHBOUR, HOME, 2**40)
_EXAMPLES = (
    (),
    (_pairing(NOW_INTERVAL),),
    (_pairing(NOW_INTERVAL, _BOUGHT),),
    (_pairing(NOW_INTERVAL, _BOUGHT, ("chp", HOME, SELLER1, 1)), _pairing(NOW_INTERVAL + 1, _SOLD)),
    (_pairing(NOW_INTERVAL + 1, *[_SOLD] * 40),),
)
TARGET = Target(
    name="pairings",
    run=target,
    examples=tuple(pairings_text(example, HOME, ["relay"]).encode() for example in _EXAMPLES),
    tokens=(
        b'"pairings"', b'"interval"', b'"wires_hash"', b'"parts"', b'"kind"', b'"buyer"',
        b'"seller"', b'"energy_milliwh"', b'"solar"', b'"chp"', HOME.encode(), SELLER1.encode(),
        str(NOW_INTERVAL).encode(), b"[]", b"{}",
    ),
)  # fmt: skip
