"""The Python package's libraries: built by scripts/build, where a build folder is there
only what has changed, and put into the package. All else is in pyproject.toml."""
import pathlib
import shutil
import subprocess
import tempfile

from setuptools import setup
from setuptools.command.bdist_wheel import bdist_wheel
from setuptools.command.build_py import build_py

ROOT = pathlib.Path(__file__).resolve().parent
# setuptools' own "build" is CMake's here.
WORK = ROOT / "build" / "python"
TARGETS = ["dlc-c", "dlc-runtime", "dlc-compiler", "ptx-sim", "ptx-sim-cublaslt",
           "ptx-sim-cudnn"]


class BuildPy(build_py):
    def run(self):
        super().run()
        needed = ["cmake", "ninja"]
        if not (ROOT / "build/build.ninja").exists():
            needed.append("clang++-22")
        missing = [tool for tool in needed if shutil.which(tool) is None]
        if missing:
            raise SystemExit(f"dlc: there is no {missing[0]} but the libraries are built with it; "
                             "run scripts/setup first")
        if subprocess.run([ROOT / "scripts/build", "release", *TARGETS]).returncode != 0:
            raise SystemExit("dlc: the libraries did not build, as told above; run scripts/setup, "
                             "which installs what they need, and try again")
        folder = pathlib.Path(self.build_lib) / "dlc/lib"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        with tempfile.TemporaryDirectory() as prefix:
            # Installing sets the run paths.
            subprocess.run(["cmake", "--install", ROOT / "build", "--prefix", prefix,
                            "--component", "python", "--strip"], check=True)
            # Wheels hold no links: each library goes under the name it is opened by.
            for library in pathlib.Path(prefix, "lib").glob("lib*.so.*"):
                if library.is_symlink():
                    shutil.copyfile(library, folder / library.name)


class BdistWheel(bdist_wheel):
    def finalize_options(self):
        super().finalize_options()
        self.root_is_pure = False

    def get_tag(self):
        # Any Python 3, this machine's libraries.
        return "py3", "none", super().get_tag()[2]


WORK.mkdir(parents=True, exist_ok=True)
setup(cmdclass={"build_py": BuildPy, "bdist_wheel": BdistWheel},
      options={"build": {"build_base": str(WORK)}, "egg_info": {"egg_base": str(WORK)}})
