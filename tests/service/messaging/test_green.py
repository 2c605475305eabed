"""What psycopg needs of green threads: they wait beside each other, large talk does not jam, a cut line is noticed.
And urllib3 looks at a standing line without letting others run."""

import json
import subprocess
import sys


def test_green_threads_ask_the_database_beside_each_other(database_url: str) -> None:
    url = database_url.replace("postgresql+psycopg://", "postgresql://") + "/postgres"
    command = [sys.executable, "-W", "ignore", "-m", "tests.service.messaging.green_process", url]
    said = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout
    seen = json.loads(said)
    assert seen["sleepers"] == 8
    assert seen["seconds"] < 2.0  # 3.2 one after the other
    assert seen["echoed"]
    assert seen["cut"] == "AdminShutdown"
    assert seen["lines"] == {"whole": [True, False], "ran": []}
