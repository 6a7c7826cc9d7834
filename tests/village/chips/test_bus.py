import socket
import time

import pytest

from node.devices.bus.frames import Read, Write, frame_length, pack_request, unpack_reply
from village.chips.bus import BusServer, PlayedBus
from village.chips.max17043 import PlayedMax17043
from village.chips.played import NotAcknowledged


@pytest.fixture
def bus():
    return PlayedBus({0x36: PlayedMax17043(battery=lambda: (50.0, 3.7))})


def connected(path):
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(5)
    connection.connect(str(path))
    return connection


def received(connection, size):
    data = b""
    while len(data) < size:
        part = connection.recv(size - len(data))
        assert part
        data += part
    return data


def answer(connection):
    return unpack_reply(received(connection, frame_length(received(connection, 2))))


VERSION = pack_request([Write(0x36, b"\x08"), Read(0x36, 2)])


def test_a_transaction_reaches_its_chip(bus):
    assert bus.transfer([Write(0x36, b"\x08"), Read(0x36, 2)]) == b"\x00\x03"


def test_an_address_without_a_chip_does_not_acknowledge(bus):
    with pytest.raises(NotAcknowledged):
        bus.transfer([Write(0x40, b"\x00")])


def test_two_homes_have_two_buses(bus, tmp_path):
    one, other = tmp_path / "home1.i2c", tmp_path / "home2.i2c"
    with BusServer({one: bus, other: PlayedBus({})}):
        with connected(one) as connection:
            connection.sendall(VERSION)
            assert answer(connection) == (0, b"\x00\x03")
        with connected(other) as connection:
            connection.sendall(VERSION)
            assert answer(connection) == (121, b"")


def test_frames_may_come_in_pieces_and_several_at_once(bus, tmp_path):
    path = tmp_path / "home1.i2c"
    with BusServer({path: bus}), connected(path) as connection:
        connection.sendall(VERSION[:3])
        time.sleep(0.01)
        connection.sendall(VERSION[3:] + VERSION)

        assert [answer(connection), answer(connection)] == [(0, b"\x00\x03")] * 2


def test_a_malformed_request_is_refused_and_the_bus_goes_on(bus, tmp_path):
    path = tmp_path / "home1.i2c"
    with BusServer({path: bus}), connected(path) as connection:
        connection.sendall(b"\x00\x02\x36\x00")
        assert answer(connection) == (71, b"")
        connection.sendall(VERSION)

        assert answer(connection) == (0, b"\x00\x03")


def test_a_hung_bus_answers_when_it_recovers_and_hangs_no_other(bus, tmp_path):
    one, other = tmp_path / "home1.i2c", tmp_path / "home2.i2c"
    hung = PlayedBus({0x36: bus.chips[0x36]})
    hung.hung = True
    with (
        BusServer({one: hung, other: bus}),
        connected(one) as stuck,
        connected(other) as free,
    ):
        stuck.sendall(VERSION)
        free.sendall(VERSION)
        assert answer(free) == (0, b"\x00\x03")
        assert hung.transactions == 0

        hung.hung = False

        assert answer(stuck) == (0, b"\x00\x03")


def test_a_client_that_goes_away_harms_nobody(bus, tmp_path):
    path = tmp_path / "home1.i2c"
    with BusServer({path: bus}):
        for _ in range(5):
            with connected(path) as gone:
                gone.sendall(VERSION)
        with connected(path) as connection:
            connection.sendall(VERSION)

            assert answer(connection) == (0, b"\x00\x03")


def test_closing_removes_the_socket_and_may_be_done_twice(bus, tmp_path):
    path = tmp_path / "home1.i2c"
    path.write_text("left over from a crash")
    server = BusServer({path: bus})
    assert path.stat().st_mode & 0o777 == 0o600

    server.close()
    server.close()

    assert not path.exists()
