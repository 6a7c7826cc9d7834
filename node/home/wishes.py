"""Take what the home's person wishes to be otherwise than the file says, and keep it.

A wish counts from the next cycle on: the rules read their settings at each step, so no contact
moves for it but by them. What would not stand in the file is refused, in the file's own words.
"""

import logging
import time
from collections import deque
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from node.core.errors import ConfigError, NodeError, Refused
from node.core.wire.codec import Plain
from node.home.numbers import NUMBERS
from node.parameters import load, with_wishes
from node.parameters.keeping import (
    MOST_VALUE,
    Kept,
    as_read,
    read_wishes,
    write_wishes,
    written_in,
)
from node.parameters.scheme import Parameters
from node.parameters.wishes import WISHED, can_be_wished, number_in, said_of, value_in

log = logging.getLogger(__name__)

WISHES_NAME = "wishes.yml"
MOST_WISHES, WITHIN_S = 20, 600.0
"""More would wear the card, and nobody changes their mind so often."""
THE_FILES = "file"
"""The word that takes a wish back."""
_MOST_BY = 64


class Wishes:
    """Hold the wishes that stand; `parameters` are the file's with them, and in force."""

    def __init__(self, parameters: Parameters, clock: Callable[[], float] = time.time) -> None:
        self.parameters = self._file = parameters
        self.notice: str | None = None
        self._path = parameters.node.state_directory / WISHES_NAME
        self._calendar_s = clock
        self._taken_s: deque[float] = deque(maxlen=MOST_WISHES)
        self._apply: Callable[[Parameters], None] = lambda _parameters: None
        self._kept = self._recalled()

    def on_change(self, apply: Callable[[Parameters], None]) -> None:
        """Have the parameters applied whenever a wish changes them."""
        self._apply = apply

    def take(self, request: Mapping[str, object]) -> object:
        """Take a wish for a key, or none any more (`value` null); give all that can be wished.

        Raises:
            Refused: it cannot be wished, has no right value, or cannot be kept.
        """
        key, value, by = request.get("key"), request.get("value"), request.get("by", "a command")
        content = self._file.content
        if not isinstance(key, str) or not can_be_wished(content, key):
            could = ", ".join(one for one in WISHED if can_be_wished(content, one))
            raise Refused("NoSuchWish", f"what can be wished here is {could}")
        if value is not None and not isinstance(value, str):
            raise Refused("BadRequest", "a wish is a text with a number, or null for none any more")
        if value is not None and len(value.strip()) > MOST_VALUE:
            raise Refused("BadRequest", f"a wish is a number of at most {MOST_VALUE} letters")
        self._ensure_seldom()
        kept = {name: one for name, one in self._kept.items() if name != key}
        if value is not None:
            moment = datetime.fromtimestamp(self._calendar_s(), UTC)
            kept[key] = Kept(
                value=value.strip(),
                at=moment.isoformat(timespec="seconds"),
                by=str(by)[:_MOST_BY],
                replaces=value_in(content, key),
            )
        self._put_in_force(kept)
        log.info("wish of %s: %s is %s", str(by)[:_MOST_BY], key, value or "the file's again")
        return self.told()

    def told(self) -> list[dict[str, object]]:
        """Tell all that can be wished here: what the file says, what is wished, and the bound."""
        rows: list[dict[str, object]] = []
        for key in WISHED:
            if can_be_wished(self._file.content, key):
                said, kept = said_of(key), self._kept.get(key)
                rows.append(
                    {
                        "key": key,
                        "file": value_in(self._file.content, key),
                        "wish": kept.value if kept is not None else None,
                        "at": kept.at if kept is not None else None,
                        "by": kept.by if kept is not None else None,
                        "sentence": said.sentence,
                        "bound": said.bound,
                        "default": said.default,
                    }
                )
        return rows

    def let_go(self) -> object:
        """Let go of the wishes that the file on the disk says itself now; give all, as `told`.

        Whatever else has changed in the file counts at the next start.

        Raises:
            Refused: the file cannot be read, or the wishes cannot be written.
        """
        try:
            content = load(Path(self._file.source[1])).content
            left = still_wished(content, self._kept)
            gone = {key: one.value for key, one in self._kept.items() if key not in left}
            file = written_in(self._file, gone)
            write_wishes(self._path, left)
        except NodeError as error:
            raise Refused("WishNotKept", str(error)) from error
        self._file, self._kept = file, left
        log.info("the file says itself what was wished: %s", ", ".join(gone) or "nothing of it")
        return self.told()

    def standing(self) -> dict[str, str]:
        """Give the wishes that stand, by their keys."""
        return {key: kept.value for key, kept in self._kept.items()}

    def commands(self) -> Mapping[str, Callable[[str], object]]:
        """Give what may be changed over the broker, by its names: each takes a command's word.

        Nothing where the home logs in without a user: prices cost money, and no rule of such a
        broker could keep them from others.
        """
        mqtt, content = self._file.mqtt, self._file.content
        if mqtt is None or mqtt.user is None:
            return {}
        return {
            number.name: partial(self._command, number.key)
            for number in NUMBERS
            if can_be_wished(content, number.key)
        }

    def numbers(self) -> dict[str, Plain]:
        """Give the same names' numbers as they are in force, in the file's units; null: none."""
        named, allowed = {number.name: number.key for number in NUMBERS}, self.commands()
        return {name: number_in(self.parameters, named[name]) for name in allowed}

    def _command(self, key: str, word: str) -> object:
        value = None if word == THE_FILES else word
        return self.take({"key": key, "value": value, "by": "a command over MQTT"})

    def _put_in_force(self, kept: dict[str, Kept]) -> None:
        try:
            parameters = _with(self._file, kept)
            write_wishes(self._path, kept)
        except ConfigError as error:
            raise Refused("WishRefused", "; ".join(map(str, error.problems))) from error
        except NodeError as error:
            raise Refused("WishNotKept", str(error)) from error
        self._kept, self.parameters = kept, parameters
        self._apply(parameters)

    def _ensure_seldom(self) -> None:
        now_s = self._calendar_s()
        if len(self._taken_s) == MOST_WISHES and abs(now_s - self._taken_s[0]) < WITHIN_S:
            sentence = f"{MOST_WISHES} wishes within {WITHIN_S / 60:.0f} min: wait"
            raise Refused("TooManyWishes", sentence)
        self._taken_s.append(now_s)

    def _recalled(self) -> dict[str, Kept]:
        try:
            kept = read_wishes(self._path)
        except ConfigError as error:
            self._tell(f"the wishes cannot be read, and do not count: {error}")
            return {}
        content = self._file.content
        standing = {
            key: one
            for key, one in kept.items()
            if can_be_wished(content, key) and value_in(content, key) == one.replaces
        }
        for key in kept.keys() - standing.keys():
            self._tell(f"the file has a new {key}: the wish for {kept[key].value} has ended")
        try:
            self.parameters = _with(self._file, standing)
        except ConfigError as error:
            self._tell(f"the file does not go with the wishes any more, which have ended: {error}")
            return {}
        return standing

    def _tell(self, sentence: str) -> None:
        self.notice = sentence
        log.warning("%s", sentence)


def _with(parameters: Parameters, kept: Mapping[str, Kept]) -> Parameters:
    return with_wishes(parameters, {key: one.value for key, one in kept.items()})


def still_wished(content: object, kept: Mapping[str, Kept]) -> dict[str, Kept]:
    """Give the wishes of which a file's content does not say the same."""
    return {key: one for key, one in kept.items() if value_in(content, key) != as_read(one.value)}


def wishes_in(state_directory: Path) -> dict[str, Kept]:
    """Read what is wished, for a command beside the node.

    Raises:
        ConfigError: the file cannot be read.
    """
    return read_wishes(state_directory / WISHES_NAME)
