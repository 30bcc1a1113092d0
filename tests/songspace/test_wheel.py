"""What `pip install songspace` would bring."""

import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_wheel_holds_the_reader_and_nothing_else(tmp_path: Path) -> None:
    command = ["pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w", str(tmp_path)]

    subprocess.run([sys.executable, "-m", *command, str(ROOT)], check=True)

    names = zipfile.ZipFile(next(tmp_path.glob("*.whl"))).namelist()
    folders = {name.partition("/")[0] for name in names}
    assert folders == {"songspace", "songspace-0.1.0.dist-info"}
    assert "songspace/schemas.py" in names


def test_the_reader_needs_neither_prefect_nor_tensorflow() -> None:
    script = (
        "import sys, songspace, songspace.cli\n"
        "heavy = {'prefect', 'tensorflow', 'keras', 'sklearn', 'pydantic'} & sys.modules.keys()\n"
        "sys.exit(f'imported: {heavy}' if heavy else 0)"
    )

    subprocess.run([sys.executable, "-c", script], check=True)
