"""Prints which checks Prowler maps to each requirement of the frameworks that the arguments name."""

import json
import sys
from pathlib import Path

import prowler

FOLDER = Path(prowler.__file__ or prowler.__path__[0]).parent / "compliance" / "aws"


def main() -> None:
    mapping = {}
    for framework in sys.argv[1:]:
        text = (FOLDER / f"{framework}_aws.json").read_text(encoding="utf-8")
        mapping[framework] = {entry["Id"]: entry["Checks"] for entry in json.loads(text)["Requirements"]}
    json.dump(mapping, sys.stdout)


if __name__ == "__main__":
    main()
