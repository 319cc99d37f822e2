# The Debian packages, installed into a root of their own and removed again.
import subprocess

import keras
import pytest

from test_install import BUILD, run, work  # noqa: F401


@pytest.fixture(scope="module")
def packages():
    run("cpack", cwd=BUILD)
    return {run("dpkg-deb", "-f", file, "Package").strip(): file
            for file in (BUILD / "packages").glob("*.deb")}


@pytest.fixture
def dpkg(tmp_path):
    """Runs dpkg on a system of which this folder is all; other packages are elsewhere."""
    records = tmp_path / "root/var/lib/dpkg"
    for folder in ("info", "updates"):
        (records / folder).mkdir(parents=True)
    (records / "status").touch()

    def call(*arguments):
        return run("dpkg", f"--root={tmp_path}/root", "--force-depends", "--force-not-root",
                   "--force-script-chrootless", *arguments)

    return call


def test_what_each_needs(packages):
    needs = {name: run("dpkg-deb", "-f", file, "Depends") for name, file in packages.items()}
    assert set(needs) == {"libdlc-runtime", "dlc", "libdlc-dev"}
    assert "llvm" not in needs["libdlc-runtime"] and "mlir" not in needs["libdlc-runtime"]
    for library in ("libdnnl2", "libhdf5", "libzip4", "libomp-22-dev"):
        assert library in needs["libdlc-runtime"]
    assert "libmlir-22" in needs["dlc"] and "libdlc-runtime (= " in needs["dlc"]
    assert "dlc (= " in needs["libdlc-dev"]


def test_install_run_remove(packages, dpkg, work, tmp_path):  # noqa: F811
    dpkg("-i", packages["libdlc-runtime"], packages["dlc"])
    program = tmp_path / "root/usr/bin/dlc"
    maps = run("ldd", program)
    assert f"{tmp_path}/root/usr/lib/libdlc-runtime.so.0" in maps.replace("bin/../", ""), maps
    run(program, "train", work / "model.keras", "--data", work / "data.npz",
        "-o", tmp_path / "trained.keras")
    assert keras.saving.load_model(tmp_path / "trained.keras").optimizer.iterations == 2
    dpkg("-P", "dlc", "libdlc-runtime")
    left = [path for path in (tmp_path / "root/usr").rglob("*") if path.is_file()]
    assert not left


def test_a_package_alone_says_what_it_lacks(packages, dpkg, tmp_path):
    dpkg("--unpack", packages["dlc"])
    done = subprocess.run([tmp_path / "root/usr/bin/dlc", "--version"], capture_output=True,
                          text=True)
    assert done.returncode != 0 and "libdlc-runtime" in done.stderr
