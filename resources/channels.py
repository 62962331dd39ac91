"""Where messages go: mail, Slack, Teams or a webhook, sent through apprise.

An address is a secret. It comes from the environment when a message is sent, and nothing that is returned, raised or
logged repeats a part of it: of what the library says, only a status code is shown.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import SecretStr

from recon.errors import ReconError
from resources.settings.alerts import Alerts, ChannelSettings

SENDER = "recon"
MAIL = {"mailto", "mailtos"}  # a file goes by mail only: it names payments, and a chat is for many eyes
LARGEST_FILE = 10 * 1024 * 1024  # bytes; mail servers refuse more sooner or later
LIBRARY_LOGS = ("apprise", "urllib3", "requests")
Secret = Callable[[str], SecretStr]


class AlertChannels:
    """The configured channels."""

    def __init__(self, alerts: Alerts, secret: Secret) -> None:
        self._channels = {channel.name: channel for channel in alerts.channels}
        self._secret = secret

    @property
    def names(self) -> list[str]:
        """In the order of the configuration."""
        return list(self._channels)

    def send(
        self, name: str, title: str, body: str, *, is_over: bool = False, digest_file: Path | None = None
    ) -> str | None:
        """None if the other side took it, else why not.

        `digest_file`: the message is a digest, and this file goes with it by mail, if it is there and not too large.
        """
        if name not in self._channels:
            return "the channel is not configured any more"
        try:
            address = self._secret(self._channels[name].url_env).get_secret_value()
        except ReconError as error:
            return str(error)
        return _sent(self._channels[name], address, title, body, is_over=is_over, digest_file=digest_file)


def _sent(
    channel: ChannelSettings, address: str, title: str, body: str, *, is_over: bool, digest_file: Path | None
) -> str | None:
    import apprise

    with _words_of_library() as words:
        try:
            asset = apprise.AppriseAsset(
                app_id=SENDER, app_desc=SENDER, app_url="", image_url_mask="", async_mode=False
            )
            service = apprise.Apprise(asset=asset)
            if not service.add(address):
                return f"the address in {channel.url_env} is none that apprise knows"
            is_marked = service[0].notify_format == apprise.NotifyFormat.MARKDOWN
            is_sent = service.notify(
                title=title,
                body=as_markdown(body) if is_marked else body,
                body_format=apprise.NotifyFormat.MARKDOWN if is_marked else apprise.NotifyFormat.TEXT,
                notify_type=_kind(is_over=is_over, is_digest=digest_file is not None),
                attach=_attached(digest_file) if digest_file and address.partition(":")[0].lower() in MAIL else None,
            )
        except Exception as error:
            return f"it could not be sent ({type(error).__name__})"
    return None if is_sent else _problem(" ".join(words))


def _kind(*, is_over: bool, is_digest: bool) -> str:
    """As apprise names it, and as a webhook shows it."""
    return "success" if is_over else "info" if is_digest else "warning"


def _attached(file: Path) -> str | None:
    """As an address, in which no character of the path has a meaning of its own."""
    fits = file.is_file() and file.stat().st_size <= LARGEST_FILE
    return file.resolve().as_uri() if fits else None


def as_markdown(body: str) -> str:
    """For services that read Markdown only (Teams): lines stay lines, links can be clicked, the rest is plain."""
    text = ""
    for line in body.splitlines():
        link = re.fullmatch(r"(\w+): (https?://\S+)", line)
        part = f"[{link[1]}]({link[2]})" if link else re.sub(r"([\\`*_\[\]<>#])", r"\\\1", line)
        text += ("\n" if line.startswith("- ") else "\n\n") + part if part else ""
    return text.strip()


@contextmanager
def _words_of_library() -> Iterator[list[str]]:
    """What apprise and its HTTP client log while something is sent: kept here and nowhere else, it holds addresses."""
    words: list[str] = []
    catcher = _Catcher(words)
    logs = [logging.getLogger(name) for name in LIBRARY_LOGS]
    before = [log.propagate for log in logs]
    for log in logs:
        log.addHandler(catcher)
        log.propagate = False
    try:
        yield words
    finally:
        for log, propagated in zip(logs, before, strict=True):
            log.removeHandler(catcher)
            log.propagate = propagated


class _Catcher(logging.Handler):
    """Keeps what is logged."""

    def __init__(self, words: list[str]) -> None:
        super().__init__(logging.WARNING)
        self._words = words

    def emit(self, record: logging.LogRecord) -> None:
        self._words.append(record.getMessage())


def _problem(words: str) -> str:
    if code := re.search(r"error[= ](\d{3})\b", words):
        return f"the other side answered {code[1]}"
    if re.search(r"onnection error", words):
        return "the other side cannot be reached, or refused it"
    return "the other side did not take it"
