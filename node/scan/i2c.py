"""See what answers on an I2C bus, and know our chips by words that reading does not change.

Each look is one transaction of the kernel's, which goes between a running node's own: a register's
number and its two bytes, at addresses where our chips may be, and a bare byte elsewhere. A register
whose reading clears something (ready, alert) is never asked for.
"""

from collections.abc import Iterator, Mapping

from node.devices.bus.i2c import I2cBus
from node.devices.trouble import BusFailed
from node.devices.words import Words
from node.parameters.sections.chips import CHIPS, Gives, Kind
from node.parameters.sections.sensor import Sensor
from node.scan.found import Found, Line

ADDRESSES = range(0x08, 0x78)
_ALERT_RESPONSE = 0x0C
"""Who has an alert answers here, and ends it."""
_MOST_ON_A_BUS = 40
"""More answer on no bus: a data line that is held low answers for everybody."""
_ONES, _ZEROS = 0xFFFF, 0x0000
_OTHERS: Mapping[range, str] = {
    range(0x20, 0x28): "a port expander, perhaps: it is the relay's (relay.expanders)",
    range(0x50, 0x58): "a memory, perhaps",
    range(0x68, 0x69): "a clock, perhaps",
}
_WHICH = "load, generation or connection; none = only shown"


class StuckBus(Exception):
    """Say that nothing can be said of a bus, and why."""


def look(bus: I2cBus, named: Mapping[str, Sensor]) -> Iterator[Found]:
    """Give what answers, by rising address; `named` are the sensors of the file.

    Raises:
        StuckBus: it is not there, hangs, or answers for everybody.
    """
    try:
        words = {address: _words(bus, address) for address in ADDRESSES}
    except BusFailed as error:
        raise StuckBus(str(error)) from None
    answered = {address: found for address, found in words.items() if found is not None}
    if len(answered) > _MOST_ON_A_BUS:
        raise StuckBus(
            f"bus {bus.place}: {len(answered)} addresses answer, more than any bus has:"
            " its data line (SDA) is held low"
        )
    for address, found in answered.items():
        yield _judged(address, found, named)


def _words(bus: I2cBus, address: int) -> Mapping[int, int] | None:
    """Read the words by which the chips of an address are known; None where nobody answers.

    Raises:
        BusFailed: the bus does not work.
    """
    registers = _registers(address)
    if address == _ALERT_RESPONSE:
        return None
    try:
        if not registers:
            bus.readfrom_into(address, bytearray(1))
        words = Words(bus, address)
        return {register: words.read(register) for register in registers}
    except BusFailed:
        raise
    except OSError:
        return None


def _registers(address: int) -> list[int]:
    kinds = [kind for kind in CHIPS.values() if address in kind.addresses]
    return sorted({sign.register for kind in kinds for sign in kind.signs})


def _judged(address: int, words: Mapping[int, int], named: Mapping[str, Sensor]) -> Found:
    where = f"0x{address:02x}"
    ours = [name for name, sensor in named.items() if sensor.at == address]
    chips = _known_by(address, words)
    used = f", in the file as {' and '.join(ours)}" if ours else ""
    if not words:
        others = [told for range_, told in _OTHERS.items() if address in range_]
        return Found(where=where, sentence=(others or ["something, but no chip of ours"])[0])
    if set(words.values()) in ({_ONES}, {_ZEROS}):
        level = "high" if _ONES in words.values() else "low"
        sentence = f"answers, but with its data always {level}: look at its wires and its supply"
        return Found(where=where, sentence=sentence + used)
    if not chips:
        return Found(where=where, sentence=f"something, but no chip of ours{used}")
    kinds = [CHIPS[chip] for chip in chips]
    if kinds[0].is_analogue:
        sentence = "a converter (ADS1115)"
    else:
        sentence = " or ".join(kind.called for kind in kinds)
    lines = () if ours else tuple(_lines(chips[0], kinds[0], address))
    return Found(where=where, sentence=sentence + used, lines=lines)


def _known_by(address: int, words: Mapping[int, int]) -> list[str]:
    """Give the chips whose signs fit, of those whose signs have the most bits."""
    fitting = {
        chip: sum(sign.mask.bit_count() for sign in kind.signs)
        for chip, kind in CHIPS.items()
        if address in kind.addresses
        and all(words[sign.register] & sign.mask == sign.value for sign in kind.signs)
    }
    most = max(fitting.values(), default=0)
    return [chip for chip, bits in fitting.items() if bits == most]


def _lines(chip: str, kind: Kind, address: int) -> Iterator[Line]:
    keys: dict[str, str | int] = {"chip": chip, "address": address}
    if kind.gives is Gives.CHARGE:
        yield Line(section="sensors", name="gauge", keys=keys)
    elif kind.is_analogue:
        keys |= {"channel": 0, "feeds": "none"}
        lacks = "analogue: {adc: ads1115, range_a: 5, 20 or 30, supply_channel: 1}"
        yield Line(section="sensors", name=f"hall_{address:02x}", keys=keys, lacks=lacks)
    else:
        for channel in kind.channels or (None,):
            name = f"shunt_{address:02x}" + (f"_{channel}" if channel else "")
            which = {"channel": channel} if channel else {}
            yield Line(
                section="sensors",
                name=name,
                keys={**keys, **which, "feeds": "none"},
                why=f"{_WHICH}; shunt_ohms is 0.1 where nothing is said",
            )
