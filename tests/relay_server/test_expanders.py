"""Port expanders: at rest before they are outputs, read back, and reset where that is wired."""

import pytest

from node.core.errors import ConfigError, InterlockViolation, Refused
from node.parameters import parse
from relay_server.board import Board
from relay_server.check import findings
from relay_server.loading import settings_from
from relay_server.settings import BoardSettings, ExpanderSettings
from tests.parts.expander_bus import PlayedBus
from village.expanders import PlayedMcp23017, PlayedPcf8574

RESET = 24
PLACES = (0x20, 0x21, 0x38)


def board(*chips: tuple[str, int], active_high: bool = False, reset: int | None = None) -> Board:
    settings = BoardSettings(
        kind="mock", pins=(17, 18), active_high=active_high, gpio_chip=None, feedback_pins=(),
        feedback_active_high=False, expander_bus="/dev/i2c-1",
        expanders=tuple(
            ExpanderSettings(chip=chip, address=address, reset_pin=reset)
            for chip, address in chips
        ),
    )  # fmt: skip
    return Board(settings)


def mcp(bus: PlayedBus, address: int = 0x20) -> PlayedMcp23017:
    chip = bus.chips[address]
    assert isinstance(chip, PlayedMcp23017)
    return chip


@pytest.mark.parametrize("active_high", [True, False])
@pytest.mark.parametrize("left_in_banks", [True, False])
def test_no_output_is_ever_driven_but_at_rest_until_it_is_told(
    bus: PlayedBus, active_high: bool, left_in_banks: bool
) -> None:
    """Whatever way of addressing the chip was left in: nothing of it was reset."""
    chip = mcp(bus)
    chip.write([0x0A, 0x80 if left_in_banks else 0x00])
    chip.history.clear()
    made = board(("mcp23017", 0x20), active_high=active_high)
    driven = {level for pins in chip.history for level in pins if level is not None}
    assert driven == {not active_high}
    assert None not in chip.pins
    assert made.closed == frozenset()

    made.close_contacts((1, 2, 17))
    assert made.closed == {1, 2, 17}
    assert [n for n, level in enumerate(chip.pins) if level is active_high] == [0, 15]
    made.rest()
    assert made.closed == frozenset()
    made.close()
    assert set(chip.pins) == {None}
    assert not bus.is_open


def test_channels_go_on_from_chip_to_chip_each_with_its_own(bus: PlayedBus) -> None:
    made = board(("mcp23017", 0x20), ("pcf8574", 0x38), ("mcp23017", 0x21))
    for channel in range(2 + 16 + 8 + 16):
        made.close_contacts((channel,))
        assert made.closed == {channel}
        made.open_contacts((channel,))
    made.close_contacts((0, 18, 25, 26))
    pcf = bus.chips[0x38]
    assert isinstance(pcf, PlayedPcf8574)

    assert pcf.levels == 0b0111_1110
    assert pcf.history[0] == 0xFF
    assert mcp(bus, 0x21).pins[0] is False
    made.close()
    assert pcf.levels == 0xFF


def test_a_chip_that_lost_its_power_is_a_violation_and_not_taken_for_closed(
    bus: PlayedBus,
) -> None:
    made = board(("mcp23017", 0x20))
    made.close_contacts((2,))
    mcp(bus).reset()

    assert made.closed == frozenset()
    with pytest.raises(InterlockViolation, match="channel 3 does not read back"):
        made.close_contacts((3,))
    made.close()


@pytest.mark.failure(
    part="relay",
    failure="a port expander does not answer any more",
    person="the relay ends, and starts again until it does",
    contacts="the pins' open, and the expander's if its reset is tied to a pin; else they stay",
)
def test_a_chip_that_is_away_leaves_the_others_at_rest_and_itself_reset(bus: PlayedBus) -> None:
    made = board(("mcp23017", 0x20), reset=RESET)
    pin = made._factory.pin(RESET)
    assert (pin.function, pin.state) == ("output", 1)
    made.close_contacts((0, 2))
    away = bus.chips.pop(0x20)
    coil = made._factory.pin(17)
    with pytest.raises(OSError):
        made.close_contacts((3,))
    with pytest.raises((InterlockViolation, OSError)):
        made.close()

    assert isinstance(away, PlayedMcp23017)
    assert coil.state == 1 or coil.function == "input"
    assert pin.function == "input"
    assert not bus.is_open


def test_a_chip_that_is_not_there_is_refused_by_name_and_everything_is_given_back(
    bus: PlayedBus,
) -> None:
    with pytest.raises(Refused, match="mcp23017 at 0x25"):
        board(("mcp23017", 0x20), ("mcp23017", 0x25))

    assert set(mcp(bus).pins) == {None}
    assert not bus.is_open


def problems(text: str) -> str:
    with pytest.raises(ConfigError) as refused:
        parse(f"relay: {text}\n", "parameters.yml")
    return str(refused.value)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{pins: []}", "relay.pins: 0 channels on line 1 (1 to 64, with relay.expanders)"),
        (
            "{expanders: [{chip: pcf8574, address: 0x20}]}",
            "active_high: false, as it begins with every output high",
        ),
        ("{expanders: [{chip: mcp23017, address: 0x38}]}", "0x38 on line 1 (one of its kind's"),
        (
            "{expanders: [{chip: mcp23017, address: 0x20}, {chip: mcp23017, address: 0x20}]}",
            "relay.expanders.1.address: 0x20 on line 1",
        ),
        ("{expanders: [{chip: mcp23017, address: 0x20, reset_pin: 17}]}", "a pin of its own"),
        (
            "{active_high: false, expanders: [{chip: pcf8574, address: 0x20, reset_pin: 5}]}",
            "null: it has no reset",
        ),
        (
            "{expanders: [{chip: mcp23017, address: 0x20}],"
            " connections: [{load: a, source: b, channels: [19, 20]}]}",
            "channel 20 on line 1 (0 to 19, as relay.pins and relay.expanders have 20)",
        ),
    ],
)
def test_what_cannot_be_wired_so_is_said(text: str, why: str) -> None:
    assert why in problems(text)


def test_sixty_four_channels_are_taken_and_not_one_more() -> None:
    chips = ", ".join(f"{{chip: mcp23017, address: 0x2{n}, reset_pin: {n}}}" for n in range(4))
    settings = settings_from(parse(f"relay: {{pins: [], expanders: [{chips}]}}\n", "p.yml"))
    assert settings.board.channels == settings.wiring.channels == 64
    assert len(settings.wiring.connections) == 32

    assert "65 channels" in problems(f"{{pins: [17], expanders: [{chips}]}}")


def test_check_says_which_contacts_stay_as_they_are_when_the_pi_hangs() -> None:
    text = (
        "relay: {active_high: false, expanders: [{chip: mcp23017, address: 0x20},"
        " {chip: mcp23017, address: 0x21, reset_pin: 5}, {chip: pcf8574, address: 0x38}]}\n"
    )
    told = [str(found) for found in findings(settings_from(parse(text, "p.yml")))]
    stay = [line for line in told if "its contacts stay as they are when the Pi hangs" in line]

    assert [line.split(":")[0].split()[-1] for line in stay] == ["0x20", "0x38"]
    assert "reset_pin" in stay[0]
    assert "it has no reset" in stay[1]
