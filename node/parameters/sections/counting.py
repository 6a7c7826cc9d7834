"""The section `node.counting`: how the battery's charge is counted from what flows."""

from node.parameters.types import Name, Number, Section, key


class Counting(Section):
    """Hold when the battery is full and when it is empty for sure, and what charging loses."""

    full_v: Number = key(
        ..., "the battery's voltage where it is full and hardly takes any more", "V", low=1, high=60
    )
    tail_a: Number = key(
        ..., "the current below which it hardly takes any more", "A", low=0.001, high=1000
    )
    hold_s: Number = key(
        300, "for how long both must be so, calendar time", "s", low=1, high=86_400
    )
    floor_v: Number | None = key(
        None,
        "the voltage at which it is empty, whatever was counted; null = there is no such veto",
        "V",
        low=0.5,
        high=60,
    )
    efficiency: Number = key(
        0.95, "the part of what goes in that comes out again", "of 1", low=0.5, high=1
    )
    sensor: Name | None = key(
        None,
        "the sensor that sees the battery's voltage; null = the one that feeds generation, or else "
        "the load's",
        bound="a name of node.sensors",
    )
