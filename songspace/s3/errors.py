"""What a bucket's server says, as errors of the operating system: so a bucket fails like a disk."""

from __future__ import annotations

import errno
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from songspace.s3.access import Access
from songspace.s3.url import Url

_STATUS: Final = re.compile(r"status code: (\d{3})[^:\n]*")
_CODE: Final = re.compile(r"<Code>(\w+)</Code>")
_ROLES: Final = ("/latest/api/token", "/latest/meta-data/", "169.254.170.2")
"""Parts of the addresses where a machine on AWS asks for its role's keys."""

_BUSY: Final = {429, 503}
_DENIED: Final = {401, 403}
_SERVER_FAULT: Final = 500

NO_BUCKET: Final = errno.ENODEV
"""The error of a bucket that is not there; an object that is not there is ENOENT."""


@contextmanager
def bucket_errors(url: Url) -> Iterator[None]:
    """Turn an error of obstore inside the block into an OSError that says what to do."""
    from obstore.exceptions import BaseError

    try:
        yield
    except (BaseError, FileNotFoundError) as error:
        raise as_os_error(error, url, Access.of()) from error


def as_os_error(error: Exception, url: Url, access: Access) -> OSError:
    """The operating system's error that comes nearest to *error*."""
    from obstore.exceptions import AlreadyExistsError, PreconditionError

    text = str(error)
    if "<Code>NoSuchBucket</Code>" in text:
        advice = f"There is no bucket {url.bucket!r} at {access.server}: create it or name another"
        return OSError(NO_BUCKET, advice, str(url))
    if isinstance(error, FileNotFoundError):
        return FileNotFoundError(errno.ENOENT, "No such object", str(url))
    if isinstance(error, AlreadyExistsError):
        return FileExistsError(errno.EEXIST, "The object exists", str(url))
    if isinstance(error, PreconditionError):
        return OSError(errno.ESTALE, "The object was changed meanwhile", str(url))
    number, reason = _number_and_reason(text, access)
    return OSError(number, reason, str(url))


def _number_and_reason(text: str, access: Access) -> tuple[int, str]:
    """What the text of an error says."""
    if any(part in text for part in _ROLES):
        return errno.EACCES, (
            "No credentials: expected AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment, "
            "or a machine with a role"
        )
    status, code = _STATUS.search(text), _CODE.search(text)
    if status is None:
        return _of_network(text, access)
    told = f"{access.server} answered {status[1]}" + (f" {code[1]}" if code else "")
    number = int(status[1])
    if number in _DENIED:
        key = f"the key {access.key_id}" if access.key_id else "this machine's role"
        return errno.EACCES, f"{told}: look whether {key} may do this in the bucket"
    if number in _BUSY:
        return errno.EBUSY, f"{told}, each time it was asked again: try later"
    if number >= _SERVER_FAULT:
        return errno.EIO, f"{told}, each time it was asked again"
    return errno.EIO, told


def _of_network(text: str, access: Access) -> tuple[int, str]:
    """What is to be said where nobody answered."""
    advice = "look at the network, and at AWS_ENDPOINT_URL"
    if "Timeout" in text or "timed out" in text:
        return errno.ETIMEDOUT, f"{access.server} did not answer in time: {advice}"
    if "kind: Connect" in text or "error sending request" in text:
        return errno.ECONNREFUSED, f"{access.server} cannot be reached: {advice}"
    first, _, _ = text.partition("\n")
    return errno.EIO, f"{access.server} could not be asked: {first[:300]}"
