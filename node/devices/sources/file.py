"""Read a file that another program replaces whole: a number alone, or JSON and pointers into it.

It lies below the node's own directory, and is as old as it was written, unless it says otherwise.
"""

from collections.abc import Iterator
from dataclasses import replace

from node.devices.sources.own_thread import OwnThread
from node.devices.sources.polled import polled
from node.devices.sources.surroundings import Surroundings
from node.devices.sources.told import Told
from node.devices.sources.values import in_text, told_of
from node.parameters.sections.source import DataSource
from node.system.foreign_text import MOST_BYTES, bytes_of


def make(name: str, source: DataSource, around: Surroundings) -> OwnThread:
    """Build it; nothing is read before its first sample."""
    path, last = around.directory / source.at, around.last_told(name, source)

    def ask() -> Iterator[Told]:
        written_s = path.stat().st_mtime
        heard = told_of(source, in_text(bytes_of(path, MOST_BYTES)))
        if heard is None:
            last.gone("it says that it has no value")
        else:
            at_s = written_s if heard.calendar_s is None else heard.calendar_s
            yield replace(heard, calendar_s=at_s)

    return polled(name, last, source.every_s, ask)
