"""Read the parameters in a process of its own, which then goes away with all that it loaded.

The relay needs a dozen values of a file whose scheme takes more memory than the relay itself.
`python -m relay_server.loading FILE` writes them, pickled, to its parent.
"""

import os
import pickle
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from node.core.errors import ConfigError
from node.core.relay.board import Connection, Load, Source, Wiring
from relay_server.settings import (
    BoardSettings,
    ExpanderSettings,
    MqttSettings,
    ServerSettings,
    ensure_sound,
)

if TYPE_CHECKING:
    from node.parameters.scheme import Parameters

EXIT_CONFIG = 78
READS = ("community", "relay", "mqtt")
"""The sections that the relay reads."""


class Loading:
    """Read a parameters file while its parent is busy with other things."""

    def __init__(self, path: Path) -> None:
        # In a group of its own: Ctrl-C is for its parent, which ends it.
        self._process = subprocess.Popen(
            [sys.executable, "-m", "relay_server.loading", str(path)],
            stdout=subprocess.PIPE,
            process_group=0,
        )

    def wait(self) -> ServerSettings:
        """Give the settings.

        Raises:
            SystemExit: with the reader's own status; it has said what is wrong.
        """
        try:
            written, _ = self._process.communicate()
        except BaseException:
            self._process.kill()
            raise
        if self._process.returncode != 0:
            raise SystemExit(self._process.returncode)
        settings: ServerSettings = pickle.loads(written)
        return settings


def settings_from(parameters: "Parameters") -> ServerSettings:
    """Take from the parameters what the relay needs."""
    relay, mqtt = parameters.relay, parameters.mqtt
    return ServerSettings(
        relay=relay.own_name,
        community=parameters.community,
        host=relay.listen,
        port=relay.port,
        board=BoardSettings(
            kind=relay.board,
            pins=tuple(relay.pins),
            active_high=relay.active_high,
            gpio_chip=relay.gpio_chip,
            feedback_pins=tuple(relay.feedback_pins),
            feedback_active_high=relay.feedback_active_high,
            expander_bus=str(relay.expander_bus),
            expanders=tuple(
                ExpanderSettings(chip=one.chip, address=one.address, reset_pin=one.reset_pin)
                for one in relay.expanders
            ),
        ),
        wiring=_wiring(parameters),
        dead_time_s=relay.dead_time_s,
        min_change_s=relay.min_change_s,
        settle_s=relay.settle_s,
        rated_operations=relay.rated_operations,
        closings_per_hour=relay.closings_per_hour,
        nonce_s=relay.nonce_s,
        trusted_clients=tuple(relay.trusted_clients),
        ancestor_lease_s=relay.ancestor_lease_s,
        max_lease_s=relay.max_lease_s,
        max_consent_s=relay.max_consent_s,
        state_directory=relay.state_directory,
        mqtt=None
        if mqtt is None
        else MqttSettings(
            host=mqtt.host,
            port=mqtt.port,
            user=mqtt.user,
            password_file=mqtt.password_file,
            ca_file=mqtt.ca_file,
            client_id=mqtt.client_id or f"peerwatt-{parameters.community}-{relay.own_name}",
            keepalive_s=mqtt.keepalive_s,
        ),
        follow=parameters.clock.follow,
    )


def _wiring(parameters: "Parameters") -> Wiring:
    relay = parameters.relay
    return Wiring(
        channels=relay.channels,
        loads=tuple(
            Load(name=name, nominal_v=load.nominal_v, rated_current_a=load.rated_current_a)
            for name, load in sorted(relay.loads.items())
        ),
        sources=tuple(
            Source(
                name=name,
                nominal_v=source.nominal_v,
                rated_current_a=source.rated_current_a,
                max_loads=source.max_loads,
                max_current_a=source.max_current_a,
            )
            for name, source in sorted(relay.sources.items())
        ),
        connections=tuple(
            Connection(
                load=connection.load,
                source=connection.source,
                channels=tuple(connection.channels),
                holder=connection.holder,
                consents=tuple(connection.consents),
            )
            for connection in relay.wiring
        ),
    )


def _main() -> int:
    from node.parameters import load

    path = Path(sys.argv[1])
    try:
        parameters = load(path, READS)
        settings = settings_from(parameters)
        ensure_sound(settings)
    except ConfigError as error:
        print(f"The parameters in {path} are wrong:\n{error}", file=sys.stderr)
        return EXIT_CONFIG
    if parameters.elsewhere:
        # A home's own mistake must not take its neighbours' contacts away.
        print(f"The parameters in {path} are wrong where the relay does not read:", file=sys.stderr)
        print(*parameters.elsewhere, sep="\n", file=sys.stderr)
    sys.stdout.buffer.write(pickle.dumps(settings))
    sys.stdout.flush()
    return 0


if __name__ == "__main__":
    # Not the interpreter's own way out: tearing the scheme down would take longer than reading.
    status = _main()
    sys.stderr.flush()
    os._exit(status)
