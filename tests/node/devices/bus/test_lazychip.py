import pytest

from node.devices.bus.lazychip import FIRST_PAUSE_S, LONGEST_PAUSE_S, LazyChip
from node.devices.trouble import BusFailed, SensorAbsent, SensorImplausible


class World:
    """Count what is opened and used, on a clock moved by hand."""

    def __init__(self):
        self.now_s = 0.0
        self.opened = 0
        self.error = None
        self.chip = LazyChip(name="gauge", open_chip=self.open, monotonic=lambda: self.now_s)

    def open(self):
        self.opened += 1
        if self.error is not None:
            raise self.error
        return "chip"


def fail(error):
    def action(_chip):
        raise error

    return action


def test_nothing_is_opened_before_the_first_use():
    world = World()

    assert world.opened == 0
    assert world.chip.use(str.upper) == "CHIP"
    assert world.chip.use(str.title) == "Chip"
    assert world.opened == 1


@pytest.mark.parametrize("error", [ValueError("no device"), RuntimeError("other"), OSError(121)])
def test_what_cannot_be_opened_is_absent(error):
    world = World()
    world.error = error

    with pytest.raises(SensorAbsent, match="gauge: "):
        world.chip.use(str.upper)

    assert world.opened == 2


def test_pauses_grow_to_a_longest_and_end_with_a_success():
    world = World()
    world.error = ValueError("no device")
    pauses_s = []
    for _ in range(12):
        with pytest.raises(SensorAbsent):
            world.chip.use(str.upper)
        pauses_s.append(world.chip._next_try_s - world.now_s)
        world.now_s = world.chip._next_try_s

    assert pauses_s[:3] == pytest.approx([FIRST_PAUSE_S, 2 * FIRST_PAUSE_S, 4 * FIRST_PAUSE_S])
    assert pauses_s[-1] == pytest.approx(LONGEST_PAUSE_S)
    world.error = None
    assert world.chip.use(str.upper) == "CHIP"
    assert world.chip.use(str.upper) == "CHIP"


def test_a_pause_costs_no_attempt():
    world = World()
    world.error = ValueError("no device")
    with pytest.raises(SensorAbsent, match="asked again at least every 30 s") as first:
        world.chip.use(str.upper)
    attempts = world.opened

    with pytest.raises(SensorAbsent) as second:
        world.chip.use(str.upper)

    assert attempts == world.opened
    assert str(second.value) == str(first.value), "the same sentence, so that it is logged once"


def test_an_implausible_value_neither_pauses_nor_reopens():
    world = World()

    for _ in range(3):
        with pytest.raises(SensorImplausible):
            world.chip.use(fail(SensorImplausible("256 %")))

    assert world.opened == 1
    assert world.chip.use(str.upper) == "CHIP"


def test_a_failed_bus_pauses_as_a_failed_bus():
    world = World()
    with pytest.raises(BusFailed):
        world.chip.use(fail(BusFailed("away")))

    with pytest.raises(BusFailed, match="asked again"):
        world.chip.use(str.upper)
