"""What an alert's messages say: one JSON object for a program, plain lines for a person."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Hold one piece of news: its name, whether it begins or ends, its sentence, and when."""

    name: str
    begins: bool
    sentence: str
    calendar_s: float

    @property
    def at(self) -> str:
        """Give the instant in this machine's own zone, with its offset."""
        return datetime.fromtimestamp(self.calendar_s).astimezone().isoformat(timespec="seconds")


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """Hold what is posted; headers are text of one line."""

    body: bytes
    headers: Mapping[str, str]


def as_json(community: str, node: str, news: Sequence[Told], left_out: int) -> Message:
    """Write news for a web hook; `left_out` counts what was dropped meanwhile."""
    whole = {
        "community": community,
        "node": node,
        "alerts": [
            {
                "name": told.name,
                "event": "begin" if told.begins else "end",
                "sentence": told.sentence,
                "at": told.at,
            }
            for told in news
        ],
        "left_out": left_out,
    }
    return Message(body=json.dumps(whole).encode(), headers={"Content-Type": "application/json"})


def as_text(node: str, news: Sequence[Told], left_out: int) -> Message:
    """Write news for ntfy (https://docs.ntfy.sh/publish): plain text, its title in a header."""
    lines = [f"{'' if told.begins else 'over: '}{told.sentence}" for told in news]
    if left_out:
        lines.append(f"{left_out} more before these were left out")
    is_wrong = any(told.begins for told in news)
    names = ", ".join(dict.fromkeys(told.name.replace("_", " ") for told in news))
    return Message(
        body="\n".join(lines).encode(),
        headers={
            "Content-Type": "text/plain; charset=utf-8",
            "Title": f"{node}: {names}",
            "Priority": "high" if is_wrong else "default",
            "Tags": "warning" if is_wrong else "white_check_mark",
        },
    )
