# The Python environment that the peers run in: an existing one, or .cache/bench/venv
# made from bench/requirements.txt.
import hashlib
import pathlib
import subprocess
import sys

REQUIREMENTS = pathlib.Path(__file__).with_name("requirements.txt")


def install(folder):
    """The Python of a virtual environment with the pinned packages in it."""
    python = folder / "bin" / "python"
    stamp = folder / "requirements.sha256"
    wanted = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()
    if not stamp.exists() or stamp.read_text() != wanted:
        print(f"installing the peers into {folder}: several gigabytes; --venv takes "
              "an environment that has them", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet",
                        "--disable-pip-version-check", "-r", REQUIREMENTS], check=True)
        stamp.write_text(wanted)
    return python


def find_python(venv, cache):
    """The Python to run peers with; `venv` is a folder or None."""
    if venv is None:
        return install(cache / "venv")
    python = pathlib.Path(venv) / "bin" / "python"
    if not python.exists():
        raise SystemExit(f"scripts/bench: {venv} has no bin/python; "
                         "--venv takes the folder of a virtual environment")
    return python
