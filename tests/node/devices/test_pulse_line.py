"""A contact's edges: as the kernel is asked for them, and as a played line gives its records."""

import struct
from types import SimpleNamespace

import gpiod
import pytest
from gpiod.line import Bias, Direction, Value
from gpiod.line import Edge as Edges

from node.devices.pulse_line import RECORD, Edge, opened
from village.meters.pulses import PulseLine


class Kernel:
    """Stand where `/dev/gpiochip0` would, and keep what was asked of it."""

    def __init__(self):
        self.events = []
        self.asked = {}
        self.is_released = False

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def request_lines(self, config, consumer, event_buffer_size):
        self.asked = config
        self.consumer, self.queued = consumer, event_buffer_size
        return self

    def get_value(self, number):
        return Value.ACTIVE

    def wait_edge_events(self, within):
        return bool(self.events)

    def read_edge_events(self):
        found, self.events = self.events, []
        return found

    def release(self):
        self.is_released = True


def test_the_kernel_is_asked_for_a_pulled_up_line_and_both_of_its_edges(monkeypatch):
    kernel, paths = Kernel(), []
    monkeypatch.setattr(gpiod, "Chip", lambda path: paths.append(path) or kernel)
    closed = SimpleNamespace(
        event_type=gpiod.EdgeEvent.Type.RISING_EDGE, timestamp_ns=2_500_000_000, line_seqno=7
    )

    with opened("gpio:17@4", 0.005, lambda: 1.5) as (stands, wait):
        nothing = wait(0.1)
        kernel.events = [closed]
        edges = wait(0.1)

    line = kernel.asked[17]
    assert paths == ["/dev/gpiochip4"]
    assert (line.direction, line.bias, line.active_low) == (Direction.INPUT, Bias.PULL_UP, True)
    assert (line.edge_detection, line.debounce_period.microseconds) == (Edges.BOTH, 5000)
    assert kernel.queued == 1024
    assert stands == Edge(at_s=1.5, is_closed=True, number=0)
    assert (nothing, edges) == ([], [Edge(at_s=2.5, is_closed=True, number=7)])
    assert kernel.is_released


def test_a_record_is_as_long_as_the_kernels():
    """linux/gpio.h: a u64, four u32, and six of padding."""
    assert RECORD.size == struct.calcsize("=QIIII6I") == 48


def test_a_played_line_says_how_it_stands_and_then_its_edges(tmp_path):
    line = PulseLine(tmp_path / "s0", lambda: 3.0)
    try:
        with opened(f"unix:{tmp_path}/s0", 0.005, lambda: 0.0) as (stands, wait):
            line.pulse(5.0)
            edges = wait(30.0)
            while len(edges) < 2:
                edges += wait(30.0)
    finally:
        line.close()

    assert stands == Edge(at_s=3.0, is_closed=False, number=0)
    assert edges == [
        Edge(at_s=5.0, is_closed=True, number=1),
        Edge(at_s=pytest.approx(5.03), is_closed=False, number=2),
    ]


def test_a_line_that_is_cut_is_an_error_and_so_is_one_that_is_not_there(tmp_path):
    line = PulseLine(tmp_path / "s0")
    with opened(f"unix:{tmp_path}/s0", 0.005, lambda: 0.0) as (_, wait):
        line.cut()
        with pytest.raises(ConnectionError):
            wait(30.0)
    line.close()
    line.close()

    with pytest.raises(OSError), opened(f"unix:{tmp_path}/s0", 0.005, lambda: 0.0):
        pass
