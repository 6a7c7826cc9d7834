"""Parameters files as people, editors and other programs write them: a table.

Each row is refused, with the line and what is right, or read right. None is read as something else.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

A = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
B = "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359"
UTILITY = "utility:\n  time_zone: Europe/Berlin\n  tariff:\n"
BAND = "  - {{from: {}, feed_in: 0.08, retail: 0.269}}\n"
PRICES = "  - {{from: '00:00', feed_in: {}, retail: {}}}\n"
BLANK = """\
contract:
  address: ''
  node: ''
node:
  address: ''
  accountpswd: ''
  sensorId: 1
  typ: 'C'
  limit: 20
  fuelgauge: yes
sellers: ''
relay:
  host: ''
  readingPort:
  updatePort:
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """Hold one file: `refused` are parts of what is told of it, else `reads` what keys hold."""

    name: str
    text: str | bytes
    refused: tuple[str, ...] = ()
    reads: Mapping[str, object] = field(default_factory=dict)
    notices: tuple[str, ...] = ()


def refused(name: str, text: str | bytes, *told: str) -> File:
    return File(name=name, text=text, refused=told)


def reads(name: str, text: str | bytes, *notices: str, **keys: object) -> File:
    whole = {key.replace("__", "."): value for key, value in keys.items()}
    return File(name=name, text=text, reads=whole, notices=notices)


SENSOR = "node:\n  sensors:\n    m: {{chip: ina219, feeds: load, address: {}}}\n"

NUMBERS = (
    refused(
        "octal pins",
        "relay:\n  pins: [017, 027]\n",
        "relay.pins.0: 017 on line 2",
        "octal, 15: write it without leading zeros",
        "relay.pins.1: 027 on line 2",
    ),
    refused("octal limit", "node:\n  limit: 020\n", "node.limit: 020 on line 2", "octal, 16"),
    refused("zero before 8", "node:\n  limit: 08\n", "08 on line 2", "without leading zeros"),
    refused("octal of YAML 1.2", "node:\n  limit: 0o17\n", "0o17 on line 2", "in decimal"),
    refused("octal in quotes", "node:\n  limit: '020'\n", "020 on line 2", "leading zeros"),
    refused("hexadecimal", "node:\n  limit: 0x14\n", "0x14 on line 2", "hexadecimal, 20"),
    refused("binary", "node:\n  limit: 0b11\n", "0b11 on line 2", "binary, 3: write it in decimal"),
    refused("base 60", "node:\n  limit: 1:30\n", "1:30 on line 2", "base 60, 90"),
    refused("base 60 with decimals", "node:\n  limit: 1:30.5\n", "1:30.5 on line 2", "base 60"),
    refused("underscore", "node:\n  delta: 1_000\n", "1_000 on line 2", "without _"),
    refused("underscore, decimals", "node:\n  delta: 1_0.5\n", "1_0.5 on line 2", "without _"),
    refused("underscore in quotes", "node:\n  delta: '1_000'\n", "1_000 on line 2", "without _"),
    refused("thousands", "node:\n  battery_wh: 5,000\n", "5,000 on line 2", "no mark for"),
    refused("thousands, apostrophe", "node:\n  battery_wh: 5'000\n", "on line 2", "no mark for"),
    refused("a decimal comma", "node:\n  limit: 20,5\n", "20,5 on line 2", "with a point before"),
    refused("per cent", "node:\n  limit: 20%\n", "20% on line 2", "without %"),
    refused("a unit", "node:\n  delta: 2 kWh\n", "2 kWh on line 2", "without its unit"),
    refused("a unit close by", "node:\n  delta: 200Wh\n", "200Wh on line 2", "without its unit"),
    refused("a blank inside", "node:\n  battery_wh: 5 000\n", "5 000 on line 2", "without spaces"),
    refused("endless", "node:\n  limit: .inf\n", ".inf on line 2", "a number"),
    refused(
        "a decimal comma in braces",
        "node:\n  budget: {max_price: 0,25}\n",
        "node.budget.25: unknown key on line 2",
        "Decimals stand behind a point",
    ),
    refused("a chip's address too large", SENSOR.format("0x80"), "0x80 on line 3", "(0x03 to"),
    refused(
        "a chip's address in decimal", SENSOR.format(40), "on line 3", "i2cdetect's 40 is 0x40"
    ),
    refused("thousands of digits", f"node:\n  delta: {'9' * 5000}\n", "999 on line 2", "beyond"),
    refused(
        "endless by its exponent", "node:\n  limit: 1.0e+400\n", "1.0e+400 on line 2", "beyond"
    ),
    refused("nothing by its exponent", "node:\n  delta: 1.0e-400\n", "1.0e-400 on line 2", "for 0"),
    refused("a number called nothing", "node:\n  limit: !!null 30\n", "30 on line 2", "nothing"),
    refused("no number", "node:\n  limit: .NaN\n", ".NaN on line 2", "a number"),
    refused("endless in quotes", "node:\n  limit: 'inf'\n", "inf on line 2", "finite"),
    refused("other digits", "node:\n  limit: '\u0662\u0660'\n", "on line 2", "0 to 95"),
    refused("a switch for a number", "node:\n  limit: yes\n", "yes on line 2", "true"),
    refused("a date", "node:\n  limit: 2026-01-02\n", "2026-01-02 on line 2", "a date"),
    refused("a date as name", "node:\n  name: 2026-01-02\n", "on line 2", "in quotes"),
    refused("octal meter", "node:\n  report: {meter: 010}\n", "010 on line 2", "octal, 8"),
    refused("octal channel", "node:\n  channel: 010\n", "010 on line 2", "octal, 8"),
    refused("octal port", "relay:\n  port: 015555\n", "015555 on line 2", "octal"),
    reads("an exponent", "node:\n  battery_wh: 1e3\n", node__battery_milliwh=1_000_000),
    reads("a part of one", "node:\n  limit: 0.2\n", "0.2 is 0.2 %, not 20 %", node__limit=0.2),
    reads("a number in quotes", "node:\n  limit: '20.5'\n", node__limit=20.5),
    reads("a whole number called a float", "node:\n  limit: !!float 30\n", node__limit=30),
    reads("a sign", "node:\n  limit: +20\n", node__limit=20),
    reads("a point at the end", "node:\n  limit: 20.\n", node__limit=20),
    reads(
        "a chip's address",
        "node:\n  sensors:\n    m: {chip: ina219, feeds: load, address: 0x41}\n",
        node__sensors__m__address=0x41,
    ),
    reads(
        "a chip's address in quotes",
        "node:\n  sensors:\n    m: {chip: ina219, feeds: load, address: '0x41'}\n",
        node__sensors__m__address=0x41,
    ),
    refused(
        "a chip's address in octal",
        "node:\n  sensors:\n    m: {chip: ina219, feeds: load, address: 0101}\n",
        "0101 on line 3",
        "octal",
    ),
)

