"""Understand what the operator's options say, before anything is sent: by the file's own rules."""

import argparse
import re
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal

from node.core.auction.tariff import NO_NEGATIVE_FEED_IN
from node.core.units import TOKEN
from node.ledger.contracts.community import ADDRESSED
from node.parameters import spelling

_MOST_TOKENS = 10**9
_MOST_PRICE = 1_000_000
_MOST_POWER_W = 10**9
_LONGEST_NAME = 64
_OF_AN_AUCTION = (
    "utility", "one_key", "feed_in", "retail", "most_retail", "block_time", "unit", "least",
    "gate_lead", "margin", "reading_deadline",
)  # fmt: skip
_OF_A_POOL = (
    "oracle", "stale_after", "record_deadline", "penalty", "least_commitment", "horizon",
    "price_horizon", "pool_ring",
)  # fmt: skip


def understand(chosen: argparse.Namespace) -> None:
    """Put what each option says in the place of its text.

    Raises:
        ValueError: an option says nothing that can be; every such option is named.
    """
    problems = [
        *_of_none(chosen, "auction", _OF_AN_AUCTION),
        *_of_none(chosen, "pool", _OF_A_POOL),
    ]
    for name, read in _READERS.items():
        given = getattr(chosen, name, None)
        texts: list[str] = given if isinstance(given, list) else [str(given)]
        if not isinstance(given, str | list):
            continue
        try:
            found = [read(text) for text in texts]
        except ValueError as error:
            told = spelling.visible(" ".join(texts))
            problems.append(f"{_called(chosen, name)} {told}: {str(error) or 'not understood'}")
        else:
            setattr(chosen, name, found if isinstance(given, list) else found[0])
    if problems:
        raise ValueError("\n".join(problems))


def _called(chosen: argparse.Namespace, name: str) -> str:
    """Give an option as it is written."""
    if name == "whom":
        return "--to" if chosen.command == "grant" else "--from"
    return f"--{name.replace('_', '-')}"


def _of_none(chosen: argparse.Namespace, contract: str, options: tuple[str, ...]) -> Iterator[str]:
    """Name each option that says something of a contract that is not deployed."""
    if chosen.command != "deploy" or getattr(chosen, contract):
        return
    for name in options:
        # A default is a number, what was given still a text.
        given = getattr(chosen, name)
        if given is True or isinstance(given, str):
            told = "" if given is True else f" {spelling.visible(given)}"
            option = f"--{name.replace('_', '-')}{told}"
            yield f"{option}: it is the {contract}'s, with --{contract}"


def _address(text: str) -> str:
    try:
        return spelling.address(text)
    except ValueError as error:
        raise ValueError(f"no address{f' ({error})' if str(error) else ''}") from None


def _whole(low: int, high: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        number = spelling.whole(text)
        if not low <= number <= high:
            raise ValueError(f"a whole number from {low} to {high}")
        return number

    return read


def _ring(text: str) -> int:
    number = _whole(2, 2**31)(text)
    if number & (number - 1):
        raise ValueError("a power of two, as 1024")
    return number


def _money(most: int, *, least: int = 1) -> Callable[[str], int]:
    """Read decimal tokens up to so many, at least so many base units, as base units."""

    def read(text: str) -> int:
        amount = spelling.tokens(text)
        if amount == 0 and least:
            raise ValueError("it cannot be 0")
        if not least <= amount <= most * TOKEN:
            raise ValueError(f"from {'0' if not least else '0.000001'} to {most}")
        return amount

    return read


def _feed_in(text: str) -> int:
    if spelling.tokens(text) < 0:
        raise ValueError(NO_NEGATIVE_FEED_IN)
    return _money(_MOST_PRICE, least=0)(text)


def _name(text: str) -> str:
    if not text.isprintable() or not 1 <= len(text) <= _LONGEST_NAME:
        raise ValueError(f"1 to {_LONGEST_NAME} characters that show")
    return text


def _worth(text: str) -> str:
    if not re.fullmatch(r"[0-9]+(\.[0-9]+)? [A-Z]{3}", text):
        raise ValueError("a decimal and a currency, as in '0.30 EUR'")
    return text


def _pointer(text: str) -> str:
    if text and not text.startswith("/"):
        raise ValueError("a JSON pointer, as /price")
    return text


def _factor(text: str) -> Decimal:
    if re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,12})?", text) is None or not Decimal(text):
        raise ValueError("a decimal above 0, as 0.001")
    return Decimal(text)


def _source(text: str) -> str:
    kind, separator, rest = text.partition("://")
    if separator and kind not in ("http", "https", "mqtt"):
        raise ValueError("a file, or a URL of http, https or mqtt")
    if kind == "mqtt" and (not rest.partition("/")[2] or set(rest) & set("#+ ")):
        raise ValueError("mqtt://HOST[:PORT]/TOPIC, without + and #")
    return text


_READERS: Mapping[str, Callable[[str], object]] = {
    "rpc": spelling.rpc_url,
    "endpoint": spelling.rpc_url,
    "worth": _worth,
    "to": _address,
    "owner": _address,
    "whom": _address,
    "of": _address,
    "reporter": _address,
    **{known.key: _address for known in ADDRESSED},
    "meter": _whole(1, 2**53),
    "utility": _address,
    "amount": _money(_MOST_TOKENS),
    "price": _money(_MOST_PRICE),
    "source": _source,
    "pick": _pointer,
    "time": _pointer,
    "factor": _factor,
    "least_price": _money(_MOST_PRICE),
    "most_price": _money(_MOST_PRICE),
    "every": _whole(1, 86_400),
    "max_age": _whole(1, 31 * 86_400),
    "renew": _whole(1, 31 * 86_400),
    "feed_in": _feed_in,
    "retail": _money(_MOST_PRICE),
    "most_retail": _money(_MOST_PRICE),
    "max_power": _whole(1, _MOST_POWER_W),
    "interval": _whole(1, 86_400),
    "ring": _ring,
    "grace": _whole(1, 604_800),
    "unit": _whole(1, 2**32 - 1),
    "least": _whole(1, 2**28 - 1),
    "gate_lead": _whole(4, 43_200),
    "block_time": _whole(1, 10_800),
    "margin": _whole(1, 100),
    "reading_deadline": _whole(1, 31 * 86_400),
    "oracle": _address,
    "stale_after": _whole(1, 31 * 86_400),
    "record_deadline": _whole(1, 31 * 86_400),
    "penalty": _whole(0, 100),
    "least_commitment": _whole(1, 2**48 - 2),
    "horizon": _whole(1, 96),
    "price_horizon": _whole(1, 96),
    "pool_ring": _ring,
    "name": _name,
    "symbol": _name,
}
