"""Holds the schema of tuning files to the good and the bad files among the tests.

Needs Python 3.11, for `tomllib`, and the package `jsonschema`.
"""

import datetime
import json
import pathlib
import sys
import tomllib

import jsonschema


def main() -> int:
    crate = pathlib.Path(sys.argv[1])
    schema = json.loads((crate / "breakerbox.schema.json").read_text())
    jsonschema.Draft7Validator.check_schema(schema)
    validator = jsonschema.Draft7Validator(schema)
    wrong = 0
    for folder, is_good in (("good", True), ("bad", False)):
        files = sorted((crate / "tests/files" / folder).glob("*.toml"))
        assert files, folder
        for file in files:
            wrong += check(validator, file, is_good)
    return min(wrong, 1)


def check(validator, file: pathlib.Path, is_good: bool) -> int:
    """Returns 1 if the schema judges otherwise than the crate.

    The text beside a bad file has each of its mistakes. The schema has to find as many.
    """
    document = plain(tomllib.loads(file.read_text()))
    errors = list(leaves(validator.iter_errors(document)))
    if is_good:
        for error in errors:
            print(f"{file}: {error.json_path}: {error.message}")
        return int(bool(errors))
    expected = file.with_suffix(".txt").read_text().count("error: ")
    if len(errors) < expected:
        print(f"{file}: {len(errors)} mistakes by the schema, {expected} by the crate")
        for error in errors:
            print(f"  {error.json_path}: {error.message}")
        return 1
    return 0


def leaves(errors):
    """Counts each key that is one too many by itself."""
    for error in errors:
        if error.validator == "additionalProperties":
            known = error.schema.get("properties", {})
            for key in error.instance:
                if key not in known:
                    yield error
        else:
            yield error


def plain(value):
    """TOML has dates and `nan`, JSON has not."""
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    if isinstance(value, (datetime.date, datetime.time)) or value != value:
        return None
    return value


sys.exit(main())
