# Checks that no two Python tests have one file name, because pytest imports a
# test by its name and refuses the second: unique_names.py ROOT
import sys

from tree import list_files


def find_twice(paths):
    """Pairs of paths whose file names are one name."""
    first = {}
    return [(first[path.name], path) for path in paths
            if first.setdefault(path.name, path) != path]


def check(root):
    tests = [path for path in list_files(root)
             if path.parts[0] == "test" and path.match("test_*.py")]
    return [f"{path}: is named as {other} is, which pytest cannot import beside it; rename one"
            for other, path in find_twice(tests)]


if __name__ == "__main__":
    mistakes = check(sys.argv[1])
    print("\n".join(mistakes))
    sys.exit(1 if mistakes else 0)
