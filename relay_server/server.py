"""Run the relay: one loop, the two wires, the one handler, and rest whatever happens."""

import asyncio
import logging
import secrets
import signal
from collections.abc import Callable
from typing import TypeVar

from node.core.errors import InterlockViolation, Refused
from node.core.relay.board import accounts_of
from node.core.wire.announcement import write_announcement
from node.core.wire.format import Reply, refusal_of, write_reply
from node.core.wire.lines import BOOT_BYTES
from node.system.program import say_goodbye
from node.system.seldom import Seldom
from node.system.words import told
from relay_server.ancestor import contacts_text
from relay_server.announcer import announcement
from relay_server.board import Board
from relay_server.counts import WRITE_EVERY_S, SwitchCounts
from relay_server.guests import Guests
from relay_server.handler import Handler, Watchers
from relay_server.listeners import Listeners
from relay_server.session import Session
from relay_server.settings import MqttSettings, ServerSettings, ensure_sound
from relay_server.switching import Switches, Switching

TURN_S = 1.0
SWITCH_SLACK_S = 2.0
# Each turn of the loop accepts so many, and may still hold those of two earlier ones: with all that
# stay they must not reach the 1024 files that a service may usually have open.
BACKLOG = 128

_log = logging.getLogger(__name__)
_T = TypeVar("_T")


