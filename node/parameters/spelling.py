"""Read what a person wrote: numbers, amounts, addresses, times, hosts.

The parameters file and every command read through here, so that both take the same and refuse the
same. Each function raises ValueError with what is right, in words that follow a bound; none names
the text itself, which may be a secret.
"""

import ipaddress
import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from node.core.units import tokens_from_decimal
from node.keys.keccak import checksum_address

_MOST_EXPONENT = 40
"""Of ten: what is larger is beyond every bound, and would fill the memory when written out."""
_MINUTES_PER_HOUR = 60
_HIGHEST_PORT = 65_535
_LONGEST_HOST = 253
_SOCKET = "unix:"
_LONGEST_SOCKET = 107
"""The kernel's own bound."""
_USUAL_RPC_PORT = 8545

_DECIMAL = re.compile(
    r"[+-]?(?=\.?[0-9])(?:0|[1-9][0-9]*)?(?:\.[0-9]*)?(?:[eE][+-]?[0-9]{1,9})?", re.ASCII
)
_ADDRESS = re.compile(r"0[xX][0-9a-fA-F]{40}", re.ASCII)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_LABEL = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?", re.ASCII)
_TIME = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]", re.ASCII)
_HEXADECIMAL = re.compile(r"0[xX][0-9a-fA-F]{1,16}", re.ASCII)
_ZONE = re.compile(r"[A-Za-z0-9._-]{1,32}", re.ASCII)
_SWITCH = {
    "true": True, "yes": True, "on": True, "1": True,
    "false": False, "no": False, "off": False, "0": False,
}  # fmt: skip

