# Checks that files which documents and pass descriptions name exist:
# named_files.py ROOT
import pathlib
import re
import sys

from tree import list_files

# A path from the root, into a folder of the repository.
NAMED = re.compile(r"(?<![\w/.-])((?:dialects|compiler|runtime|capi|python|tools|test|docs|scripts|examples|bench)/[\w./-]*\w)")
# Files that the reader is asked to imagine or that a run makes.
IMAGINED = {"dialects/layer/layers/Scale.cpp"}


def find_missing(text, files, folders):
    named = [match.rstrip(".") for match in NAMED.findall(text)]
    return [name for name in named
            if name not in files and name not in folders and name not in IMAGINED
            and not any(file.startswith(name + ".") for file in files)]


def check(root):
    files = {str(path) for path in list_files(root)}
    folders = {str(parent) for file in files for parent in pathlib.PurePosixPath(file).parents}
    errors = []
    for file in sorted(files):
        if not file.endswith((".md", ".td")):
            continue
        text = (pathlib.Path(root) / file).read_text()
        errors += [f"{file}: names {name} but there is no such file; correct or remove it"
                   for name in find_missing(text, files, folders)]
    return errors


if __name__ == "__main__":
    mistakes = check(sys.argv[1])
    print("\n".join(mistakes))
    sys.exit(1 if mistakes else 0)
