"""What makes a web server answer late: `GUNICORN_CMD_ARGS="--config python:tests.late_pages"`.

SECONDS_LATE in the environment says by how much.
"""

import os
from time import sleep


def pre_request(worker: object, request: object) -> None:
    sleep(float(os.environ["SECONDS_LATE"]))
