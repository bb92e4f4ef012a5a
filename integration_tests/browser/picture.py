"""Takes the picture of the report page that README shows.

.venvs/test/bin/python -m integration_tests.browser.picture usage.html docs/report.png
"""

import base64
import sys
from pathlib import Path

from integration_tests.browser.chromium import Chromium


def main(page: Path, picture: Path) -> None:
    """Its top, on a desktop in light colours."""
    with Chromium() as browser:
        browser.open(page.resolve())
        shot = browser.driver.execute_cdp_cmd(
            "Page.captureScreenshot",
            {"captureBeyondViewport": True, "clip": {"x": 0, "y": 0, "width": 1264, "height": 1066, "scale": 1}},
        )
    picture.write_bytes(base64.b64decode(shot["data"]))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
