"""A connection to PostgreSQL that does not wait for ever.

`statement_timeout` is kept by the server; a server that says nothing at all, or a network that swallows everything,
is noticed on this side only.
"""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from typing import Any

import psycopg
from psycopg.errors import ConnectionTimeout

GRACE_SECONDS = 1.0  # the server reports its own time-out first


def connection_within(seconds: float, *arguments: Any, **options: Any) -> psycopg.Connection[Any]:
    """A connection whose every wait ends after `seconds` and a little, as ConnectionTimeout."""

    class Limited(psycopg.Connection[Any]):
        def wait(self, gen: Any, *more: Any, **named: Any) -> Any:
            silent = threading.Event()

            def give_up() -> None:
                silent.set()
                with contextlib.suppress(OSError), socket.socket(fileno=os.dup(self.pgconn.socket)) as held:
                    held.shutdown(socket.SHUT_RDWR)

            timer = threading.Timer(seconds + GRACE_SECONDS, give_up)
            timer.daemon = True
            timer.start()
            try:
                return super().wait(gen, *more, **named)
            except psycopg.Error:
                if silent.is_set():
                    raise ConnectionTimeout("the server said nothing") from None
                raise
            finally:
                timer.cancel()

    return Limited.connect(*arguments, **options)
