"""Play what bridges a meter's serial line to TCP: it speaks to all who connect."""

import socket
import threading
from contextlib import suppress


class Bridge:
    """Serve a line on a free port of this machine."""

    def __init__(self) -> None:
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._server.getsockname()[1]
        self.links: list[socket.socket] = []
        threading.Thread(target=self._accept, name="bridge", daemon=True).start()

    def say(self, said: bytes) -> None:
        """Say something to who is there."""
        for link in list(self.links):
            with suppress(OSError):
                link.sendall(said)

    def hang_up(self) -> None:
        """Break off with all who listen."""
        for link in self.links:
            link.close()

    def close(self) -> None:
        """End; may be called twice."""
        with suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self.hang_up()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                self.links.append(self._server.accept()[0])
