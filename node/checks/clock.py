"""What `check` says of the clock that the parameters name."""

from collections.abc import Iterator

from node.core.errors import ConfigError
from node.parameters.scheme import Parameters
from node.system.followed_time import FollowedTime
from node.system.report import Finding, line


def handed_out_time(parameters: Parameters) -> Iterator[Finding]:
    """Tell of a time that is not this machine's own; it is refused where no village hands it out.

    Without one nothing is said: every program reads the machine's clocks.
    """
    path = parameters.clock.follow
    if path is None:
        return
    try:
        FollowedTime(path)
    except ConfigError:
        yield line(
            "clock",
            f"clock.follow names {path}, and no village hands out time there",
            "remove clock.follow: the clocks of a real machine run by themselves",
        )
    else:
        yield line("clock", "a village hands out the time (clock.follow)")
