# Checks that the folder list in README.md equals the folders: folder_list.py ROOT
import pathlib
import re
import sys

from tree import list_files

# Folders whose inside is part of the architecture; of others only the top counts.
DEEP = {"dialects", "compiler", "runtime", "tools"}
# Below this depth a folder sorts files of one kind and its name says all.
DEEPEST = 3
# Where the build is described, which no model passes through.
UNLISTED = {"cmake"}


def read_listed(readme):
    """Folders named by the indented list in the README's text block."""
    block = re.search(r"```\n(dialects/.*?)```", readme, re.DOTALL)
    if not block:
        raise SystemExit("README.md: has no list that starts with dialects/; add it")
    listed, parent = set(), ""
    for line in block.group(1).splitlines():
        match = re.match(r"( *)(\S+)/ ", line)
        if not match:
            continue
        if match.group(1):
            listed.add(f"{parent}/{match.group(2)}")
        else:
            parent = match.group(2)
            listed.add(parent)
    return listed


def find_folders(files):
    """Folders that the list has to name."""
    found = set()
    for path in files:
        parts = path.parts[:-1]
        if not parts or parts[0].startswith(".") or parts[0] in UNLISTED:
            continue
        found.add(parts[0])
        if parts[0] in DEEP and len(parts) > 1:
            found.add("/".join(parts[:DEEPEST]))
    return found


def check(root):
    listed = read_listed((pathlib.Path(root) / "README.md").read_text())
    found = find_folders(list_files(root))
    errors = [f"README.md: lists {folder}/ but there is no such folder; remove it from the list"
              for folder in sorted(listed - found)]
    errors += [f"README.md: does not list {folder}/ but the folder exists; add it with a sentence"
               for folder in sorted(found - listed)]
    return errors


if __name__ == "__main__":
    mistakes = check(sys.argv[1])
    print("\n".join(mistakes))
    sys.exit(1 if mistakes else 0)
