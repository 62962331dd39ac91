"""`recon init`: a commented recon.toml to begin with, and the environment variables that it names."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from pipelines.packaged import EXAMPLE
from recon.errors import ConfigurationError
from resources.files import write_atomically
from resources.settings import CONFIG_VARIABLE, DEFAULT_FILE, Inquiry, Settings, load_settings
from resources.settings.storage import Storage
from resources.storage import storage_errors
from views.terminal import console, print_line, table

HEADING = """\
# The configuration of one participant, written by `recon init`. Each value is an example: change what is yours.
# docs/CONFIGURATION.md explains every key, docs/ONBOARDING.md goes from here to production step by step.
# Relative paths start from the folder of this file. `recon doctor` says what is still wrong.
# No secrets are here. Keys that end in _env name environment variables; to set are:
"""
VARIABLES_OF_API = {
    "private_key_env": "our private key for inquiryPayment, unless a file holds it; only with [inquiry]",
    "passphrase_env": "passphrase of that key, if it has one",
    "public_key_env": "the public key of Alipay+, unless a file holds it; only with [inquiry]",
}
VARIABLES_OF_STORE = {
    "access_key_env": "access key id of the object store, unless the machine has keys of its own; only with [storage]",
    "secret_key_env": "secret access key of the object store; only with [storage]",
    "session_token_env": "session token of the object store, if the keys are temporary; only with [storage]",
}
LATER = "[orders.write_back]"  # a step of its own in docs/ONBOARDING.md


def write_configuration(folder: Path) -> Path:
    """Writes <folder>/recon.toml; ConfigurationError if one is there, for no one's work is replaced."""
    target = folder / DEFAULT_FILE
    lines = EXAMPLE.read_text("utf-8").splitlines(keepends=True)
    body = "".join(without_later(lines[next(place for place, line in enumerate(lines) if not line.startswith("#")) :]))
    listed = "".join(f"#   {name}: {what}\n" for name, what in variables(load_settings(EXAMPLE, {})))
    if os.path.lexists(target):
        raise ConfigurationError("already exists", where=str(target), do="Keep it, or name another folder with --dir")
    with storage_errors(folder):
        write_atomically(target, (HEADING + listed + body).encode())
    return target


def without_later(lines: list[str]) -> Iterator[str]:
    """The section LATER as comments."""
    is_later = False
    for line in lines:
        is_later = line.startswith(LATER) or (is_later and not line.startswith("# ---"))
        yield f"# {line}" if is_later and line.strip() else line


def variables(settings: Settings) -> Iterator[tuple[str, str]]:
    """Each environment variable that a configuration names, and what it holds."""
    sftp = settings.wanted_sftp()
    yield sftp.private_key_env, "path of the private key for SFTP"
    yield sftp.passphrase_env, "passphrase of that key, if it has one"
    yield sftp.password_env, "password for SFTP, instead of a key"
    for source in settings.orders:
        yield source.url_env, f"URL of the orders database {source.id}, of an account that only reads"
        if source.write_back is not None:
            yield source.write_back.url_env, "the same for an account that may change orders; only with write_back"
    for channel in settings.alerts.channels:
        yield channel.url_env, f"address of the channel {channel.name} for alerts, with its password or token"
    for key, what in VARIABLES_OF_API.items():
        yield getattr(settings.inquiry, key) if settings.inquiry else Inquiry.model_fields[key].default, what
    for key, what in VARIABLES_OF_STORE.items():
        yield getattr(settings.storage, key) if settings.storage else Storage.model_fields[key].default, what


def init(folder: Path) -> None:
    """Writes the file and says what comes next."""
    target = write_configuration(folder)
    named = variables(load_settings(EXAMPLE, {}))
    print_line(f"Written: {target}\n")
    rows = [(CONFIG_VARIABLE, "path of this file, if you do not start from its folder"), *named]
    console().print(table("Environment variables", [("variable", "left"), ("holds", "left")], rows))
    print_line("\nNext: change what is yours, set the variables, then run `recon doctor` until all is well.")
    print_line("docs/ONBOARDING.md has the whole way.")
