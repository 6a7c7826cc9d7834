"""P1 telegrams: from the standard's bytes to watts and watt-hours, and what is not believed."""

import pytest

from node.devices.sources.p1 import Telegrams, crc16, read_telegram
from node.devices.sources.told import Told
from village.meters.telegrams import telegram

EXAMPLE = (
    b"/ISk5\\2MT382-1000\r\n\r\n1-3:0.2.8(50)\r\n0-0:1.0.0(170102192002W)\r\n"
    b"0-0:96.1.1(4B384547303034303436333935353037)\r\n1-0:1.8.1(000004.426*kWh)\r\n"
    b"1-0:1.8.2(000002.399*kWh)\r\n1-0:2.8.1(000002.444*kWh)\r\n1-0:2.8.2(000000.000*kWh)\r\n"
    b"0-0:96.14.0(0002)\r\n1-0:1.7.0(00.244*kW)\r\n1-0:2.7.0(00.000*kW)\r\n"
    b"0-0:96.7.21(00013)\r\n0-0:96.7.9(00000)\r\n1-0:99.97.0(0)(0-0:96.7.19)\r\n"
    b"1-0:32.32.0(00000)\r\n1-0:52.32.0(00000)\r\n1-0:72.32.0(00000)\r\n"
    b"1-0:32.36.0(00000)\r\n1-0:52.36.0(00000)\r\n1-0:72.36.0(00000)\r\n0-0:96.13.0()\r\n"
    b"1-0:32.7.0(0230.0*V)\r\n1-0:52.7.0(0230.0*V)\r\n1-0:72.7.0(0229.0*V)\r\n"
    b"1-0:31.7.0(0.48*A)\r\n1-0:51.7.0(0.44*A)\r\n1-0:71.7.0(0.86*A)\r\n"
    b"1-0:21.7.0(00.070*kW)\r\n1-0:41.7.0(00.032*kW)\r\n1-0:61.7.0(00.142*kW)\r\n"
    b"1-0:22.7.0(00.000*kW)\r\n1-0:42.7.0(00.000*kW)\r\n1-0:62.7.0(00.000*kW)\r\n"
    b"0-1:24.1.0(003)\r\n0-1:96.1.0(3232323241424344313233343536373839)\r\n"
    b"0-1:24.2.1(170102161005W)(00000.107*m3)\r\n0-2:24.1.0(003)\r\n0-2:96.1.0()\r\n!"
)
"""A meter of version 5 said so, and its check with it: 6EEE."""
NOON_S = 1_291_890_620


def test_the_check_is_crc_16_by_its_published_check_value():
    assert crc16(b"123456789") == 0xBB3D


def test_a_real_telegram_is_read_to_the_last_digit():
    """170102192002W: 2 January 2017, 19:20:02 in winter, an hour before UTC."""
    assert crc16(EXAMPLE) == 0x6EEE
    assert read_telegram(EXAMPLE, b"6EEE") == Told(
        power_w=244.0,
        imported_wh=pytest.approx(6825.0),
        exported_wh=pytest.approx(2444.0),
        calendar_s=1_483_381_202,
    )


def test_a_line_that_begins_anywhere_gives_each_whole_telegram():
    said = [telegram(at_s=NOON_S + n, power_w=-100.0 * n) for n in range(3)]
    line, heard = said[0][57:] + said[1] + said[2], []
    telegrams = Telegrams()
    for at in range(0, len(line), 7):
        heard += telegrams.feed(line[at : at + 7])

    assert [(t.power_w, t.calendar_s) for t in heard] == [(-100, NOON_S + 1), (-200, NOON_S + 2)]


@pytest.mark.parametrize("at", [40, 200, -4])
def test_a_bit_that_flipped_is_noise_and_the_next_telegram_is_heard(at):
    good = telegram(at_s=NOON_S, power_w=230.0)
    bad = bytearray(good)
    bad[at] ^= 0x01
    telegrams = Telegrams()
    with pytest.raises(ValueError, match="CRC16 does not fit"):
        list(telegrams.feed(bytes(bad)))

    assert [t.power_w for t in telegrams.feed(good)] == [230.0]


def checked(text):
    return read_telegram(text, f"{crc16(text):04X}".encode())


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (b"/x\r\n!", "without 1-0:1.7.0"),
        (b"/x\r\n1-0:1.7.0(01.193*hp)\r\n!", "'hp'"),
        (b"/x\r\n1-0:1.7.0(01.193*kW)\r\n0-0:1.0.0(1012091130)\r\n!", "no instant"),
        (b"/x\r\n1-0:1.7.0(*kW)\r\n!", "could not convert"),
    ],
)
def test_what_lacks_what_it_must_tell_is_named(text, why):
    with pytest.raises(ValueError, match=why):
        checked(text)


def test_a_telegram_without_a_check_is_an_older_meters_and_not_believed():
    with pytest.raises(ValueError, match="DSMR 2 or 3"):
        list(Telegrams().feed(b"/x\r\n1-0:1.7.0(01.193*kW)\r\n!\r\n"))


def test_the_whole_register_of_a_belgian_meter_comes_before_its_tariffs():
    told = checked(b"/x\r\n1-0:1.7.0(00.001*kW)\r\n1-0:1.8.0(1.5*kWh)\r\n1-0:1.8.1(1*kWh)\r\n!")

    assert (told.power_w, told.imported_wh, told.exported_wh) == (1.0, 1500.0, None)


def test_noise_without_an_end_takes_no_memory():
    telegrams = Telegrams()
    for _ in range(100):
        assert list(telegrams.feed(b"/" + b"x" * 4095)) == []

    assert [t.power_w for t in telegrams.feed(telegram(at_s=NOON_S, power_w=5.0))] == [5.0]
