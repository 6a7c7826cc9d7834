"""What a source finds around it: the clock, the street's broker, and the node's own directory."""

from dataclasses import dataclass
from pathlib import Path

from node.devices.sources.told import LastTold
from node.parameters.sections.source import DataSource
from node.ports import Topics
from node.system.clock import Clock
from node.system.foreign_text import lines_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """Hold what sources share."""

    clock: Clock
    street: Topics
    directory: Path

    def last_told(self, name: str, source: DataSource) -> LastTold:
        """Give what a source tells to."""
        return LastTold(name, self.clock, max_age_s=source.max_age_s, most_w=source.most_w)


def password_of(source: DataSource) -> str | None:
    """Read a source's password; None where it names none.

    Raises:
        OSError: its file cannot be read.
    """
    return None if source.password_file is None else lines_of(source.password_file)[0]
