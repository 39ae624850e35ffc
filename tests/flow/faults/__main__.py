"""The fault matrix as a table: `python -m tests.flow.faults`. Runs every case and prints what happened."""

import re
import sys

import pytest


class Rows:
    """Collects what each test noted."""

    def __init__(self):
        self.rows = []

    def pytest_runtest_logreport(self, report):
        if report.when != "call":
            return
        noted = dict(report.user_properties)
        found = re.match(r"test_(\d+\w?)_(.*)", report.nodeid.rpartition("::")[2])
        if found:
            name = found[2].replace("_s_", "'s ").replace("_", " ").replace("[", ": ").rstrip("]")
            ok = f"{noted['completeness']:.0%}" if report.passed else "FAILED"
            self.rows.append((found[1], name, noted.get("happened", ""), ok))


def main():
    rows = Rows()
    code = pytest.main(["-q", "-p", "no:cacheprovider", "tests/flow/faults"], plugins=[rows])
    sys.stdout.write("| case | what | what happened | complete |\n|---|---|---|---|\n")
    for row in sorted(rows.rows, key=lambda row: (int(re.match(r"\d+", row[0])[0]), row)):
        sys.stdout.write(f"| {' | '.join(cell.replace('|', '/') for cell in row)} |\n")
    return int(code)


if __name__ == "__main__":
    sys.exit(main())
