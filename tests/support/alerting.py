"""A mail server and a web server that keep what they are sent, and a published state whose alerts go to them."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from email.message import Message as Mail
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message as Receiver

from pipelines.cli.alerts import alert_service
from pipelines.sensors.alerts import AlertService, Receipt
from resources.settings import Settings, load_settings
from tests.support.inquiry import write_inquiry_settings
from tests.support.published import PublishedState

SECRET = "s3cr3t-t0ken"  # part of every address
FIRST_LOOK = ("files_late", "files_near_loss")  # nothing has ever landed there


class _Received(Receiver):
    """Keeps each mail."""

    def __init__(self, mails: list[Mail]) -> None:
        super().__init__()
        self._mails = mails

    def handle_message(self, message: Mail) -> None:
        self._mails.append(message)


class _Port(Controller):
    """On any free port; its number is known when it listens."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


class MailServer:
    """SMTP on loopback."""

    def __init__(self) -> None:
        self.mails: list[Mail] = []
        self._controller = _Port(_Received(self.mails), hostname="127.0.0.1", port=0)

    def __enter__(self) -> MailServer:
        self._controller.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._controller.stop()

    @property
    def address(self) -> str:
        """As it stands in an environment variable."""
        port = self._controller.port
        return f"mailto://127.0.0.1:{port}?smtp=127.0.0.1&from=recon@example.com&to=clerks@example.com&mode=insecure"

    def files(self) -> list[list[tuple[str, bytes]]]:
        """Name and content of the files of each mail."""
        return [
            [(str(part.get_filename()), content) for part in mail.walk() if part.get_filename()
             and isinstance(content := part.get_payload(decode=True), bytes)]
            for mail in self.mails
        ]  # fmt: skip

    def texts(self) -> list[tuple[str, str]]:
        """Subject and text of each mail, as a person reads them."""
        return [(str(mail["Subject"]), _text(mail)) for mail in self.mails]


def _text(mail: Mail) -> str:
    """The first part that is text: a mail with a file has several parts."""
    part = next(one for one in mail.walk() if one.get_content_type() == "text/plain")
    payload = part.get_payload(decode=True)
    assert isinstance(payload, bytes)
    return payload.decode().replace("\r\n", "\n").strip()


class WebServer:
    """HTTP on loopback; `status` is what it answers, `on_request` runs before it does."""

    def __init__(self, port: int = 0) -> None:
        self.posted: list[dict[str, Any]] = []
        self.status = 200
        self.on_request: Callable[[], None] = lambda: None
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.on_request()
                if outer.status == 200:
                    outer.posted.append(json.loads(body))
                self.send_response(outer.status)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Nothing on stderr."""

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.port = self._server.server_address[1]

    def __enter__(self) -> WebServer:
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def address(self) -> str:
        """As it stands in an environment variable."""
        return f"json://recon:{SECRET}@127.0.0.1:{self.port}/{SECRET}"

    def titles(self) -> list[str]:
        """Of what was posted."""
        return [post["title"] for post in self.posted]


def alert_settings(directory: Path, environ: dict[str, str], *lines: str) -> Settings:
    """The example with [inquiry], [alerts] and the channels `clerks` (mail) and `operators` (web)."""
    config = write_inquiry_settings(
        directory,
        "[alerts]",
        'ui_url = "https://dagster.example.com/"',
        'report_url = "https://reports.example.com"',
        *lines,
        '[[alerts.channels]]\nname = "clerks"\nurl_env = "RECON_ALERT_MAIL"',
        '[[alerts.channels]]\nname = "operators"\nurl_env = "RECON_ALERT_CHAT"',
    )
    return load_settings(config, environ)


def service_of(published: PublishedState) -> AlertService:
    """The alert service of a published state."""
    return alert_service(
        published.settings, published.instance, {"clock": published.clock, "inquiry_journal": published.journal}
    )


def notify(published: PublishedState, after: timedelta = timedelta(0)) -> Receipt:
    """One check, some time later."""
    published.clock.move(after)
    return service_of(published).notify()


@contextmanager
def servers(environ: dict[str, str]) -> Iterator[tuple[MailServer, WebServer]]:
    """Both servers, with their addresses in the environment."""
    with MailServer() as mail, WebServer() as web:
        environ |= {"RECON_ALERT_MAIL": mail.address, "RECON_ALERT_CHAT": web.address}
        yield mail, web


def causes(messages: Sequence[Any]) -> list[str]:
    """Of messages, without those of a state where nothing ever landed."""
    return [str(one.cause) for one in messages if one.cause not in FIRST_LOOK]
