"""What counts as a change of code."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tasks import code

MODULE = '''"""A task."""
from models.helper import double

def work(x):
    """Work."""
    return double(x)
'''
HELPER = "def double(x):\n    return 2 * x\n"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A project of one task and one helper, imported from a folder of its own."""
    for name, text in {
        "tasks/__init__.py": "",
        "tasks/work.py": MODULE,
        "models/__init__.py": "",
        "models/helper.py": HELPER,
    }.items():
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
    ours = {
        name: module
        for name, module in sys.modules.items()
        if name.partition(".")[0] in {"tasks", "models"}
    }
    for name in ours:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path
    for name in [name for name in sys.modules if name.partition(".")[0] in {"tasks", "models"}]:
        del sys.modules[name]
    forget()


def forget() -> None:
    """Let no test read what another one's project held."""
    code.read_module.cache_clear()
    code.find_source.cache_clear()


def digests() -> dict[str, str]:
    forget()
    return code.code_digests("tasks.work")


def test_a_task_runs_its_module_and_all_that_it_imports(project: Path) -> None:
    assert project.is_dir()
    assert set(digests()) == {"tasks.work", "models", "models.helper"}


def test_comments_docstrings_and_layout_do_not_count(project: Path) -> None:
    before = digests()

    (project / "models/helper.py").write_text(
        '"""Helps."""\n\n# doubles\ndef double(x):\n    """Twice."""\n    return (2 * x)\n'
    )

    assert digests() == before


def test_a_change_in_a_helper_counts_and_is_named(project: Path) -> None:
    before = digests()

    (project / "models/helper.py").write_text(HELPER.replace("2 *", "3 *"))

    now = digests()
    assert {name for name in now if now[name] != before[name]} == {"models.helper"}


def test_a_template_of_a_package_counts(project: Path) -> None:
    before = digests()

    (project / "models/page.html.j2").write_text("<p>")

    now = digests()
    assert {name for name in now if now[name] != before[name]} == {"models"}


def test_an_import_inside_a_function_counts(project: Path) -> None:
    (project / "tasks/work.py").write_text(
        "def work(x):\n    from models.helper import double\n    return double(x)\n"
    )

    assert "models.helper" in digests()


def test_code_that_is_imported_after_an_edit_is_refused(project: Path) -> None:
    before = digests()
    code.refuse_edited(before, set())
    (project / "models/helper.py").write_text(HELPER.replace("2", "3"))

    with pytest.raises(code.CodeEditedError, match=r"The code of models\.helper was edited"):
        code.refuse_edited(before, {"tasks.work", "models"})
    code.refuse_edited(before, {"tasks.work", "models", "models.helper"})


def test_a_template_that_is_edited_during_the_run_is_refused(project: Path) -> None:
    (project / "models/page.html").write_text("one")
    before = digests()
    (project / "models/page.html").write_text("two")

    with pytest.raises(code.CodeEditedError, match="The code of models was edited"):
        code.refuse_edited(before, set(before))


def test_how_the_store_keeps_things_is_no_code_of_a_task() -> None:
    assert not [name for name in code.code_digests("tasks.encode") if name.startswith("storage")]


def test_reading_the_code_imports_none_of_it() -> None:
    script = (
        "import sys\n"
        "from tasks.code import code_digests\n"
        "digests = code_digests('tasks.train')\n"
        "sys.exit('tensorflow' in sys.modules or 'models.training' not in digests)"
    )

    subprocess.run([sys.executable, "-c", script], check=True)


def test_the_real_stages_know_the_code_they_run() -> None:
    modules = code.code_digests("tasks.encode")

    assert {"tasks.encode", "models.encoder", "models.vocabulary", "songspace.schemas"} <= set(
        modules
    )
    assert "models.training" not in modules
