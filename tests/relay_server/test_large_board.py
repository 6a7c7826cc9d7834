"""Sixty-four channels, each a connection of its own with four consents, fit the relay's lines."""

from dataclasses import replace
from pathlib import Path

from node.core.relay.board import MOST_CHANNELS, MOST_CONSENTS
from node.core.wire.announcement import read_relay_line, write_announcement
from node.core.wire.format import LONGEST_RELAY_LINE
from node.keys.account import new_account
from node.parameters import parse
from relay_server.announcer import announcement
from relay_server.board import Board
from relay_server.counts import SwitchCounts
from relay_server.handler import Handler, Watchers
from relay_server.loading import settings_from
from relay_server.settings import ServerSettings
from tests.factories.relay_keys import Boot
from tests.parts.expander_bus import PlayedBus
from village.expanders import PlayedMcp23017

BOOT = Boot(bytes(range(16)))


def large(directory: Path) -> ServerSettings:
    chips = ", ".join(f"{{chip: mcp23017, address: 0x2{n}}}" for n in range(4))
    homes = [f"{number:0>64}" for number in range(MOST_CHANNELS)]
    accounts = [new_account().account for _ in range(MOST_CONSENTS + 1)]
    holder, consents = accounts[0], ", ".join(f"'{account}'" for account in accounts[1:])
    rated = "{nominal_v: 12.8, rated_current_a: 10}"
    ends = ", ".join(f"'{home}': {rated}" for home in homes)
    connections = ", ".join(
        f"{{load: '{home}', source: '{homes[number - 1]}', channels: [{number}],"
        f" holder: '{holder}', consents: [{consents}]}}"
        for number, home in enumerate(homes)
    )
    text = (
        f"relay: {{board: mock, pins: [], expanders: [{chips}], loads: {{{ends}}},"
        f" sources: {{{ends}}}, connections: [{connections}], state_directory: '{directory}'}}\n"
    )
    return settings_from(parse(text, "parameters.yml"))


def test_the_state_of_the_largest_board_is_read_back_from_one_line(
    tmp_path: Path, bus: PlayedBus
) -> None:
    settings = large(tmp_path)
    bus.chips = {one.address: PlayedMcp23017() for one in settings.board.expanders}
    board = Board(settings.board)
    counts = SwitchCounts(tmp_path, settings.wiring.channels, 100)
    nothing = Watchers(
        contacts_moved=lambda: None, rights_changed=lambda: None, rights_renewed=lambda: None
    )
    handler = Handler(settings, BOOT, board, counts, lambda: 1_000.0, nothing)
    told = announcement(
        settings, BOOT, handler.nonces.newest(), 1, handler.leases, handler.contacts,
        handler.feedback, counts, 1_000.0,
    )  # fmt: skip
    whole = replace(
        told,
        connections=tuple(replace(one, standing=one.view.consents) for one in told.connections),
    )
    line = write_announcement(whole)
    board.close()

    assert len(line) <= LONGEST_RELAY_LINE
    assert len(told.connections) == len(told.contacts) == MOST_CHANNELS
    assert read_relay_line(line) == whole
