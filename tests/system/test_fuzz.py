"""A short run of `make fuzz`, always of the same requests; from numbers that no test uses."""

from tests.fuzz.__main__ import fuzz
from tests.system.whole import System


def test_generated_calls_texts_and_callbacks_find_no_failure_and_no_schema_that_lies(system: System) -> None:
    found = fuzz(system, cases=300, chance=1)

    assert found["failures"] == {}
    assert found["api_cases"] >= 300
    assert found["webhook_cases"] >= 60
