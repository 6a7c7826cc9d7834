"""Find the kernel's GPIO chip whose lines are a Pi's header: `/dev/gpiochip*`."""

from collections.abc import Iterator
from pathlib import Path

import gpiod

_LABELS = ("pinctrl-rp1", "pinctrl-bcm2711", "pinctrl-bcm2835")


def path_of_chip(number: int | None) -> str:
    """Give a chip's device file; `number` None finds the one that drives a Pi's header.

    Raises:
        OSError: there is none, or one may not be looked at.
    """
    if number is not None:
        return f"/dev/gpiochip{number}"
    for path in _chips():
        with gpiod.Chip(str(path)) as found:
            if found.get_info().label in _LABELS:
                return str(path)
    raise FileNotFoundError("no GPIO chip of a Raspberry Pi is here")


def _chips() -> Iterator[Path]:
    for path in sorted(Path("/dev").glob("gpiochip*")):
        if gpiod.is_gpiochip_device(str(path)):
            yield path
