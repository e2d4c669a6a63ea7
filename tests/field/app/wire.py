"""A wire between a phone and the server that really breaks: refused, cut in the middle of a request, cut before the answer arrives."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress


class Wire:
    """Forwards bytes between a port of its own and the server's; can be cut after a number of bytes in one direction."""

    def __init__(self, target: int) -> None:
        """Listen on a free port of this machine."""
        self.target, self.up, self.cuts = target, True, 0
        self.carried = {"up": 0, "down": 0}
        self._armed: list | None = None
        self._for_good = False
        self._pairs: set[tuple[socket.socket, socket.socket]] = set()
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._closing = False
        threading.Thread(target=self._accept, daemon=True).start()

    def down(self) -> None:
        """No network: what is open breaks, what comes is refused."""
        self.up = False
        self._break()

    def again(self) -> None:
        """Network."""
        self.up = True

    def cut_after(self, count: int, direction: str, *, for_good: bool = False) -> None:
        """Break every connection once, when so many more bytes have gone ``up`` (to the server) or would go ``down``.

        ``for_good``: the network stays away until :meth:`again`; else a browser may repeat by itself what gave no answer at all.
        """
        with self._lock:
            self._armed, self._for_good = [direction, count], for_good

    @property
    def is_armed(self) -> bool:
        """Is the ordered cut still to come?"""
        return self._armed is not None

    def close(self) -> None:
        """Stop for good."""
        self._closing = True
        self._listener.close()
        self._break()

    def _accept(self) -> None:
        while not self._closing:
            try:
                phone, _ = self._listener.accept()
            except OSError:
                return
            try:
                if not self.up:
                    raise OSError("no network")
                server = socket.create_connection(("127.0.0.1", self.target), timeout=5)
                server.settimeout(None)
            except OSError:
                _hang_up(phone)
                continue
            pair = (phone, server)
            with self._lock:
                self._pairs.add(pair)
            for source, sink, direction in ((phone, server, "up"), (server, phone, "down")):
                threading.Thread(target=self._pump, args=(source, sink, direction, pair), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket, direction: str, pair: tuple) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                allowed = self._allowed(direction, len(data))
                sink.sendall(data[:allowed])
                self.carried[direction] += allowed
                if allowed < len(data) or (allowed == len(data) and self._spent()):
                    self.cuts += 1
                    self._break()
                    return
        for end in pair:
            _hang_up(end)
        with self._lock:
            self._pairs.discard(pair)

    def _allowed(self, direction: str, count: int) -> int:
        with self._lock:
            if self._armed is None or self._armed[0] != direction:
                return count
            if count < self._armed[1]:
                self._armed[1] -= count
                return count
            allowed, self._armed = self._armed[1], ["spent", 0]
            self.up = self.up and not self._for_good
            return allowed

    def _spent(self) -> bool:
        with self._lock:
            if self._armed is not None and self._armed[0] == "spent":
                self._armed = None
                return True
            return False

    def _break(self) -> None:
        with self._lock:
            pairs, self._pairs = self._pairs, set()
            if self._armed is not None and self._armed[0] == "spent":
                self._armed = None
        for pair in pairs:
            for end in pair:
                _hang_up(end)


def _hang_up(end: socket.socket) -> None:
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    with suppress(OSError):
        end.close()