WORDS = (
    refused("a country", "community: no\n", "community: no on line 1", "false", "in quotes"),
    refused("a name like a switch", "node:\n  name: on\n", "node.name: on on line 2", "in quotes"),
    refused("a name of digits", "relay:\n  name: 007\n", "007 on line 2", "in quotes"),
    refused("a name, a number", "node:\n  name: 7\n", "7 on line 2", "in quotes"),
    refused("quotes of a word processor", "node:\n  name: \u201chome1\u201d\n", "on line 2", "quo"),
    refused("a hidden blank", "node:\n  name: home1\u00a0\n", "home1\\u00a0 on line 2", "not show"),
    refused("a hidden mark", "node:\n  name: ho\u200bme\n", "ho\\u200bme on line 2", "not show"),
    refused("a hidden indent", "node:\n  name: a\n\u00a0 limit: 25\n", "\\u00a0 limit", "line 3"),
    refused("a tab", "node:\n\tname: home1\n", "on line 2", "indents are spaces"),
    refused("two documents", "node:\n  name: a\n---\nnode:\n  name: b\n", "document on line 3"),
    refused(
        "a key twice", "node:\n  limit: 20\n  limit: 30\n", "again on line 3", "line 2 already"
    ),
    refused(
        "two merges",
        "node:\n  <<: {limit: 30}\n  <<: {limit: 40}\n",
        "node.<<: again on line 3",
        "line 2 already",
    ),
    refused("a section twice", "node: {}\nrelay: {}\nnode: {}\n", "node: again on line 3"),
    refused("a tag", "node:\n  limit: !percent 20\n", "node.limit", "on line 2"),
    refused("a set", "relay:\n  pins: !!set {17, 18}\n", "a tag (!name) on line 2"),
    refused("a bell", "node:\n  name: a\x07b\n", "no text has on line 2"),
    refused("16 bits a letter", "node:\n  name: a\n".encode("utf-16"), "not UTF-8"),
    refused("an old code page", b"node:\n  name: caf\xe9\n", "not UTF-8"),
    reads(
        "a mark of the byte order, and an editor's line ends",
        b"\xef\xbb\xbfnode:\r\n  name: home1\r\n  limit: 25\r\n",
        node__name="home1",
        node__limit=25,
    ),
    reads("switches as people say them", "relay:\n  active_high: off\n", relay__active_high=False),
    reads("a switch in quotes", "relay:\n  active_high: 'Yes'\n", relay__active_high=True),
    reads(
        "a neighbour like a switch", f"sellers:\n  no: {{account: '{A}'}}\n", sellers__no__account=A
    ),
)