class RelayServer:
    """Serve until told to stop; built within a running loop, with every contact at rest.

    Raises:
        ConfigError: the settings contradict themselves.
        OSError: the board is not to be had.
    """

    def __init__(self, settings: ServerSettings) -> None:
        ensure_sound(settings)
        self._settings = settings
        self._loop = asyncio.get_running_loop()
        self._stopped = asyncio.Event()
        self._failure: Exception | None = None
        self._boot = secrets.token_bytes(BOOT_BYTES)
        self._serial = 0
        self._wake: asyncio.TimerHandle | None = None
        self._turns = 0
        self._strangers, self._trusted = (Seldom(_log, logging.INFO) for _ in range(2))
        self._guests = Guests(len(accounts_of(settings.wiring)))
        self._listeners = Listeners(self._loop, self._guests, self.state_line)
        within_s = settings.dead_time_s + settings.min_change_s + SWITCH_SLACK_S
        self._switching = Switching(self._loop, within_s)
        self._counts = SwitchCounts(
            settings.state_directory, settings.wiring.channels, settings.rated_operations
        )
        self._board = Board(settings.board)
        watchers = Watchers(
            contacts_moved=self._contacts_moved,
            rights_changed=self._listeners.tell_soon,
            rights_renewed=self._listeners.tell_later,
        )
        self._handler = Handler(
            settings, self._boot, self._board, self._counts, self._loop.time, watchers
        )

    async def run(self, on_ready: Callable[[], None], on_turn: Callable[[], None]) -> None:
        """Serve; `on_ready` is called once the port is open, `on_turn` each second after.

        Raises:
            Refused: the port is not to be had.
            Exception: whatever went wrong inside; every contact is at rest by then.
        """
        try:
            self._loop.set_exception_handler(self._on_loop_exception)
            for number in (signal.SIGTERM, signal.SIGINT):
                self._loop.add_signal_handler(number, self.stop)
            listening = await self._listen()
            try:
                on_ready()
                # The feedback pins, where there are any, are looked at from the start.
                self._advance()
                self._loop.call_later(TURN_S, self._take_turn, on_turn)
                _log.info("Listening on port %d; every contact is at rest", self._settings.port)
                self._start_mqtt(self._settings.mqtt)
                await self._stopped.wait()
            finally:
                await say_goodbye(
                    self._sleep,
                    self._rest,
                    listening.close,
                    self._listeners.tell_now,
                    self._hang_up,
                    lambda: _log.info("Stopped"),
                )
        finally:
            await say_goodbye(self._counts.write, self._board.close)
        if self._failure is not None:
            raise self._failure

    async def _listen(self) -> asyncio.Server:
        host, port = self._settings.host, self._settings.port
        try:
            return await self._loop.create_server(
                lambda: Session(self, self._loop), _hosts(host), port, backlog=BACKLOG
            )
        except OSError as error:
            sentence = f"relay.listen {host}, relay.port {port}: {told(error)}"
            raise Refused("NoPort", sentence) from error

    def stop(self) -> None:
        """End the service in order."""
        self._stopped.set()

    def admit(self, session: Session) -> bool:
        """Take a connection in, if there is room."""
        return not self._stopped.is_set() and self._guests.admit(session)

    def know(self, session: Session) -> None:
        """Keep a place for a connection whose signed line was accepted."""
        self._guests.know(session)

    def leave(self, session: Session) -> None:
        """Forget a connection."""
        self._guests.leave(session)

    def catch_up(self) -> None:
        """Let what is overdue happen before more is heard."""
        if not self._stopped.is_set():
            self._guarded(self._handler.catch_up)

    def state_line(self) -> bytes:
        """Give the whole state, as it is now."""
        self._serial += 1
        return write_announcement(
            announcement(
                self._settings,
                self._boot,
                self._handler.nonces.newest(),
                self._serial,
                self._handler.leases,
                self._handler.contacts,
                self._handler.feedback,
                self._counts,
                self._loop.time(),
            )
        )

    def take_line(self, line: bytes) -> Reply:
        """Obey a JSON line."""
        return self._take(line, retained=False)

    def read_contacts(self, channels: tuple[int, ...]) -> bytes | None:
        """Answer an ancestor's reading, or None where a channel does not exist."""
        if max(channels) >= self._settings.wiring.channels:
            return None
        return contacts_text(channels, self._handler.contacts.closed)

    def switch(self, address: str, switches: Switches, answer: Callable[[bool], None]) -> None:
        """Obey an ancestor's switches from a trusted address; answer once they are done."""
        if address not in self._settings.trusted_clients:
            self._strangers.say("%s may not switch: it is not in relay.trusted_clients", address)
            answer(False)
            return
        try:
            self._switch(switches)
        except Refused as refused:
            self._trusted.say("%s may not switch now, %s", address, refused)
            answer(False)
            return
        self._switching.wait(switches, self._handler.contacts, answer, self._switch)

    def _take(self, line: bytes, *, retained: bool) -> Reply:
        try:
            return self._guarded(lambda: self._handler.take_line(line, retained=retained))
        except Refused as refused:
            return refusal_of("line", refused)

    def _switch(self, switches: Switches) -> None:
        self._guarded(lambda: self._handler.take_switches(switches))

    def _take_mqtt(self, line: bytes, retained: bool) -> None:
        self.catch_up()
        reply = self._take(line, retained=retained)
        if reply.account and self._listeners.mqtt is not None:
            self._listeners.mqtt.publish_reply(reply.account, write_reply(reply))

    def _guarded(self, work: Callable[[], _T]) -> _T:
        """Work, then set the next waking; whatever goes wrong brings every contact to rest."""
        if self._stopped.is_set():
            raise Refused("Stopping", "the relay is about to stop")
        try:
            done = work()
        except Refused:
            raise
        except Exception as error:
            self._fail(error)
            raise
        if self._wake is not None:
            self._wake.cancel()
        wake_at_s = self._handler.wake_at_s
        self._wake = None if wake_at_s is None else self._loop.call_at(wake_at_s, self._advance)
        return done

    def _advance(self) -> None:
        if not self._stopped.is_set():
            self._guarded(self._handler.advance)

    def _contacts_moved(self) -> None:
        self._listeners.tell_now()
        self._switching.look(self._handler.contacts)

    def _take_turn(self, on_turn: Callable[[], None]) -> None:
        self._loop.call_later(TURN_S, self._take_turn, on_turn)
        self._turns += 1
        if self._turns % int(WRITE_EVERY_S / TURN_S) == 0:
            self._counts.write()
        if self._listeners.mqtt is not None:
            self._listeners.mqtt.look_after()
        on_turn()

    def _start_mqtt(self, settings: MqttSettings | None) -> None:
        if settings is None:
            return
        # paho is loaded only where there is a broker, and after the port is open.
        from relay_server.mqtt import RelayMqtt

        names = (self._settings.community, self._settings.relay)
        try:
            mqtt = RelayMqtt(settings, *names, self._loop, self._take_mqtt)
        except (OSError, ValueError) as error:
            # No broker is needed to run: say it, and serve the other wire.
            _log.error("MQTT stays off, its settings are not usable: %s", error)
            return
        mqtt.publish_state(self.state_line())
        mqtt.start()
        self._listeners.mqtt = mqtt

    def _on_loop_exception(
        self, loop: asyncio.AbstractEventLoop, context: dict[str, object]
    ) -> None:
        error = context.get("exception")
        if isinstance(error, OSError) or not isinstance(error, Exception):
            # The loop's own trouble with a socket, such as no room for one more.
            _log.warning("%s: %s", context.get("message"), error)
        else:
            self._fail(error)

    def _fail(self, error: Exception) -> None:
        if self._failure is None:
            self._failure = error
            _log.critical("Something is wrong inside; every contact goes to rest: %s", error)
            self._stopped.set()
            self._rest()

    def _rest(self) -> None:
        try:
            self._board.rest()
        except InterlockViolation as error:
            # All that can be done was done; the others must still be told, and the process end.
            _log.critical("%s", error)
            self._failure = self._failure or error
        self._handler.rest()

    def _sleep(self) -> None:
        if self._wake is not None:
            self._wake.cancel()

    async def _hang_up(self) -> None:
        mqtt = self._listeners.mqtt
        closing = [session.close for session in self._guests.all()]
        await say_goodbye(*closing, *([mqtt.stop] if mqtt is not None else []))


def _hosts(host: str) -> tuple[str, ...]:
    """Give what to listen on: who says every address of version 6 means the older ones, too.

    Each has a socket of its own, so that a client's address reads as it is trusted.
    """
    return (host, "0.0.0.0") if host == "::" else (host,)
