"""CitizenWatt's packets: from encrypted bytes to watts, and what is not believed."""

import pytest
from Crypto.Cipher import AES

from node.devices.sources.citizenwatt_serial import PACKET, Packets
from node.parameters.sections.source import DataSource

KEY = bytes(range(16))


def packet(power_w, timer):
    return AES.new(KEY, AES.MODE_ECB).encrypt(PACKET.pack(power_w, 240, 3000, timer, 0, 0))


@pytest.fixture
def packets(tmp_path):
    (tmp_path / "key").write_text(KEY.hex() + "\n")
    return Packets(
        DataSource(
            kind="citizenwatt_serial",
            at="serial:/dev/ttyUSB0",
            feeds="load",
            password_file=tmp_path / "key",
        )
    )


def heard(packets, *pieces):
    return [told.power_w for piece in pieces for told in packets.feed(piece)]


def test_a_packet_is_what_lies_between_two_silences(packets):
    one, two = packet(512, 1), packet(0xFFFF, 2)

    assert heard(packets, one[:5], one[5:], b"", b"", two, b"") == [512.0, 65_535.0]


def test_a_packet_whose_beginning_was_missed_is_none_and_the_next_one_is_heard(packets):
    with pytest.raises(ValueError, match="no packet of 16 bytes"):
        heard(packets, packet(512, 1)[3:], b"")

    assert heard(packets, packet(513, 2), b"") == [513.0]


def test_noise_without_a_silence_takes_no_memory(packets):
    assert heard(packets, *[b"x" * 4096] * 100) == []
    with pytest.raises(ValueError, match="no packet"):
        heard(packets, b"")


@pytest.mark.parametrize("timer", [6, 7])
def test_a_packet_that_is_played_again_is_not_believed(packets, timer):
    heard(packets, packet(512, 7), b"")
    with pytest.raises(ValueError, match=f"timer is {timer} after 7"):
        heard(packets, packet(9000, timer), b"")


def test_without_a_key_nothing_is_read(packets, tmp_path):
    (tmp_path / "key").write_text("not a key\n")
    with pytest.raises(ValueError, match="32 hexadecimal digits"):
        heard(packets, packet(512, 1), b"")
