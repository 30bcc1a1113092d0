"""How the server of a bucket is reached, by the environment variables that all tools for S3 know."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias

Options: TypeAlias = dict[str, str]

_REGION: Final = "us-east-1"
_YES: Final = frozenset({"1", "true", "yes"})


@dataclass(frozen=True)
class Access:
    """Endpoint, region and keys; what is empty is left to the library, which knows the roles of machines."""

    endpoint: str = ""
    region: str = _REGION
    key_id: str = ""
    secret: str = field(default="", repr=False)
    token: str = field(default="", repr=False)
    allow_http: bool = False

    @classmethod
    def of(cls, environment: Mapping[str, str] = os.environ) -> Access:
        """What the variables of *environment* say now."""

        def first(*names: str) -> str:
            return next((environment[name] for name in names if environment.get(name)), "")

        endpoint = first("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL").rstrip("/")
        allowed = environment.get("AWS_ALLOW_HTTP", "").lower() in _YES
        return cls(
            endpoint=endpoint,
            region=first("AWS_REGION", "AWS_DEFAULT_REGION") or _REGION,
            key_id=first("AWS_ACCESS_KEY_ID"),
            secret=first("AWS_SECRET_ACCESS_KEY"),
            token=first("AWS_SESSION_TOKEN"),
            allow_http=allowed or endpoint.startswith("http://"),
        )

    @property
    def server(self) -> str:
        """The server, for messages."""
        return self.endpoint or f"the S3 of {self.region}"

    def for_obstore(self) -> Options:
        """As the configuration of obstore."""
        given = {
            "endpoint": self.endpoint,
            "region": self.region,
            "access_key_id": self.key_id,
            "secret_access_key": self.secret,
            "session_token": self.token,
        }
        return {name: value for name, value in given.items() if value}

    def for_polars(self) -> Options:
        """As the `storage_options` of Polars."""
        given = {
            "aws_endpoint_url": self.endpoint,
            "aws_region": self.region,
            "aws_access_key_id": self.key_id,
            "aws_secret_access_key": self.secret,
            "aws_session_token": self.token,
            "aws_allow_http": "true" if self.allow_http else "",
        }
        return {name: value for name, value in given.items() if value}
