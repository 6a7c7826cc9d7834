"""Run the relay host: `python -m relay_server --parameters FILE`, or only `check`, or `rest`.

Exit status: 0 well or stopped in order, 1 something went wrong inside (contacts at rest), 78 the
parameters are wrong. `check` reads the parameters, logs in at the broker, and moves nothing;
`rest` sets every contact at rest and exits, for use after a crash.
"""

import argparse
import logging
from collections.abc import Sequence
from pathlib import Path

from node.core.errors import ConfigError, Refused
from node.system import service
from node.system.followed_time import FollowedTime
from node.system.program import carry_out
from node.system.version import add_version
from node.system.words import called
from relay_server.loading import EXIT_CONFIG, Loading
from relay_server.settings import ServerSettings

DEFAULT_PARAMETERS = Path("/etc/peerwatt/parameters.yml")

_log = logging.getLogger("relay_server")


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until told to stop."""
    prog = called("relay", "relay_server")
    parser = argparse.ArgumentParser(prog=prog, description=__doc__)
    add_version(parser)
    parser.add_argument("command", nargs="?", choices=("run", "check", "rest"), default="run")
    parser.add_argument("--parameters", type=Path, default=DEFAULT_PARAMETERS)
    given = parser.parse_args(arguments)
    # The journal adds the time.
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    loading = Loading(given.parameters)
    carry_out = {"run": _run, "check": _check, "rest": _rest}[given.command]
    try:
        return carry_out(loading)
    except ConfigError as error:
        _log.error("The parameters in %s are wrong: %s", given.parameters, error)
        return EXIT_CONFIG
    except Refused as refused:
        # The kernel gives no pin or no port: that is no fault of ours, and needs a sentence.
        _log.error("%s", refused.sentence)
        return 1


def _run(loading: Loading) -> int:
    # Imported while the parameters are being read.
    from relay_server.server import RelayServer

    settings: ServerSettings = loading.wait()

    async def serve() -> None:
        server = RelayServer(settings)
        try:
            await server.run(on_ready=service.ready, on_turn=service.watchdog)
        finally:
            service.stopping()

    followed = FollowedTime(settings.follow) if settings.follow else None
    carry_out(serve(), followed)
    return 0


def _check(loading: Loading) -> int:
    from relay_server.check import check

    return check(loading.wait())


def _rest(loading: Loading) -> int:
    from relay_server.board import Board

    settings: ServerSettings = loading.wait()
    Board(settings.board).close()
    _log.info("Every contact is at rest")
    return 0
