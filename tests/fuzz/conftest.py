"""The cohort folder of the tests of reading."""

from tests.intake.conftest import folder

__all__ = ["folder"]
