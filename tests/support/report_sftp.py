"""A connection to a server of the tests, from the keys of the section [sftp] and the secrets themselves."""

from __future__ import annotations

from typing import Any

from pydantic import SecretStr

from resources.report_sftp import ReportSftp
from resources.settings import Sftp

SECRETS = {"private_key_file": "KEY", "passphrase": "PASSPHRASE", "password": "PASSWORD"}


def report_sftp(**settings: Any) -> ReportSftp:
    """Nothing is sent yet. What is None is not given."""
    environ = {f"RECON_SFTP_{SECRETS[name]}": settings.pop(name) for name in SECRETS if name in settings}
    return ReportSftp(Sftp(**settings), lambda name: SecretStr(str(found)) if (found := environ.get(name)) else None)
