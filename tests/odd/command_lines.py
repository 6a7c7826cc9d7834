"""The operator's command lines as people write them: a table, like that of the files."""

from collections.abc import Mapping
from dataclasses import dataclass, field

A = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
WRONG = A[:-1] + "e"
MINT = ("mint", "--to", A)
METER = ("install-meter", "--owner", A, "--kind", "solar")
TARIFF = ("deploy", "--auction", "--retail", "0.3")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Hold one line: `refused` are parts of what is told of it, else `reads` what is understood."""

    name: str
    words: tuple[str, ...]
    refused: tuple[str, ...] = ()
    reads: Mapping[str, object] = field(default_factory=dict)


def refused(name: str, words: tuple[str, ...], *told: str) -> Line:
    return Line(name=name, words=words, refused=told)


def reads(name: str, words: tuple[str, ...], **understood: object) -> Line:
    return Line(name=name, words=words, reads=understood)


def mint(name: str, amount: str, *told: str) -> Line:
    return refused(name, (*MINT, "--amount", amount), f"--amount {amount}:", *told)


LINES = (
    mint("a comma", "1,5", "with a point before decimals"),
    mint("less than nothing", "-1", "from 0.000001 to 1000000000"),
    mint("nothing", "0", "it cannot be 0"),
    mint("too fine", "0.0000001", "not a whole number of 0.000001 token"),
    mint("a blank inside", "1 000", "without spaces"),
    mint("an underscore", "1_000", "without _"),
    mint("hexadecimal", "0x10", "in decimal"),
    mint("no number", "NaN", "a finite number"),
    mint("endless", "inf", "a finite number"),
    mint("more than there can be", "1e30", "1000000000"),
    mint("more than a memory holds", "1e999999999", "beyond every bound"),
    mint("zeros in front", "010", "without leading zeros"),
    mint("a unit", "10PWT", "without its unit"),
    mint("a word", "ten", "not understood"),
    mint("empty", "", "empty"),
    reads("an exponent", (*MINT, "--amount", "1e2"), amount=100_000_000),
    reads("the least", (*MINT, "--amount", "0.000001"), amount=1),
    reads("zeros behind", (*MINT, "--amount", "12.5000000"), amount=12_500_000),
    refused("a wrong digit", ("mint", "--to", WRONG, "--amount", "1"), "--to", "checksum"),
    refused("no 0x", ("mint", "--to", A[2:], "--amount", "1"), "--to", "no address"),
    refused("nobody", ("mint", "--to", "0x" + "0" * 40, "--amount", "1"), "not the zero address"),
    refused("a digit less", ("mint", "--to", A[:-1], "--amount", "1"), "no address"),
    refused("a name", ("mint", "--to", "somebody.eth", "--amount", "1"), "no address"),
    refused("a blank", ("mint", "--to", A + " ", "--amount", "1"), "without spaces around it"),
    refused("a wrong token", (*MINT, "--amount", "1", "--token", WRONG), "--token", "checksum"),
    refused("two at once", ("mint", "--to", WRONG, "--amount", "-1"), "--to", "--amount -1"),
    reads("small letters", ("mint", "--to", A.lower(), "--amount", "1"), to=A),
    reads("large letters", ("mint", "--to", "0X" + A[2:].upper(), "--amount", "1"), to=A),
    refused("a wrong owner", ("install-meter", "--owner", WRONG, "--kind", "solar", "--max-power",
        "5"), "--owner", "checksum"),
    refused("a wrong reporter", (*METER, "--max-power", "5000", "--reporter", WRONG), "--reporter"),
    refused("no power", (*METER, "--max-power", "0"), "--max-power 0", "from 1 to"),
    refused("a power in kW", (*METER, "--max-power", "5kW"), "--max-power 5kW", "its unit"),
    refused("half a watt", (*METER, "--max-power", "0.5"), "a whole number"),
    refused("other digits", (*METER, "--max-power", "\u0665\u0660"), "--max-power"),
    reads("a power", (*METER, "--max-power", "5e3"), max_power=5_000),
    refused("a price of nothing", ("post-price", "--price", "0"), "it cannot be 0"),
    refused("a price in cents", ("post-price", "--price", "18ct"), "without its unit"),
    refused("no interval", ("deploy", "--interval", "0"), "--interval 0", "from 1 to 86400"),
    refused("an interval less", ("deploy", "--interval", "-900"), "--interval -900"),
    refused("an odd ring", ("deploy", "--ring", "1000"), "a power of two"),
    refused("no grace", ("deploy", "--grace", "-1"), "--grace -1"),
    refused("no name", ("deploy", "--name", ""), "--name"),
    refused("a bell as a name", ("deploy", "--symbol", "P\x07"), "P\\u0007", "that show"),
    refused("no margin", (*TARIFF, "--feed-in", "0.1", "--margin", "0"), "from 1 to 100"),
    refused("a negative feed-in", (*TARIFF, "--feed-in", "-0.02"), "0 where the grid asks money"),
    refused("a tariff of no auction", ("deploy", "--feed-in", "0.1", "--retail", "0.3"),
        "--feed-in 0.1: it is the auction's, with --auction", "--retail 0.3"),
    refused("a key of no auction", ("deploy", "--one-key"), "--one-key: it is the auction's"),
    refused("a default of no auction", ("deploy", "--margin", "20"), "--margin 20: it is the"),
    refused("a wrong utility", (*TARIFF, "--feed-in", "0.1", "--utility", WRONG), "--utility"),
    reads("a free feed-in", (*TARIFF, "--feed-in", "0"), feed_in=0, retail=300_000),
    refused("a port", ("deploy", "--rpc", "127.0.0.1:99999"), "--rpc", "from 1 to 65535"),
    refused("another scheme", ("deploy", "--rpc", "ftp://127.0.0.1:8546"), "--rpc ftp://127.0.0.1:8546"),
    reads("a host", ("deploy", "--rpc", "192.168.1.10"), rpc="http://192.168.1.10:8545"),
    reads("a link", ("deploy", "--rpc", "fe80::1%eth0"), rpc="http://[fe80::1%eth0]:8545"),
)  # fmt: skip
