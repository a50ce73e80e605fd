"""A calendar library from elsewhere, where it can be had."""

import shutil
import subprocess
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def ical_js(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the entry of ICAL.js, the calendar library of Thunderbird."""
    for tool in ("node", "npm"):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed, so ICAL.js cannot check our calendars")
    folder = tmp_path_factory.mktemp("ical-js")
    command = ["npm", "install", "--no-save", "--no-audit", "--no-fund", "--ignore-scripts"]
    try:
        subprocess.run(
            [*command, "--prefix", str(folder), "ical.js@2"], check=True, capture_output=True,
            timeout=60,
        )  # fmt: skip
    except (subprocess.SubprocessError, OSError):
        pytest.skip("npm could not install ICAL.js, so it cannot check our calendars")
    return folder / "node_modules" / "ical.js" / "dist" / "ical.js"