ADDRESSES = (
    refused("a wrong digit", f"node:\n  address: '{A[:-1]}e'\n", "on line 2", "its checksum is"),
    refused("a digit too few", f"node:\n  address: '{A[:-1]}'\n", "on line 2", "40 hexadecimal"),
    refused("the account of nobody", f"node:\n  address: '0x{'0' * 40}'\n", "not the zero address"),
    refused("a name of another service", "node:\n  address: somebody.eth\n", "line 2", "40 hexad"),
    refused("spaces around it", f"node:\n  address: ' {A}'\n", "on line 2", "without spaces"),
    reads("without quotes", f"node:\n  address: {A.lower()}\n", node__address=A),
    reads("large letters", f"node:\n  address: '0X{A[2:].upper()}'\n", node__address=A),
    refused(
        "a contract twice",
        f"contract:\n  token: '{A}'\n  address: '{A.lower()}'\n",
        "on line 3",
        "contract.token has it already",
    ),
)

HOSTS = (
    refused("a host with a port", "relay:\n  host: 127.0.0.1:15555\n", "on line 2", "its port is"),
    refused("a broker with a port", "mqtt:\n  host: broker:1883\n", "on line 2", "its port is"),
    refused("a broker's URL", "mqtt:\n  host: mqtt://broker\n", "on line 2", "without a scheme"),
    refused("a number too large", "relay:\n  host: 192.168.1.300\n", "line 2", "from 0 to 255"),
    refused("zeros in an address", "relay:\n  host: 192.168.001.005\n", "on line 2", "zeros"),
    refused("an address cut short", "relay:\n  host: '127.1'\n", "on line 2", "four numbers"),
    refused("an IPv6 address with a port", "relay:\n  host: '[::1]:15555'\n", "on line 2", "port"),
    refused("a listening address with a port", "relay:\n  listen: 0.0.0.0:15555\n", "its port is"),
    refused(
        "an endpoint's port", "contract:\n  node: 127.0.0.1:99999\n", "line 2", "from 1 to 65535"
    ),
    refused("an endpoint without one", "contract:\n  node: '127.0.0.1:'\n", "on line 2", "a port"),
    refused("an endpoint's URL", "contract:\n  node: http://rpc:x/\n", "on line 2", "a port from"),
    refused("another scheme", "contract:\n  node: ftp://rpc:8546\n", "on line 2", "a host, a URL"),
    refused(
        "an endpoint as its own witness",
        "contract:\n  node: [rpc:8545, 'http://me@RPC:8545/']\n",
        "contract.node.1: the same again on line 2",
        "contract.node.0 has it already",
    ),
    reads(
        "two endpoints of one host",
        "contract:\n  node: [rpc:8545, rpc:8546]\n",
        contract__node=("http://rpc:8545", "http://rpc:8546"),
    ),
    refused("a trusted port", "relay:\n  trusted_clients: [10.0.0.1:80]\n", "on line 2", "port"),
    reads(
        "a neighbour on the link",
        "contract:\n  node: fe80::1%eth0\n",
        contract__node=("http://[fe80::1%eth0]:8545",),
    ),
    reads(
        "the same in brackets",
        "contract:\n  node: '[fe80::1%eth0]:8546'\n",
        contract__node=("http://[fe80::1%eth0]:8546",),
    ),
    reads("a broker on the link", "mqtt:\n  host: fe80::1%eth0\n", mqtt__host="fe80::1%eth0"),
    reads("brackets without a port", "relay:\n  host: '[::1]'\n", relay__host="::1"),
    reads(
        "an address of version 4 inside one of 6",
        "relay:\n  trusted_clients: ['::ffff:10.0.0.7']\n",
        relay__trusted_clients=("10.0.0.7",),
    ),
    reads("a name on the network", "relay:\n  host: relay.local\n", relay__host="relay.local"),
)

