"""Whatever the OpenAPI document allows, and whatever it forbids, is answered as it says, within little memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import BaseSchema, Case, CheckFunction, GenerationMode
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import positive_data_acceptance

from tests.songspace.web.serving import Server, serving

pytestmark = pytest.mark.fault

MIB: Final = 2**20
MOST_DATA: Final = 360 * MIB
"""The server needs 320 MiB of its own, what libraries and threads set aside included; with 300 it cannot answer."""

MOST_GROWTH: Final = 4 * MIB

ASKED_BY: Final = [
    ("POST", "/recommend"),
    ("POST", "/blend"),
    ("GET", "/songs"),
    ("GET", "/songs/{song_id}"),
    ("GET", "/songs/{song_id}/similar"),
    ("GET", "/path"),
]
"""What takes something that can be wrong."""

ALWAYS_THE_SAME: Final = [("GET", "/health"), ("GET", "/options"), ("GET", "/map")]

OF_SONGS: Final = [one for one in ASKED_BY if one[1] not in ("/recommend", "/songs")]

EXAMPLES: Final = 100

Run = Callable[[Case[Any]], object]


@pytest.fixture(scope="module")
def narrow(songs_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that is given no more than MOST_DATA."""
    log = tmp_path_factory.mktemp("narrow") / "log"
    with serving(songs_store, log, most_data=MOST_DATA) as server:
        yield server
        assert server.process.poll() is None, log.read_text()
        assert "Traceback" not in log.read_text()


@pytest.fixture(scope="module")
def document(narrow: Server) -> BaseSchema:
    """What the server says of itself."""
    return schemathesis.openapi.from_url(f"{narrow.url}/openapi.json")


def try_out(strategy: st.SearchStrategy[Case[Any]], examples: int, run: Run) -> None:
    """Let *run* have so many cases, the same ones each time."""

    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=strategy)
    def each(case: Case[Any]) -> None:
        run(case)

    each()


def test_all_operations_of_the_document_are_tried_here(document: BaseSchema) -> None:
    operations = [one.ok() for one in document.get_all_operations() if isinstance(one, Ok)]

    told = {(one.method.upper(), one.path) for one in operations}

    assert told == {*ASKED_BY, *ALWAYS_THE_SAME}


@pytest.mark.parametrize(("method", "path"), [*ASKED_BY, *ALWAYS_THE_SAME])
def test_what_the_document_allows_is_answered_as_it_says(
    narrow: Server, document: BaseSchema, method: str, path: str
) -> None:
    allowed = document[path][method].as_strategy(GenerationMode.POSITIVE)

    def check(case: Case[Any]) -> None:
        unless: list[CheckFunction] = [positive_data_acceptance] if is_upside_down(case) else []
        case.call_and_validate(narrow.url, excluded_checks=unless)

    try_out(allowed, EXAMPLES, check)


@pytest.mark.parametrize(("method", "path"), ASKED_BY)
def test_what_the_document_forbids_is_refused_as_it_says(
    narrow: Server, document: BaseSchema, method: str, path: str
) -> None:
    forbidden = document[path][method].as_strategy(GenerationMode.NEGATIVE)

    try_out(forbidden, EXAMPLES, lambda case: case.call_and_validate(narrow.url))


@pytest.mark.parametrize(("method", "path"), OF_SONGS)
def test_what_is_asked_of_songs_that_are_there_is_answered_as_the_document_says(
    narrow: Server, document: BaseSchema, some_songs: list[str], method: str, path: str
) -> None:
    allowed = document[path][method].as_strategy(GenerationMode.POSITIVE)
    songs = st.lists(st.sampled_from(some_songs), min_size=2, max_size=4)
    answered: list[int] = []

    def check(case: Case[Any]) -> None:
        answer = case.call(narrow.url)
        case.validate_response(answer, excluded_checks=[positive_data_acceptance])
        answered.append(answer.status_code)

    try_out(st.builds(asking_of, allowed, songs), EXAMPLES, check)

    assert answered.count(200) > EXAMPLES / 2


def test_the_server_grows_no_further_however_much_is_asked(
    narrow: Server, document: BaseSchema, some_songs: list[str]
) -> None:
    def ask_everything(examples: int) -> None:
        for method, path in ASKED_BY:
            for mode in GenerationMode:
                cases = document[path][method].as_strategy(mode)
                try_out(cases, examples, lambda case: case.call(narrow.url))
        for method, path in OF_SONGS:
            cases = document[path][method].as_strategy(GenerationMode.POSITIVE)
            songs = st.lists(st.sampled_from(some_songs), min_size=2, max_size=4)
            named = st.builds(asking_of, cases, songs)
            try_out(named, examples, lambda case: case.call(narrow.url))

    ask_everything(EXAMPLES // 4)
    warm = resident(narrow)
    ask_everything(EXAMPLES)

    assert resident(narrow) - warm < MOST_GROWTH


def is_upside_down(case: Case[Any]) -> bool:
    """Whether a range ends before it begins: valid by the document, which cannot say so, and refused."""
    given: Any = case.body if isinstance(case.body, dict) else case.query
    ranges = [
        (given.get(f"{name}_from"), given.get(f"{name}_to")) for name in ("year", "popularity")
    ]
    return any(low is not None and high is not None and low > high for low, high in ranges)


def asking_of(case: Case[Any], songs: list[str]) -> Case[Any]:
    """The same case, asking of those songs."""
    if isinstance(case.body, dict):
        case.body = {**case.body, "likes": [*songs[:-1]], "dislikes": [*songs[-1:]]}
    for name in case.path_parameters:
        case.path_parameters[name] = songs[0]
    if "start" in case.query:
        case.query.update(start=songs[0], end=songs[-1])
    return case


def resident(server: Server) -> int:
    """Bytes that the server has in memory."""
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    (line,) = [one for one in status.splitlines() if one.startswith("VmRSS:")]
    return int(line.split()[1]) * 1024
