"""What every error has to be, and what it must not say."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Final

import httpx

GIVEAWAYS: Final = (
    "Traceback",
    ".py",
    "/work",
    "/tmp",  # noqa: S108 - looked for, not written to
    "site-packages",
    "pydantic",
    "fastapi",
    "starlette",
    "polars",
    "constrained",
    "Error(",
)
"""Words that tell how and where the server is made."""


def problem_in(answer: httpx.Response, status: int) -> dict[str, Any]:
    """The problem details of *answer*, which must be of that status and say nothing of the inside."""
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem: dict[str, Any] = answer.json()
    assert problem.keys() == {"type", "title", "status", "detail", "errors"}
    assert problem["type"] == "about:blank"
    assert problem["title"] == HTTPStatus(status).phrase
    assert problem["status"] == status
    assert problem["detail"]
    assert not [word for word in GIVEAWAYS if word in answer.text]
    return problem
