"""Commands on the broker as other programs write them: read right, or refused with a word."""

import logging

import pytest

from node.core.errors import Refused
from node.links.broker.home import MqttLink
from node.links.broker.utility import UtilityLink, read_tariff
from tests.factories.mqtt import mqtt_settings
from tests.fuzz.loop import PlayedLoop

SETTINGS = mqtt_settings("home1")
COMMAND = "peerwatt/street/home1/command"


def wishes(payload: bytes) -> list[bool]:
    loop, heard = PlayedLoop(), list[bool]()
    link = MqttLink(SETTINGS, loop, print, heard.append, None)  # type: ignore[arg-type]
    link.heard(f"{COMMAND}/own_source", payload, False)
    loop.pass_time(0)
    return heard


@pytest.mark.parametrize(
    ("payload", "wish"),
    [
        (b"on", True), (b"ON", True), (b"on\n", True), (b"On\r\n", True), (b"true", True),
        (b'"on"', True), (b"\xef\xbb\xbfon", True), (b" on ", True), (b"1", True),
        (b"off", False), (b"OFF\n", False), (b"false", False), (b"'off'", False), (b"0", False),
    ],
)  # fmt: skip
def test_a_switch_is_read_as_programs_write_it(payload: bytes, wish: bool) -> None:
    assert wishes(payload) == [wish]


@pytest.mark.parametrize(
    "payload", [b"", b"toggle", b"2", b"onoff", b'{"state":"ON"}', b"\xff", b"unavailable"]
)
def test_what_is_no_switch_is_said_and_changes_nothing(
    payload: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    assert wishes(payload) == []
    assert "ignored a message" in caplog.text


class Numbers:
    """A home that takes 20 and refuses all else, at the broker."""

    def __init__(self) -> None:
        self.loop, self.taken = PlayedLoop(), list[str]()
        commands = {"limit": self._take}
        self.link = MqttLink(  # type: ignore[arg-type]
            SETTINGS, self.loop, print, print, None, commands=commands
        )

    def _take(self, word: str) -> None:
        if word != "20":
            raise Refused("WishRefused", f"node.limit: {word} is above 95")
        self.taken.append(word)

    def hear(self, name: str, payload: bytes, *, retained: bool = False) -> None:
        self.link.heard(f"{COMMAND}/{name}", payload, retained)
        self.loop.pass_time(1)


@pytest.mark.parametrize("payload", [b"20", b" 20\n", b'"20"', b"\xef\xbb\xbf20"])
def test_a_number_is_read_as_programs_write_it(payload: bytes) -> None:
    home = Numbers()
    home.hear("limit", payload)

    assert home.taken == ["20"]


@pytest.mark.parametrize(
    ("name", "payload", "retained", "why"),
    [
        ("limit", b"96", False, "command/limit: node.limit: 96 is above 95"),
        ("limit", b"20", True, "a retained command is not obeyed"),
        ("limit", b"\xff", False, "is not UTF-8"),
        ("limit", b"2" * 100_000, False, "ignored 100000 bytes"),
        ("resume", b"20", False, "not a command (own_source, limit is)"),
    ],
)
def test_a_number_that_is_not_taken_is_said_where_all_refused_commands_are(
    name: str, payload: bytes, retained: bool, why: str, caplog: pytest.LogCaptureFixture
) -> None:
    home = Numbers()
    home.hear(name, payload, retained=retained)

    assert home.taken == []
    assert why in caplog.text


@pytest.mark.parametrize(
    ("payload", "feed_in", "retail"),
    [
        (b'{"feed_in": 0.08, "retail": 0.269}', 80_000, 269_000),
        (b'{"feed_in": "0.08", "retail": "0.269"}\n', 80_000, 269_000),
        (b'\xef\xbb\xbf{"feed_in": 8e-2, "retail": 2.69e-1}', 80_000, 269_000),
        (b'{"feed_in": 0.08, "retail": 0.30}', 80_000, 299_996),
        (b'{"feed_in": 0.30000000000000004, "retail": 0.48900000000000005}', 300_000, 489_000),
        (b'{"feed_in": 0.1234567, "retail": 0.3}', 123_457, 299_983),
        (b'{"feed_in": 0, "retail": 0.063}', 0, 63_000),
    ],
)
def test_a_tariff_is_read_to_the_nearest_ladder(payload: bytes, feed_in: int, retail: int) -> None:
    tariff = read_tariff(payload)

    assert (tariff.feed_in_per_kwh, tariff.retail_per_kwh) == (feed_in, retail)


def test_a_tariff_that_was_rounded_says_so(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        read_tariff(b'{"feed_in": 0.08, "retail": 0.30}')

    assert "0.3 is taken as 0.299996" in caplog.text


@pytest.mark.parametrize(
    ("payload", "why"),
    [
        (b'{"feed_in": -0.02, "retail": 0.10}', "0 where the grid asks money for what it takes"),
        (b'{"feed_in": 0, "retail": 0}', "above feed-in"),
        (b'{"feed_in": NaN, "retail": 0.3}', "NaN is not a number"),
        (b'{"feed_in": "nan", "retail": 0.3}', "finite"),
        (b'{"feed_in": "0,08", "retail": "0,3"}', "with a point before decimals"),
        (b'{"feed_in": "1e30", "retail": 0.3}', "beyond"),
        (b'{"retail": 0.3}', "feed_in"),
        (b'{"feed_in": 0.08, "retail": 0.269, "unit": "EUR/kWh"}', "unit"),
        (b"0.269", "not a JSON object"),
        (b"unavailable", "not JSON"),
    ],
)
def test_what_is_no_tariff_is_refused(payload: bytes, why: str) -> None:
    with pytest.raises((Refused, ValueError), match=why):
        read_tariff(payload)


@pytest.mark.parametrize(
    ("payload", "why"),
    [
        (b'{"feed_in": "0.08 EUR", "retail": 0.3}', "feed_in 0.08 EUR: the number alone"),
        (b'{"feed_in": 0.08, "retail": "0x1"}', "retail 0x1: in decimal"),
        ('{"feed_in": "\u0660", "retail": 0.3}'.encode(), "feed_in \u0660: a decimal number"),
        (b'{"feed_in": "", "retail": 0.3}', "feed_in : empty"),
        (b'{"feed_in": 0.3, "retail": 0.1}', "retail 0.1: above feed-in, 0.3"),
        (b'{"feed_in": true, "retail": 0.1}', "feed_in must be a number"),
        ('{"feed_in": 0.08, "retail": 0.3}'.encode("utf-16"), "byte 0 is not UTF-8"),
    ],
)
def test_a_refused_tariff_is_told_with_its_member_and_value(
    payload: bytes, why: str, caplog: pytest.LogCaptureFixture
) -> None:
    loop, heard = PlayedLoop(), list[object]()
    link = UtilityLink(SETTINGS, loop, (), print, heard.append)  # type: ignore[arg-type]
    link.heard(f"{COMMAND}/tariff", payload, False)
    loop.pass_time(0)

    assert heard == []
    (line,) = caplog.messages
    assert line.startswith(f"ignored a message on {COMMAND}/tariff: {why}")


@pytest.mark.parametrize("payload", [b"bands", b"bands\n", b"BANDS", b'"bands"'])
def test_the_bands_are_called_back_as_programs_write_it(payload: bytes) -> None:
    loop, heard = PlayedLoop(), list[object]()
    link = UtilityLink(SETTINGS, loop, (), print, heard.append)  # type: ignore[arg-type]
    link.heard(f"{COMMAND}/tariff", payload, False)
    loop.pass_time(0)

    assert heard == [None]
