"""Ask a web server: a number alone, or JSON and pointers into it."""

from collections.abc import Iterator

from node.devices.sources.own_thread import OwnThread
from node.devices.sources.polled import polled
from node.devices.sources.surroundings import Surroundings, password_of
from node.devices.sources.told import Told
from node.devices.sources.values import in_text, told_of
from node.devices.sources.web import ask_web
from node.parameters.sections.source import DataSource


def make(name: str, source: DataSource, around: Surroundings) -> OwnThread:
    """Build it; nothing is asked before its first sample."""
    last = around.last_told(name, source)

    def ask() -> Iterator[Told]:
        login = None if source.user is None else (source.user, password_of(source) or "")
        heard = told_of(source, in_text(ask_web(source.at, login)))
        if heard is None:
            last.gone("it says that it has no value")
        else:
            yield heard

    return polled(name, last, source.every_s, ask)
