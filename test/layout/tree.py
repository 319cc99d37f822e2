# The folders and source files of the repository, for the checks beside this file.
import pathlib
import subprocess

SOURCE_SUFFIXES = {".h", ".cpp", ".td"}


def list_files(root):
    """Paths relative to `root` of all files that belong to the repository."""
    root = pathlib.Path(root)
    if (root / ".git").exists():
        listed = subprocess.run(
            ["git", "-C", root, "ls-files", "-co", "--exclude-standard", "-z"],
            capture_output=True, text=True)
        if listed.returncode == 0:
            names = [name for name in listed.stdout.split("\0") if name]
            return sorted(pathlib.PurePosixPath(n) for n in names if (root / n).is_file())
    return sorted(pathlib.PurePosixPath(p.relative_to(root).as_posix())
                  for p in root.rglob("*") if p.is_file() and not p.relative_to(root).parts[0].startswith("build"))


def list_sources(root):
    return [path for path in list_files(root) if path.suffix in SOURCE_SUFFIXES]
