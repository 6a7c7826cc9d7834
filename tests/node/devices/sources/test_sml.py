"""SML frames by the real library: to watts and watt-hours, and what is not believed."""

import pytest

from node.devices.sources.sml import Frames
from node.devices.sources.told import Told
from village.meters.frames import frame


def test_a_frame_tells_power_and_both_registers():
    said = frame(power_w=-1234, imported_wh=12_345_678.9, exported_wh=7.5)

    assert list(Frames().feed(said)) == [
        Told(power_w=-1234.0, imported_wh=12_345_678.9, exported_wh=7.5)
    ]


def test_a_line_that_begins_anywhere_gives_each_whole_frame():
    line = frame(power_w=1, imported_wh=1)[33:] + frame(power_w=2, imported_wh=2)
    line += frame(power_w=3, imported_wh=3)
    frames, heard = Frames(), []
    for at in range(0, len(line), 11):
        heard += frames.feed(line[at : at + 11])

    assert [told.power_w for told in heard] == [2.0, 3.0]


def test_without_the_meters_pin_the_registers_tell():
    (told,) = Frames().feed(frame(power_w=None, imported_wh=5000))

    assert (told.power_w, told.imported_wh) == (None, 5000.0)


@pytest.mark.parametrize("at", [20, 60, 100])
def test_a_bit_that_flipped_is_no_frame_and_the_next_one_is_heard(at):
    bad = bytearray(frame(power_w=1, imported_wh=1))
    bad[at] ^= 0x04
    frames = Frames()

    assert list(frames.feed(bytes(bad))) == []
    assert [t.power_w for t in frames.feed(frame(power_w=7, imported_wh=2))] == [7.0]


def test_noise_without_an_end_takes_no_memory():
    frames = Frames()
    for _ in range(20):
        assert list(frames.feed(b"\x1b\x1b\x1b\x1b\x01\x01\x01\x01" + b"\x55" * 4000)) == []

    assert [t.power_w for t in frames.feed(frame(power_w=5, imported_wh=1))] == [5.0]