OTHERS = (
    reads(
        "an endpoint with a key",
        "contract:\n  node: https://user:p@ss@rpc.example.com?key=a:b\n",
        contract__node=("https://user:p@ss@rpc.example.com?key=a:b",),
    ),
    refused(
        "a key misspelt, with nothing", "node:\n  offers:\n", "node.offers: unknown key on line 2"
    ),
    refused("a section in capitals", "NODE:\n  name: a\n", "NODE: unknown key on line 1", "node?"),
    refused("a key in capitals", "node:\n  LIMIT: 20\n", "unknown key on line 2", "mean limit?"),
    refused("an ancestor's key in others", "node:\n  Typ: C\n", "on line 2", "did you mean typ?"),
    refused(
        "an ancestor's section in others",
        f"contracts:\n  Daisee: '{A}'\n",
        "contracts.Daisee: unknown key on line 2",
        "did you mean daisee?",
    ),
    refused("a list for a mapping", "node:\n- name: a\n", "node: a list of 1 on line 1"),
    refused(
        "a feedback pin of a coil",
        "relay:\n  pins: [17, 27]\n  feedback_pins: [5, 17]\n",
        "relay.feedback_pins: pin 17 on line 3",
        "relay.pins has it already",
    ),
    refused(
        "feedback pins of no channel",
        "relay:\n  pins: [17]\n  feedback_pins: [5, 6]\n",
        "relay.feedback_pins: [5, 6] on line 3",
        "at most 1",
    ),
    refused(
        "a feedback pin twice",
        "relay:\n  pins: [17, 27]\n  feedback_pins: [5, 5]\n",
        "relay.feedback_pins: [5, 5] on line 3",
        "distinct",
    ),
    refused("a text for a list", "relay:\n  pins: 17 18\n", "relay.pins: text on line 2"),
    refused("a comma forgotten", "relay:\n  pins: [17 18]\n", "17 18 on line 2", "without spaces"),
    refused("a path of a home", "node:\n  keystore: ~/key.json\n", "on line 2", "absolute path"),
    refused("a path of another system", "node:\n  keystore: C:\\key\n", "on line 2", "absolute"),
    refused("a path that ends inside", 'node:\n  keystore: "/a\\0b"\n', "on line 2", "character 0"),
    refused("a path on two lines", 'node:\n  keystore: "/a\\nb"\n', "line 2", "on one line"),
    reads("a path in a block", "node:\n  keystore: |\n    /a\n", node__keystore=Path("/a")),
    refused("a user on two lines", 'mqtt:\n  host: b\n  user: "a\\nb"\n', "line 3", "on one line"),
    refused("a password of digits", "node:\n  accountpswd: 0123\n", "not shown on line 2", "octal"),
    reads("a user in a block", "mqtt:\n  host: b\n  user: |\n    street\n", mqtt__user="street"),
    refused(
        "a time without quotes", UTILITY + BAND.format("17:00"), "17:00 on line 4", "in quotes"
    ),
    refused("a time cut short", UTILITY + BAND.format("'7:30'"), "7:30 on line 4", "two digits"),
    refused("midnight at the end", UTILITY + BAND.format("'24:00'"), "24:00 on line 4", "23:59"),
    reads(
        "a time that YAML leaves",
        UTILITY + BAND.format("07:00"),
        utility__tariff__0__begins_min=420,
    ),
    reads(
        "prices that are no ladder",
        UTILITY + PRICES.format("0.08", "0.30"),
        "0.3 is taken as 0.299996",
        utility__tariff__0__retail_per_kwh=300_000,
    ),
    refused(
        "a price below 0",
        UTILITY + PRICES.format("-0.02", "0.10"),
        "on line 4",
        "the grid asks money",
    ),
    refused(
        "prices the other way round", UTILITY + PRICES.format("0.3", "0.1"), "above feed-in, 0.3"
    ),
    refused("prices in cents", UTILITY + PRICES.format("8ct", "30ct"), "8ct on line 4", "its unit"),
    refused("a zone that is an offset", "utility:\n  time_zone: UTC+1\n", "on line 2", "IANA name"),
    refused(
        "a zone of leap seconds", "utility:\n  time_zone: right/UTC\n", "on line 2", "IANA name"
    ),
    refused("a machine's own zone", "utility:\n  time_zone: localtime\n", "on line 2", "IANA name"),
    reads("an ancestor's blanks", BLANK, node__limit=20, relay__host=None, node__fuelgauge=True),
    refused(
        "an ancestor's second port",
        "node: {typ: C}\nrelay:\n  readingPort: 15556\n",
        "relay.readingPort: unknown key on line 3",
        "relay.port, is for both",
    ),
    refused(
        "an ancestor's limit",
        "node:\n  typ: 'C'\n  limit: 1000\n",
        "node.limit: 1000 on line 3",
        "the charge below which to buy",
    ),
)

FILES = (*NUMBERS, *WORDS, *ADDRESSES, *HOSTS, *OTHERS)
