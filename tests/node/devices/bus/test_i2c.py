import errno
import time

import pytest

from node.devices.bus.frames import (
    Read,
    Write,
    frame_length,
    pack_reply,
    pack_request,
    unpack_reply,
    unpack_request,
)
from node.devices.bus.i2c import I2cBus, KernelTransport
from node.devices.trouble import BusFailed
from village.chips.bus import BusServer


def register(bus, pointer, address=0x40):
    word = bytearray(2)
    bus.writeto_then_readfrom(address, bytes((pointer,)), word)
    return int.from_bytes(word, "big")


def test_a_socket_bus_reads_and_writes_a_chip(home):
    bus = I2cBus(home.place)

    bus.writeto(0x40, b"\x05\x10\x00")

    assert register(bus, 0x05) == 0x1000
    bus.close()


def test_slices_of_buffers_are_honoured(home):
    bus = I2cBus(home.place)
    bus.writeto(0x40, b"??\x05\x20\x00??", start=2, end=5)
    into = bytearray(b"____")
    bus.writeto_then_readfrom(0x40, b"?\x05?", into, out_start=1, out_end=2, in_start=1, in_end=3)
    again = bytearray(b"____")
    bus.readfrom_into(0x40, again, start=2)

    assert (into, again) == (b"_\x20\x00_", b"__\x20\x00")
    bus.close()


def test_a_path_that_is_a_socket_needs_no_prefix(home):
    bus = I2cBus(str(home.path))

    assert register(bus, 0x00) == 0x399F
    bus.close()


def test_a_number_names_a_device_file():
    assert I2cBus(1).place == "/dev/i2c-1"


def test_an_absent_chip_is_not_the_fault_of_the_bus(home):
    bus = I2cBus(home.place)

    with pytest.raises(OSError, match="121") as caught:
        bus.writeto(0x41, b"\x00")

    assert not isinstance(caught.value, BusFailed)
    assert register(bus, 0x00) == 0x399F
    bus.close()


def test_making_a_bus_touches_nothing(tmp_path):
    bus = I2cBus(f"unix:{tmp_path / 'nobody'}")

    bus.close()
    bus.close()


@pytest.mark.parametrize("place", ["unix:/nowhere/home.i2c", "/nowhere/i2c-1", "/dev/null"])
def test_a_bus_that_is_away_says_so(place):
    with pytest.raises(BusFailed, match="bus "):
        I2cBus(place).writeto(0x40, b"")


def test_a_bus_comes_back_after_its_server_restarted(home, tmp_path):
    path = tmp_path / "other.i2c"
    bus = I2cBus(f"unix:{path}")
    with BusServer({path: home.bus}):
        assert register(bus, 0x00) == 0x399F
    with pytest.raises(BusFailed):
        register(bus, 0x00)

    with BusServer({path: home.bus}):
        assert register(bus, 0x00) == 0x399F
    bus.close()


def test_a_hung_socket_ends_at_its_timeout(home):
    home.bus.hung = True
    bus = I2cBus(home.place, socket_timeout_s=0.05)

    with pytest.raises(BusFailed, match="timed out"):
        register(bus, 0x00)

    home.bus.hung = False
    assert register(bus, 0x00) == 0x399F
    bus.close()


def test_an_abandoned_bus_refuses_every_transfer(home):
    bus = I2cBus(home.place)
    bus.abandon()

    with pytest.raises(BusFailed, match="abandoned"):
        register(bus, 0x00)
    assert home.bus.transactions == 0


def test_a_transfer_over_the_socket_takes_less_than_a_millisecond(home):
    bus = I2cBus(home.place)
    register(bus, 0x00)
    spans_s = []
    for _ in range(200):
        before_s = time.perf_counter()
        register(bus, 0x00)
        spans_s.append(time.perf_counter() - before_s)

    assert sorted(spans_s)[100] < 0.001
    bus.close()


class PlayedAdapter:
    """Stand where smbus2's SMBus stands, and hand its own messages to the played chips."""

    def __init__(self, bus):
        self.bus = bus
        self.closed = 0

    def i2c_rdwr(self, *messages):
        asked = [Read(m.addr, m.len) if m.flags & 1 else Write(m.addr, bytes(m)) for m in messages]
        data = self.bus.transfer(asked)
        for message in messages:
            if message.flags & 1:
                for at in range(message.len):
                    message.buf[at] = data[at]
                data = data[message.len :]

    def close(self):
        self.closed += 1


def test_the_kernel_transport_speaks_i2c_rdwr_messages(home):
    transport = KernelTransport.__new__(KernelTransport)
    transport._bus = PlayedAdapter(home.bus)

    transport.transfer([Write(0x40, b"\x05\x12\x34")])
    data = transport.transfer([Write(0x40, b"\x05"), Read(0x40, 2)])

    assert data == b"\x12\x34"
    with pytest.raises(OSError, match="121"):
        transport.transfer([Write(0x50, b"\x00")])
    transport.close()
    assert transport._bus.closed == 1


def test_a_request_reads_back_as_it_was_framed():
    messages = [Write(0x40, b"\x05\x10\x00"), Read(0x40, 2), Write(0x36, b"")]

    frame = pack_request(messages)

    assert len(frame) == 2 + frame_length(frame[:2])
    assert messages == unpack_request(frame[2:])


def test_a_reply_reads_back_as_it_was_framed():
    assert unpack_reply(pack_reply(errno.EREMOTEIO, b"")[2:]) == (121, b"")
    assert unpack_reply(pack_reply(0, b"\x01\x02")[2:]) == (0, b"\x01\x02")


@pytest.mark.parametrize("body", [b"\x40", b"\x40\x00\x00\x02\x05", b"\x40\x01\x00"])
def test_a_truncated_request_is_refused(body):
    with pytest.raises(ValueError, match="bytes"):
        unpack_request(body)


def test_an_empty_reply_and_an_endless_frame_are_refused():
    with pytest.raises(ValueError, match="empty"):
        unpack_reply(b"")
    with pytest.raises(ValueError, match="4096"):
        pack_reply(0, bytes(5000))
