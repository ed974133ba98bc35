"""What all tests share: generated examples are the same on every run and every machine; commands are called one way."""

from __future__ import annotations

import sys

import pytest
from commands import Call, Said
from hypothesis import HealthCheck, settings

from sim import cli

settings.register_profile(
    "repeatable", derandomize=True, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("repeatable")


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    """Return a function that runs a command as the shell would, in this process."""

    def call(*args: object) -> Said:
        monkeypatch.setattr(sys, "argv", ["sim", *map(str, args)])
        with pytest.raises(SystemExit) as caught:
            cli.main()
        code = caught.value.code
        assert code is None or isinstance(code, int)
        out, err = capsys.readouterr()
        assert "Traceback" not in out + err
        return Said(code or 0, out, err)

    return call
