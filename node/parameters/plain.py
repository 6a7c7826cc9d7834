"""Tell whether YAML takes a text without quotes for what a person would.

The rules are those of YAML 1.1, which the loader keeps: it knows octal and sexagesimal numbers,
dates, and ten words for true and false.
"""

import math
import re

from node.parameters.spelling import Unclear

_WHOLE = re.compile(r"[+-]?(?:0|[1-9][0-9]*)", re.ASCII)
_DECIMAL = re.compile(r"[+-]?(?=\.?[0-9])(?:0|[1-9][0-9]*)?\.[0-9]*(?:[eE][+-]?[0-9]+)?", re.ASCII)
_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}", re.ASCII)
_TOLD_DIGITS = 12
_MOST_DIGITS = 1_000
"""Of a number; Python reads none of many thousands."""
_NOTHING = ("", "~", "null")
_BASE = 60
_IN_QUOTES = "write it in quotes, or as it is meant"


def understood(kind: str, text: str) -> Unclear | type[str] | None:
    """Judge a scalar of a kind (`int`, `float`, `bool`, ...): None where nothing is amiss.

    `str` means that it is text, though YAML sees a number.
    """
    match kind:
        case "null":
            return None if text.lower() in _NOTHING else _otherwise(text, kind, "nothing")
        case "bool":
            return None if text.lower() in ("true", "false") else _word(text)
        case "int":
            if _ADDRESS.fullmatch(text):
                return str
            if len(text) > _MOST_DIGITS:
                return _otherwise(text, kind, "a number beyond every bound")
            return None if _WHOLE.fullmatch(text) else _whole(text)
        case "float":
            if not _DECIMAL.fullmatch(text) and not _WHOLE.fullmatch(text):
                return _float(text)
            return _rounded_away(text)
        case "timestamp":
            return _otherwise(text, kind, "a date")
    return _otherwise(text, kind, "a value of another kind")


def _otherwise(text: str, kind: str, taken_for: str) -> Unclear:
    return Unclear(text=text, kind=kind, taken_for=taken_for, better=_IN_QUOTES)


def _rounded_away(text: str) -> Unclear | None:
    """Refuse a number of which a float keeps nothing: it is endless there, or 0."""
    held = float(text)
    if not math.isfinite(held):
        return _otherwise(text, "float", "a number beyond every bound")
    if held == 0 and re.search("[1-9]", re.split("[eE]", text)[0]):
        return _otherwise(text, "float", "0")
    return None


def _word(text: str) -> Unclear:
    meant = "true" if text.lower() in ("yes", "on") else "false"
    return Unclear(
        text=text,
        kind="bool",
        taken_for=meant,
        better="write true or false for a switch, or in quotes if it is a name",
    )


def _whole(text: str) -> Unclear:
    digits = text.lstrip("+-").replace("_", "")
    if ":" in digits:
        return _sexagesimal(text, digits)
    for prefix, base, named in (("0x", 16, "hexadecimal"), ("0b", 2, "binary"), ("0", 8, "octal")):
        if digits.lower().startswith(prefix) and len(digits) > 1:
            better = "without leading zeros" if prefix == "0" else "in decimal"
            told = _worth(digits.removeprefix(prefix), base)
            return Unclear(
                text=text,
                kind="int",
                taken_for=f"{named}{told}",
                better=f"write it {better}, or in quotes if it is a name",
            )
    better = "write it without _, or in quotes if it is a name"
    taken_for = f"a number{_worth(digits, 10)}"
    return Unclear(text=text, kind="int", taken_for=taken_for, better=better)


def _sexagesimal(text: str, digits: str) -> Unclear:
    parts = digits.split(":")
    told = ""
    if len(digits) <= _TOLD_DIGITS and all(part.isdigit() for part in parts):
        worth = 0
        for part in parts:
            worth = worth * _BASE + int(part)
        told = f", {worth}"
    return Unclear(
        text=text,
        kind="int",
        taken_for=f"a number of base {_BASE}{told}",
        better='a time of day is written in quotes, as in "07:30"',
    )


def _worth(digits: str, base: int) -> str:
    try:
        return f", {int(digits, base)}" if len(digits) <= _TOLD_DIGITS else ""
    except ValueError:
        return ""


def _float(text: str) -> Unclear:
    if ":" in text:
        return _sexagesimal(text, text)
    if re.search("inf|nan", text, re.IGNORECASE):
        return Unclear(
            text=text, kind="float", taken_for="no finite number", better="write a number"
        )
    better = "write it without _ and leading zeros, or in quotes if it is a name"
    return Unclear(text=text, kind="float", taken_for="a number", better=better)
