"""Errors as problem details (RFC 9457): what was expected, what came, and no word of how it is made."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from songspace.errors import NotFound, Unanswerable
from songspace.web.answers import Problem

MEDIA_TYPE = "application/problem+json"
ERRORS_SHOWN = 20


def tell_of_problems(app: FastAPI) -> None:
    """Let *app* answer every error as a problem."""
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(NotFound, _not_found)
    app.add_exception_handler(Unanswerable, _unanswerable)


def problem(status: int, detail: str, errors: list[dict[str, str]] | None = None) -> JSONResponse:
    """One problem as a response."""
    body = Problem(
        type="about:blank",
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        errors=errors or [],
    )
    return JSONResponse(body.model_dump(), status, media_type=MEDIA_TYPE)


def _invalid(_request: Request, error: Exception) -> JSONResponse:
    """What was sent is not what is expected: which field, and why."""
    if not isinstance(error, RequestValidationError):
        raise error
    errors = [
        {"field": ".".join(str(part) for part in one["loc"]), "message": str(one["msg"])}
        for one in error.errors()[:ERRORS_SHOWN]
    ]
    first = errors[0] if errors else {"field": "request", "message": "not valid"}
    return problem(422, f"{first['field']}: {first['message']}", errors)


def _http(_request: Request, error: Exception) -> JSONResponse:
    """No such page, no such method."""
    if not isinstance(error, HTTPException):
        raise error
    response = problem(error.status_code, error.detail)
    response.headers.update(error.headers or {})
    return response


def _not_found(_request: Request, error: Exception) -> JSONResponse:
    """No such song."""
    return problem(404, str(error))


def _unanswerable(_request: Request, error: Exception) -> JSONResponse:
    """Well formed, and without an answer."""
    return problem(422, str(error))
