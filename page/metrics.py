"""What the programs here measure, for Prometheus: in base units, and for whoever may read it.

No name of an order, a neighbour or an account is a label, so that what is stored stays small.
"""

import asyncio
import logging
import re
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from node.core.errors import NodeError
from node.system.foreign_text import text_of
from node.system.words import told
from page.exposition import CONTENT_TYPE, Exposition
from page.follow import Answer, Followed
from page.guard import is_at_loopback
from page.views.frame import number_in, text_in

log = logging.getLogger(__name__)

LEAST_TOKEN, MOST_TOKEN = 16, 256
_BEARER = "Bearer "
_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Unit:
    """Hold a unit of a program's value: how its name ends, how Prometheus names it, and what one
    of it is of that.
    """

    ends: str
    named: str
    factor: float


_UNITS = {
    "%": _Unit(ends="_pct", named="ratio", factor=0.01),
    "W": _Unit(ends="_w", named="watts", factor=1.0),
    "V": _Unit(ends="_v", named="volts", factor=1.0),
    "mWh": _Unit(ends="_milliwh", named="joules", factor=3.6),
    "base units": _Unit(ends="", named="tokens", factor=1e-6),
    "base units/kWh": _Unit(ends="_per_kwh", named="tokens_per_kilowatt_hour", factor=1e-6),
}
_IN_PICTURE = (
    ("calendar_s", "seen_timestamp_seconds", "When its picture was made", 1.0),
    ("block", "block_number", "The newest block that it has seen", 1.0),
    ("readings_waiting", "readings_waiting", "Readings that are not on the chain yet", 1.0),
    ("grid_balance", "grid_balance_tokens", "What the grid has at the auction", 1e-6),
    ("grid_owes", "grid_owed_tokens", "What the grid owes at the auction", 1e-6),
    ("gas_balance_wei", "gas_balance_ether", "What the account has for gas", 1e-18),
    ("gas_given_today_wei", "gas_given_today_ether", "Gas given to homes today", 1e-18),
    ("unsettled", "unsettled_orders", "Orders that are not settled yet", 1.0),
    ("wired_homes", "wired_homes", "Homes that a relay is known to wire", 1.0),
)
"""Of a home's or the utility's `status`: its key, the metric, its help, and its factor."""
_PARTS = ("supply", "delivery", "auction")


class Metrics:
    """Answer `/metrics`, where the parameters let it be read; `token` is the file of the token."""

    def __init__(
        self, programs: Mapping[str, Followed], *, is_on: bool, token: Path | None
    ) -> None:
        self._programs = programs
        self._is_on = is_on
        self._token = token

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Tell what is measured now.

        Raises:
            HTTPException: it is off, or this is nobody who may read it.
        """
        if not self._is_on:
            raise web.HTTPNotFound(text="metrics is off in page.yml\n")
        self._let_pass(request)
        said = await asyncio.gather(*(_asked(program) for program in self._programs.values()))
        exposition = Exposition()
        for name, (picture, rows) in zip(self._programs, said, strict=True):
            _tell(name, picture, rows, exposition)
        return web.Response(body=exposition.text().encode(), headers={"Content-Type": CONTENT_TYPE})

    def _let_pass(self, request: web.Request) -> None:
        if self._token is None:
            if not is_at_loopback(request):
                raise web.HTTPForbidden(
                    text="only this machine may read it, at 127.0.0.1; metrics_token in page.yml"
                    " lets others\n"
                )
            return
        try:
            expected = token_in(self._token)
        except (OSError, ValueError) as error:
            log.error("metrics_token %s: %s", self._token, told(error))
            raise web.HTTPServiceUnavailable(text="the log says why\n") from error
        sent = request.headers.get("Authorization", "")
        known = secrets.compare_digest(sent.encode("utf-8", "surrogateescape"), expected.encode())
        if not known:
            raise web.HTTPUnauthorized(
                headers={"WWW-Authenticate": "Bearer"}, text="send the token of metrics_token\n"
            )


def token_in(file: Path) -> str:
    """Read the token, as it is sent.

    Raises:
        OSError: it cannot be read.
        ValueError: it is none.
    """
    token = text_of(file).strip()
    if (
        not LEAST_TOKEN <= len(token) <= MOST_TOKEN
        or not token.isascii()
        or not token.isprintable()
    ):
        raise ValueError(f"it holds no token of {LEAST_TOKEN} to {MOST_TOKEN} letters")
    return _BEARER + token


async def _asked(program: Followed) -> tuple[Answer | None, Sequence[object]]:
    """Ask for picture and values: no picture of one that is away, no values of an older one."""
    try:
        picture = await program.put({"do": "status"})
    except NodeError:
        return None, ()
    try:
        rows = await program.put({"do": "values"})
    except NodeError:
        # The utility has none, either.
        rows = ()
    return picture if isinstance(picture, dict) else {}, rows if isinstance(rows, list) else ()


def _tell(name: str, picture: Answer | None, rows: Iterable[object], to: Exposition) -> None:
    labels, is_up = {"program": name}, picture is not None
    to.add("peerwatt_up", "Whether the program answers: 1, or 0", is_up, labels)
    if picture is not None:
        _tell_picture(picture, labels, to)
        for row in rows:
            _tell_value(row, labels, to)


def _tell_picture(picture: Answer, labels: Mapping[str, str], to: Exposition) -> None:
    who = {"node": text_in(picture, "node"), "role": text_in(picture, "role")}
    to.add("peerwatt_program_info", "What the program is", 1, {**labels, **who})
    for fault in _faults(picture):
        to.add("peerwatt_fault", "What is wrong: 1 while it is", 1, {**labels, "fault": fault})
    for part in _PARTS:
        mode = text_in(picture, part, "mode")
        if mode:
            state = {**labels, "part": part, "mode": mode}
            to.add("peerwatt_mode", "What a part of it does: 1 while it does", 1, state)
    for key, metric, help_, factor in _IN_PICTURE:
        found = number_in(picture, key)
        if found is not None:
            to.add(f"peerwatt_{metric}", help_, found * factor, labels)


def _faults(picture: Answer) -> Iterable[str]:
    """Name a home's faults, or the parts of the utility that are in trouble."""
    if picture.get("starting") is True:
        return ()
    names, problems = picture.get("fault_names"), picture.get("problems")
    found = names if isinstance(names, list) else problems
    return [str(one) for one in found] if isinstance(found, list | dict) else ()


def _tell_value(row: object, labels: Mapping[str, str], to: Exposition) -> None:
    """Tell one measured value; one of a unit that a newer home has is left out."""
    name, value = text_in(row, "name"), number_in(row, "value")
    unit = _UNITS.get(text_in(row, "unit"))
    if unit is None or value is None or not _NAME.fullmatch(name):
        return
    rises = isinstance(row, Mapping) and row.get("rises") is True
    stem = name.removesuffix(unit.ends)
    metric = stem if stem == unit.named else f"{stem}_{unit.named}"
    to.add(
        f"peerwatt_{metric}{'_total' if rises else ''}",
        f"{text_in(row, 'title')}, in {unit.named.replace('_', ' ')}",
        value * unit.factor,
        labels,
        rises=rises,
    )