# What a person may have meant by something that is no number, in the order of looking.
_NO_NUMBERS = (
    (re.compile(r"[+-]?0[0-9]"), "without leading zeros"),
    (re.compile(r".*_"), "without _"),
    (re.compile(r"[+-]?[0-9.']*,"), "with a point before decimals, and no mark for thousands"),
    (re.compile(r"[+-]?[0-9']+'"), "with no mark for thousands"),
    (re.compile(r".*%\s*$"), "without %"),
    (re.compile(r"[+-]?0[xXbBoO]"), "in decimal"),
    (re.compile(r"[+-]?\.?(?:inf|nan)", re.IGNORECASE), "a finite number"),
    (re.compile(r"[+-]?[0-9.]+\s+[0-9]"), "without spaces"),
    (re.compile(r"[+-]?\.?[0-9][0-9.]*\s*[^\W\d_]"), "the number alone, without its unit"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unclear:
    """Hold a text without quotes that YAML takes for something else than a person would.

    `kind` is YAML's word for what it takes it for, and `taken_for` people's; `better` says how to
    write what may have been meant.
    """

    text: str
    kind: str
    taken_for: str
    better: str

    @property
    def reason(self) -> str:
        """Give both in one half sentence, for a refusal."""
        return f"YAML takes it for {self.taken_for}: {self.better}"


def decimal(text: str) -> Decimal:
    """Read a decimal number: digits, a point before decimals, an exponent."""
    if not _DECIMAL.fullmatch(text):
        raise ValueError(_why_no_number(text))
    number = Decimal(text)
    if number and number.adjusted() > _MOST_EXPONENT:
        raise ValueError("not beyond every bound")
    return number


def whole(text: str) -> int:
    """Read a whole number."""
    number = decimal(text)
    if number != number.to_integral_value():
        raise ValueError("a whole number")
    return int(number)


def tokens(text: str) -> int:
    """Read decimal tokens, as base units."""
    decimal(text)
    return tokens_from_decimal(text)


def hexadecimal(text: str) -> int:
    """Read a whole number that may be written as in 0x40."""
    return int(text, 16) if _HEXADECIMAL.fullmatch(text) else whole(text)


def switch(text: str) -> bool:
    """Read true or false, or what many programs write for them."""
    try:
        return _SWITCH[text.strip().lower()]
    except KeyError:
        raise ValueError from None


def name(text: str) -> str:
    """Read a name that may stand in a topic."""
    if not _NAME.fullmatch(text):
        raise ValueError(_invisible(text))
    return text


def minute_of_day(text: str) -> int:
    """Read a time of day, as in 07:30, as minutes since midnight."""
    if not _TIME.fullmatch(text):
        raise ValueError("two digits each, from 00:00 to 23:59")
    hours, minutes = text.split(":")
    return int(hours) * _MINUTES_PER_HOUR + int(minutes)


def address(text: str) -> str:
    """Read an account's or a contract's address; letters of both cases hold a checksum."""
    if not _ADDRESS.fullmatch(text):
        raise ValueError(_invisible(text))
    right = checksum_address(f"0x{text[2:]}")
    digits = text[2:]
    if text[:2] + digits != right and digits not in (digits.lower(), digits.upper()):
        raise ValueError(f"its checksum is wrong: a digit is mistyped, or it is {right}")
    if int(digits, 16) == 0:
        raise ValueError("not the zero address")
    return right


def ip_address(text: str) -> str:
    """Read an IP address; one of version 4 inside one of version 6 is that of version 4."""
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        raise ValueError("without a port" if "." in text and ":" in text else "") from None
    inside = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return str(inside or found)


def host(text: str) -> str:
    """Read a host's name or IP address; a port has a key or an option of its own."""
    bare = text[1:-1] if text.startswith("[") and text.endswith("]") else text
    if bare.count(":") > 1 or bare != text:
        return _host_of_version_6(bare)
    if "://" in text or "/" in text:
        raise ValueError("the host alone, without a scheme or a path")
    if ":" in text:
        raise ValueError("the host alone: its port is given apart")
    labels = text.removesuffix(".").split(".")
    if re.fullmatch(r"[0-9]+|0[xX][0-9a-fA-F]*", labels[-1]):
        # Resolvers read 010.0.0.1, 127.1 and 1 each in their own way.
        try:
            return str(ipaddress.IPv4Address(text))
        except ValueError:
            raise ValueError("four numbers from 0 to 255, without leading zeros") from None
    if len(text) > _LONGEST_HOST or not all(_LABEL.fullmatch(label) for label in labels):
        raise ValueError(_invisible(text))
    return text


def _host_of_version_6(bare: str) -> str:
    plain, percent, zone = bare.partition("%")
    try:
        ipaddress.IPv6Address(plain)
    except ValueError:
        raise ValueError("an IPv6 address, without a port") from None
    zone = zone.removeprefix("25") if zone.startswith("25") and len(zone) > 2 else zone
    if percent and not _ZONE.fullmatch(zone):
        raise ValueError("after % the name of the interface")
    return f"{plain}%{zone}" if percent else plain


def port(text: str) -> int:
    """Read a TCP port."""
    try:
        number = whole(text)
    except ValueError:
        number = 0
    if not 1 <= number <= _HIGHEST_PORT:
        raise ValueError(f"a port from 1 to {_HIGHEST_PORT}")
    return number


def rpc_url(text: str) -> str:
    """Read an endpoint of the chain: a host alone or with its port, a URL, or a socket's path."""
    if text.startswith(("/", _SOCKET)):
        return _socket(text.removeprefix(_SOCKET))
    scheme, there, rest = text.partition("://")
    if not there:
        own_host, own_port = _host_and_port(text)
        return f"http://{own_host}:{own_port or _USUAL_RPC_PORT}"
    if scheme.lower() not in ("http", "https", "ws", "wss"):
        raise ValueError("http://, https://, ws:// or wss://")
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
    user, at, place = authority.rpartition("@")
    if re.search(r"\s", text) or visible(text) != text or not place:
        raise ValueError(_invisible(text))
    own_host, own_port = _host_and_port(place)
    located = own_host if own_port is None else f"{own_host}:{own_port}"
    url = f"{scheme.lower()}://{user}{at}{located}{rest[len(authority) :]}"
    urlsplit(url)
    return url


def web_url(text: str) -> str:
    """Read an address to post to: a whole URL of a web server."""
    if not text.lower().startswith(("http://", "https://")):
        raise ValueError("http:// or https://")
    return rpc_url(text)


def _socket(path: str) -> str:
    """Read the path of a socket of this machine, as a client of the chain makes it."""
    if visible(path) != path or " " in path:
        raise ValueError(_invisible(path) or "without blanks")
    if not path.startswith("/"):
        raise ValueError("an absolute path, as /srv/chain/geth.ipc")
    if len(path.encode()) > _LONGEST_SOCKET:
        raise ValueError(f"a path of at most {_LONGEST_SOCKET} bytes")
    return f"{_SOCKET}{path}"


def _host_and_port(text: str) -> tuple[str, int | None]:
    """Part a host from its port, if it has one; a host of version 6 comes back in brackets."""
    if text.startswith("["):
        inside, bracket, behind = text[1:].partition("]")
        if not bracket or (behind and not behind.startswith(":")):
            raise ValueError("[IPv6 address]:port")
        return f"[{host(f'[{inside}]')}]", port(behind[1:]) if behind else None
    if text.count(":") > 1:
        return f"[{host(text)}]", None
    own, colon, behind = text.partition(":")
    return host(own), port(behind) if colon else None


def is_zone(name: str) -> bool:
    """Say whether a name is a zone's; beside them lie leap seconds, and this machine's own zone."""
    if not name[:1].isupper() or name == "Factory":
        return False
    try:
        ZoneInfo(name)
    except (ValueError, OSError, LookupError):
        return False
    return True


def visible(text: str) -> str:
    """Write a text so that no character of it hides: blanks but the usual one by their names."""
    return "".join(
        character
        if character == " " or unicodedata.category(character)[0] not in "ZC"
        else f"\\u{ord(character):04x}"
        for character in text
    )


def _invisible(text: str) -> str:
    """Say what a person may not see in a text."""
    if any(mark in text for mark in "\u201c\u201d\u201e\u2018\u2019\u00ab\u00bb"):
        return "quotes are \" or '"
    if visible(text) != text:
        return "it has a blank or a mark that does not show"
    if text != text.strip():
        return "without spaces around it"
    return "" if text else "empty"


def _why_no_number(text: str) -> str:
    if text != text.strip() or visible(text) != text:
        return "without blanks around it"
    for shape, better in _NO_NUMBERS:
        if shape.match(text):
            return better
    return "" if text else "empty"
