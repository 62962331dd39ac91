"""A bucket of an S3 store: objects are written once, read and listed; never replaced or renamed, and deleted by
`prune` alone.

The library tries again what is throttled or breaks off; what it gives up becomes one StoreError. boto3 is imported when
a store is opened, for it is an extra.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import IO, Any, TypeVar

from pydantic import SecretStr

from recon.errors import ConfigurationError, StoreError
from resources.settings.storage import Storage

AT_ONCE = 8  # requests
PART_BYTES = 64 * 1024**2  # a larger object is sent in parts of so many bytes, each by a request of its own
MOST_PARTS = 10_000  # of an object of S3
RIGHTS = "Check the keys and the policy of the bucket: a run lists, reads and writes, and deletes nothing"
MAY_DELETE = "Give `recon prune` keys that may also delete objects and abort uploads; nothing else needs them"
OLDER = "Restore an older state into a new folder: `recon restore --from s3://... --manifest N`"
OTHER_BYTES = "the object store received other bytes than were sent"
SEND_AGAIN = "Run again; if it stays so, look at the disk and the network"
NETWORK = "Check [storage] endpoint_url and the network, then run again"
Given = TypeVar("Given")
Made = TypeVar("Made")


class BrokenOffError(StoreError):
    """An object did not come to its end."""


class GoneError(StoreError):
    """There is no such object."""


@dataclass(frozen=True)
class Listed:
    """An object, or an upload that has not ended; its age is by the clock of the store."""

    key: str
    age: timedelta
    size: int = 0  # bytes; of an upload that has not ended not known
    upload_id: str = ""  # empty: it is an object


class Bucket:
    """The objects under the prefix of a URL. Every method raises StoreError about what the store refuses."""

    def __init__(self, url: str, client: Any) -> None:
        self.url = url
        self._bucket, _, prefix = url.removeprefix("s3://").partition("/")
        self._prefix = f"{prefix}/" if prefix else ""
        self._client = client

    def write_new(self, key: str, content: bytes | IO[bytes], size: int, sha256: str) -> bool:
        """Writes an object whole, unless one with this key is there: then False, and it stays as it is."""
        try:
            with self._asked(key):
                if isinstance(content, bytes) or size <= PART_BYTES:
                    self._client.put_object(
                        **self._at(key), Body=content, IfNoneMatch="*", ChecksumSHA256=_base64(bytes.fromhex(sha256))
                    )
                else:
                    self._write_in_parts(key, content, max(PART_BYTES, size // MOST_PARTS + 1), sha256)
        except _ThereAlready:
            return False
        return True

    def _write_in_parts(self, key: str, content: IO[bytes], part_bytes: int, sha256: str) -> None:
        """The object is there when the last request says so. Parts of an upload that fails are taken back if we may."""
        upload = self._at(key)
        upload["UploadId"] = self._client.create_multipart_upload(**upload, ChecksumAlgorithm="SHA256")["UploadId"]
        try:
            parts, whole = list[dict[str, object]](), hashlib.sha256()
            while part := content.read(part_bytes):
                whole.update(part)
                sent = {"PartNumber": len(parts) + 1, "ChecksumSHA256": _base64(hashlib.sha256(part).digest())}
                parts.append(sent | {"ETag": self._client.upload_part(**upload, Body=part, **sent)["ETag"]})
            if whole.hexdigest() != sha256:
                raise StoreError(OTHER_BYTES, where=f"{self.url}/{key}", do=SEND_AGAIN)
            self._client.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts}, IfNoneMatch="*")
        except BaseException:
            with suppress(Exception):
                self._client.abort_multipart_upload(**upload)
            raise

    def read(self, key: str) -> bytes:
        """A small object."""
        with self.opened(key) as content:
            return content.read()

    @contextmanager
    def opened(self, key: str) -> Iterator[IO[bytes]]:
        """An object as it comes."""
        from botocore.exceptions import BotoCoreError

        with self._asked(key):
            body = self._client.get_object(**self._at(key))["Body"]
        try:
            yield body
        except BotoCoreError as error:
            raise BrokenOffError(
                f"the object store does not answer to the end ({type(error).__name__})",
                where=f"{self.url}/{key}",
                do=NETWORK,
            ) from None
        finally:
            body.close()

    def keys(self, prefix: str, after: str = "") -> list[str]:
        """The keys that begin so and come after `after`, in order."""
        return [line["Key"].removeprefix(self._prefix) for line, _ in self._lines(prefix, after)]

    def listed(self, prefix: str) -> list[Listed]:
        """The objects whose keys begin so, in order."""
        return [
            Listed(line["Key"].removeprefix(self._prefix), now - line["LastModified"], line["Size"])
            for line, now in self._lines(prefix)
        ]

    def age(self, key: str) -> timedelta:
        """Since an object was written; GoneError if there is none."""
        with self._asked(key):
            found = self._client.head_object(**self._at(key))
        written_at: datetime = found["LastModified"]
        return _now_of(found) - written_at

    def uploads(self, prefix: str) -> list[Listed]:
        """Uploads in parts that have not ended; the parts take room, and nothing else shows them."""
        with self._asked(prefix, MAY_DELETE):
            pages = list(
                self._client.get_paginator("list_multipart_uploads").paginate(
                    Bucket=self._bucket, Prefix=self._prefix + prefix
                )
            )
        return [
            Listed(line["Key"].removeprefix(self._prefix), _now_of(page) - line["Initiated"], 0, line["UploadId"])
            for page in pages
            for line in page.get("Uploads", [])
        ]

    def delete(self, one: Listed) -> None:
        """Deletes an object or the parts of an upload, which may be gone already."""
        with suppress(GoneError), self._asked(one.key, MAY_DELETE):
            if one.upload_id:
                self._client.abort_multipart_upload(**self._at(one.key), UploadId=one.upload_id)
            else:
                self._client.delete_object(**self._at(one.key))

    def _lines(self, prefix: str, after: str = "") -> list[tuple[dict[str, Any], datetime]]:
        """What the store says of each object, and the time there when it said so."""
        with self._asked(prefix):
            pages = self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self._bucket, Prefix=self._prefix + prefix, StartAfter=self._prefix + after if after else ""
            )
            return [(line, _now_of(page)) for page in pages for line in page.get("Contents", [])]

    def _at(self, key: str) -> dict[str, Any]:
        return {"Bucket": self._bucket, "Key": self._prefix + key}

    @contextmanager
    def _asked(self, key: str, rights: str = RIGHTS) -> Iterator[None]:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            yield
        except ClientError as error:
            raise _refused(f"{self.url}/{key}", error.response, rights) from None
        except BotoCoreError as error:
            raise _unanswered(self.url, type(error).__name__) from None


class _ThereAlready(Exception):  # noqa: N818 - an answer, no error
    """A write found an object in its place."""


def open_bucket(storage: Storage, secret: Callable[[str], SecretStr | None]) -> Bucket:
    """The bucket and prefix of `storage`; nothing is asked yet. ConfigurationError if keys or boto3 are missing.

    `secret`: the value of an environment variable. Without the keys that are named in `storage`, those count that the
    machine gives to its programs.
    """
    try:
        import boto3
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError
    except ImportError:
        raise ConfigurationError(
            "the package boto3 is not installed", where="[storage]", do='Install it with `pip install ".[s3]"`'
        ) from None
    config = Config(
        connect_timeout=storage.connect_timeout_seconds,
        read_timeout=storage.read_timeout_seconds,
        retries={"mode": "standard", "total_max_attempts": storage.attempts},
        max_pool_connections=AT_ONCE,
        response_checksum_validation="when_required",  # each reader compares sha256
        s3={"addressing_style": "path"} if storage.endpoint_url else {},
    )
    try:
        client = boto3.session.Session().client(
            "s3",
            endpoint_url=storage.endpoint_url,
            region_name=storage.region,
            config=config,
            **_keys(storage, secret),
        )
    except BotoCoreError as error:
        raise ConfigurationError(
            f"cannot be used ({type(error).__name__})", where="[storage]", do="Check endpoint_url and region"
        ) from None
    return Bucket(storage.url, client)


def _base64(digest: bytes) -> str:
    """A digest as the store compares it with what it receives."""
    return base64.b64encode(digest).decode()


def _keys(storage: Storage, secret: Callable[[str], SecretStr | None]) -> dict[str, str]:
    access_key, secret_key = secret(storage.access_key_env), secret(storage.secret_key_env)
    if access_key is None:
        return {}
    if secret_key is None:
        raise ConfigurationError(
            "the environment variable is not set", where=storage.secret_key_env, do="Set it before the run"
        )
    token = secret(storage.session_token_env)
    return {
        "aws_access_key_id": access_key.get_secret_value(),
        "aws_secret_access_key": secret_key.get_secret_value(),
        **({"aws_session_token": token.get_secret_value()} if token else {}),
    }


def side_by_side(act: Callable[[Given], Made], given: Iterable[Given]) -> list[Made]:
    """The results in order; the first error ends it, and what has not begun does not begin."""
    pool = ThreadPoolExecutor(AT_ONCE)
    try:
        return list(pool.map(act, given))
    finally:
        pool.shutdown(cancel_futures=True)


def _now_of(response: dict[str, Any]) -> datetime:
    """The time at the store, which gives each object its own."""
    return parsedate_to_datetime(response["ResponseMetadata"]["HTTPHeaders"]["date"])


def _refused(where: str, response: dict[str, Any], rights: str) -> Exception:
    """What the store answered. Its own sentence is not repeated: it may name keys. `rights`: what to do about them."""
    status = int(response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    code = str(response.get("Error", {}).get("Code", ""))
    said = f"{code or 'no code'}, HTTP {status}"
    if status == 412:
        return _ThereAlready()
    for fits, what, do in _ANSWERS:
        if fits(status, code):
            kind = GoneError if do == OLDER else StoreError
            return kind(f"{what} ({said})", where=where, do=rights if do == RIGHTS else do)
    return StoreError(f"the object store refused the request ({said})", where=where, do=NETWORK)


_ANSWERS: tuple[tuple[Callable[[int, str], bool], str, str], ...] = (
    (lambda status, code: code == "NoSuchBucket", "there is no such bucket", "Make it, or correct [storage] url"),
    (lambda status, code: status in (401, 403), "the object store refuses us", RIGHTS),
    (
        lambda status, code: status in (301, 307) or code in ("AuthorizationHeaderMalformed", "PermanentRedirect"),
        "the bucket is in another region",
        "Correct [storage] region",
    ),
    (lambda status, code: status == 409, "another machine writes the same object now", "Run again when it has ended"),
    (lambda status, code: status == 404, "the object store has lost an object", OLDER),
    (
        lambda status, code: status in (429, 503) or code in ("SlowDown", "Throttling", "TooManyRequests"),
        "the object store asks us to slow down",
        "Run again later: it was asked several times",
    ),
    (
        lambda status, code: code in ("BadDigest", "XAmzContentChecksumMismatch"),
        OTHER_BYTES,
        SEND_AGAIN,
    ),
)  # fmt: skip


def _unanswered(url: str, kind: str) -> StoreError:
    if "Credential" in kind or "Token" in kind:
        return StoreError(f"the object store refuses us: there are no keys ({kind})", where=url, do=RIGHTS)
    return StoreError(f"the object store does not answer ({kind})", where=url, do=NETWORK)
