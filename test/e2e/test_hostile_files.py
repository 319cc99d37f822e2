# Files that are no files, archives made to harm, names made to confuse.
import os
import struct
import zipfile

import numpy as np
import pytest

import oracle
from spoil import refuse, rewrite


def read_members(folder):
    with zipfile.ZipFile(folder / "model.keras") as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def make_special(path, kind):
    path.unlink()
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    elif kind == "zeros":
        path.symlink_to("/dev/zero")
    elif kind == "empty":
        path.touch()
    elif kind == "circle":
        path.symlink_to(path.name)
    elif kind == "dangling":
        path.symlink_to("nowhere")


SPECIAL = ["pipe", "folder", "zeros", "empty", "circle", "dangling"]


@pytest.mark.parametrize("kind", SPECIAL)
def test_model_is_no_file(good, kind):
    make_special(good / "model.keras", kind)
    refuse(good, "model.keras")


@pytest.mark.parametrize("kind", SPECIAL)
def test_data_is_no_file(good, kind):
    make_special(good / "data.npz", kind)
    refuse(good, "data.npz")


@pytest.mark.parametrize("kind", SPECIAL)
@pytest.mark.parametrize("suffix", ["mlir", "dlc"])
def test_other_model_is_no_file(good, kind, suffix):
    (good / f"a.{suffix}").touch()
    make_special(good / f"a.{suffix}", kind)
    refuse(good, f"a.{suffix}", model=f"a.{suffix}", command="predict")


@pytest.mark.parametrize("kind", ["pipe", "folder", "zeros", "dangling"])
@pytest.mark.parametrize("member", ["config.json", "model.weights.h5"])
def test_member_of_a_folder_is_no_file(good, kind, member):
    folder = good / "model"
    with zipfile.ZipFile(good / "model.keras") as archive:
        archive.extractall(folder)
    make_special(folder / member, kind)
    refuse(good, member if kind != "dangling" else "model", model="model", command="predict")


def test_pipe_as_array(good):
    os.mkfifo(good / "x.npy")
    refuse(good, "x.npy", command="predict", data="x.npy")


def test_paths_of_a_zip_are_never_used(good):
    """Members are asked for by name: what else there is stays where it is."""
    contents = read_members(good)
    before = {p.name for p in good.parent.iterdir()}
    with zipfile.ZipFile(good / "model.keras", "w") as archive:
        archive.writestr("../escaped.txt", b"x")
        archive.writestr("/tmp/dlc-escaped.txt", b"x")
        link = zipfile.ZipInfo("link")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
        for name, data in contents.items():
            archive.writestr(name, data)
    oracle.dlc("train", good / "model.keras", "--data", good / "data.npz", "-o", good / "o.keras")
    assert {p.name for p in good.parent.iterdir()} == before
    assert not os.path.exists("/tmp/dlc-escaped.txt")
    with zipfile.ZipFile(good / "o.keras") as archive:
        assert set(archive.namelist()) == {"metadata.json", "config.json", "model.weights.h5"}


def test_members_only_under_other_paths(good):
    contents = read_members(good)
    with zipfile.ZipFile(good / "model.keras", "w") as archive:
        for name, data in contents.items():
            archive.writestr("../" + name, data)
    refuse(good, "config.json")


def test_member_that_is_there_twice(good):
    contents = read_members(good)
    with zipfile.ZipFile(good / "model.keras", "w") as archive:
        for name, data in contents.items():
            archive.writestr(name, data)
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("config.json", b"{}")
    refuse(good, "model.keras")


def test_bomb_in_the_config(good):
    """300 MB of blanks in 300 kB."""
    contents = read_members(good)
    contents["config.json"] = b" " * 300_000_000
    with zipfile.ZipFile(good / "model.keras", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in contents.items():
            archive.writestr(name, data)
    refuse(good, "config.json", "300000000 bytes")


def declare_size(path, member, size):
    """Changes what the archive's directory says of a member's size."""
    raw = bytearray(path.read_bytes())
    at = -1
    while (at := raw.find(b"PK\x01\x02", at + 1)) >= 0:
        length = struct.unpack_from("<H", raw, at + 28)[0]
        if raw[at + 46:at + 46 + length] == member.encode():
            struct.pack_into("<I", raw, at + 24, size)
    path.write_bytes(raw)


@pytest.mark.parametrize("size", [0, 5, 2**31, 2**32 - 2])
def test_member_of_another_size_than_declared(good, size):
    declare_size(good / "model.keras", "config.json", size)
    refuse(good, "model.keras")


def test_array_of_another_size_than_declared(good):
    """The header of an array asks for 8 EB, and the array is not there."""
    header = b"{'descr': '<f4', 'fortran_order': False, 'shape': (2147483647, 1073741824), }"
    raw = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header
    with zipfile.ZipFile(good / "data.npz", "w") as archive:
        archive.writestr("x.npy", raw)
        archive.writestr("y.npy", raw)
    refuse(good, "data.npz", "x")


def test_names_are_shown_in_one_line(good):
    name = 'a "quoted"\nname\x1b[31m.keras'
    (good / "model.keras").rename(good / name)
    (good / name).write_bytes(b"no zip")
    refuse(good, r'a "quoted"\nname\x1b[31m.keras', model=name)


def test_odd_names_work(good):
    name = 'ünïcode "quoted"\n name.keras'
    (good / "model.keras").rename(good / name)
    oracle.dlc("predict", good / name, "--data", good / "data.npz", "-o", good / "y \n.npz")
    assert np.load(good / "y \n.npz")["y"].shape == (10, 4)


def test_metadata_is_no_json(good):
    """It goes back into the file that Keras loads, so it has to make sense."""
    rewrite(good, lambda data: b"-----BEGIN PRIVATE KEY-----", "metadata.json")
    refuse(good, "metadata.json")
