# Adds up what ctest, GoogleTest, lit, the fuzzers and pytest wrote and prints the
# last line of scripts/test. A suite without results, or a program that died, counts as failed.
import pathlib
import sys
import xml.etree.ElementTree as ElementTree


def count_cases(path, skip=()):
    """Passed and failed cases of a JUnit file, and the names of the failed."""
    passed, failed = 0, []
    for case in ElementTree.parse(path).iter("testcase"):
        name = f"{case.get('classname', '')}.{case.get('name')}".strip(".")
        if case.get("name") in skip:
            continue
        bad = case.find("failure") is not None or case.find("error") is not None
        if bad or case.get("status") in ("fail", "notrun"):
            failed.append(name)
        elif case.find("skipped") is None:
            passed += 1
    return passed, failed


def count_ctest(path, gtest_folder):
    """As count_cases, with a GoogleTest program counted by its cases."""
    passed, failed = 0, []
    programs = {p.stem: p for p in gtest_folder.glob("*.xml")}
    for program in programs.values():
        more, bad = count_cases(program)
        passed += more
        failed += [f"{program.stem}.{name}" for name in bad]
    more, bad = count_cases(path)
    passed += more - sum(
        1 for case in ElementTree.parse(path).iter("testcase")
        if case.get("name") in programs and case.get("status") == "run")
    # A program that failed without a failed case crashed.
    named = {name.split(".")[0] for name in failed}
    failed += [name for name in bad if name.split(".")[-1] not in named]
    return passed, failed


def main(results):
    passed, failed = 0, []
    for suite in ("ctest", "lit", "ctest-asan", "fuzz", "pytest"):
        path = results / f"{suite}.xml"
        try:
            if suite.startswith("ctest"):
                gtest = results / suite.replace("ctest", "gtest")
                more, bad = count_ctest(path, gtest)
            else:
                more, bad = count_cases(path)
        except (OSError, ElementTree.ParseError) as error:
            more, bad = 0, [f"{suite}: no results ({error})"]
        passed += more
        failed += bad
    for name in failed:
        print(f"failed: {name}")
    print(f"{passed} passed, {len(failed)} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1])))
