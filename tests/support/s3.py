"""A real S3 server on loopback (moto's, which speaks HTTP), what was asked of it, and one that only refuses."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import boto3
import pytest
from moto.core import DEFAULT_ACCOUNT_ID
from moto.s3.models import s3_backends
from moto.server import ThreadedMotoServer

from resources.settings.storage import Storage

BUCKET = "states"
KEYS = {"RECON_STORAGE_ACCESS_KEY": "AKIATEST", "RECON_STORAGE_SECRET_KEY": "only-for-this-test"}


UPLOADED = b"2010-11-10T20:48:33.000Z"  # when every upload in parts began, says moto


class _Asked(logging.Handler):
    """The requests, as the server logs them."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


@dataclass(frozen=True)
class S3Server:
    """A server with one bucket."""

    endpoint_url: str
    client: Any
    asked: _Asked = field(repr=False)
    process: Any = field(repr=False)

    def storage(self, prefix: str = "acqp", **changes: object) -> Storage:
        """The section [storage] for a prefix of the bucket."""
        return Storage(url=f"s3://{BUCKET}/{prefix}", endpoint_url=self.endpoint_url, region="us-east-1", **changes)

    def objects(self, prefix: str = "") -> dict[str, bytes]:
        """Key -> content of all that is there."""
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=prefix)
        keys = [line["Key"] for page in pages for line in page.get("Contents", [])]
        return {key: self.client.get_object(Bucket=BUCKET, Key=key)["Body"].read() for key in keys}

    def spoil(self, key: str, content: bytes) -> None:
        """Somebody else replaces an object."""
        self.client.put_object(Bucket=BUCKET, Key=key, Body=content)

    def take_away(self, key: str) -> None:
        """Somebody else deletes an object."""
        self.client.delete_object(Bucket=BUCKET, Key=key)

    def grow_older(self, prefix: str, days: float) -> None:
        """What is there was written so much earlier."""
        for key, versions in s3_backends[DEFAULT_ACCOUNT_ID]["aws"].buckets[BUCKET].keys.lists():
            for version in versions if key.startswith(prefix) else ():
                version.last_modified -= timedelta(days=days)

    @contextmanager
    def refusing(self, method: str) -> Iterator[None]:
        """Meanwhile nobody has the right to ask so: DELETE."""
        answer = b"<Error><Code>AccessDenied</Code><Message>no</Message></Error>"

        def asked(environ: dict[str, Any], start: Any) -> Any:
            if environ["REQUEST_METHOD"] != method:
                return inner(environ, start)
            start("403 Forbidden", [("Content-Length", str(len(answer)))])
            return [answer]

        inner = self.process.app
        with self._answering(asked):
            yield

    @contextmanager
    def uploads_began(self, at: str) -> Iterator[None]:
        """Meanwhile it says so of uploads in parts that have not ended: 2026-11-20T08:00:00.000Z."""

        def asked(environ: dict[str, Any], start: Any) -> Any:
            return [part.replace(UPLOADED, at.encode()) for part in inner(environ, start)]

        inner = self.process.app
        with self._answering(asked):
            yield

    @contextmanager
    def _answering(self, app: Any) -> Iterator[None]:
        """Meanwhile another application answers."""
        before, self.process.app = self.process.app, app
        try:
            yield
        finally:
            self.process.app = before

    @contextmanager
    def counted(self) -> Iterator[list[str]]:
        """The requests while the block runs: PUT /states/acqp/..."""
        begin, found = len(self.asked.lines), list[str]()
        yield found
        found += [line.split('"')[1].removesuffix(" HTTP/1.1") for line in self.asked.lines[begin:]]


@contextmanager
def s3_server() -> Iterator[S3Server]:
    """A server of this process, and the variables with its keys."""
    asked, log = _Asked(), logging.getLogger("werkzeug")
    log.setLevel(logging.INFO)
    log.addHandler(asked)
    log.propagate = False
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    keys = dict(zip(("aws_access_key_id", "aws_secret_access_key"), KEYS.values(), strict=True))
    try:
        endpoint = f"http://{host}:{port}"
        client = boto3.session.Session().client("s3", endpoint_url=endpoint, region_name="us-east-1", **keys)
        client.create_bucket(Bucket=BUCKET)
        yield S3Server(endpoint, client, asked, server._server)
    finally:
        server.stop()
        log.removeHandler(asked)


@contextmanager
def answering(status: int, code: str) -> Iterator[str]:
    """The address of a server that answers every request so."""

    class Refusing(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = f"<Error><Code>{code}</Code><Message>no</Message></Error>".encode()
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_PUT = do_HEAD = do_GET  # noqa: N815

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Refusing)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def with_keys() -> Iterator[None]:
    """The variables that [storage] names."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in KEYS.items():
            patch.setenv(name, value)
        yield
