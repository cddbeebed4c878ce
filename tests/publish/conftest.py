"""Run folders for the tests of what is written."""

from tests.report.conftest import make_run as make_run
