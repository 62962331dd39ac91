"""`recon init`: a commented recon.toml to begin with, and the environment variables that it names."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pipelines.terminal import console, say, table
from recon.errors import ConfigurationError
from resources.settings import CONFIG_VARIABLE, DEFAULT_FILE, Inquiry, Settings, load_settings

EXAMPLE = Path(__file__).parents[1] / "config" / "recon.toml"
HEADING = """\
# The configuration of one participant, written by `recon init`. Each value is an example: change what is yours.
# docs/CONFIGURATION.md explains every key, docs/ONBOARDING.md goes from here to production step by step.
# Relative paths start from the folder of this file. `recon doctor` says what is still wrong.
# No secret stands here. Keys that end in _env name environment variables; to set are:
"""
KEY_OF_API = Inquiry.model_fields["private_key_env"].default


def write_configuration(folder: Path) -> Path:
    """Writes <folder>/recon.toml; ConfigurationError if one is there, for nobody's work is replaced."""
    target = folder / DEFAULT_FILE
    lines = EXAMPLE.read_text("utf-8").splitlines(keepends=True)
    body = "".join(lines[next(place for place, line in enumerate(lines) if not line.startswith("#")) :])
    told = "".join(f"#   {name}: {what}\n" for name, what in variables(load_settings(EXAMPLE, {})))
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with target.open("x", encoding="utf-8") as file:
            file.write(HEADING + told + body)
    except FileExistsError:
        raise ConfigurationError(
            "is there already", where=str(target), do="Keep it, or name another folder with --dir"
        ) from None
    return target


def variables(settings: Settings) -> Iterator[tuple[str, str]]:
    """Each environment variable that a configuration names, and what it holds."""
    sftp = settings.sftp
    yield sftp.private_key_env, "path of the private key for SFTP"
    yield sftp.passphrase_env, "passphrase of that key, if it has one"
    yield sftp.password_env, "password for SFTP, instead of a key"
    for source in settings.orders:
        yield source.url_env, f"URL of the orders database {source.id}, of an account that only reads"
        if source.write_back is not None:
            yield source.write_back.url_env, "the same for an account that may change orders; only with write_back"
    for channel in settings.alerts.channels:
        yield channel.url_env, f"address of the channel {channel.name} for alerts, with its password or token"
    named = settings.inquiry.private_key_env if settings.inquiry else KEY_OF_API
    yield named, "our private key for inquiryPayment, unless a file holds it; only with [inquiry]"


def init(folder: Path) -> None:
    """Writes the file and says what comes next."""
    target = write_configuration(folder)
    settings = load_settings(target, {})
    say(f"Written: {target}\n")
    rows = [(CONFIG_VARIABLE, "path of this file, if you do not start from its folder"), *variables(settings)]
    console().print(table("Environment variables", [("variable", "left"), ("holds", "left")], rows))
    say("\nNext: change what is yours, set the variables, then run `recon doctor` until all is well.")
    say("docs/ONBOARDING.md has the whole way.")
