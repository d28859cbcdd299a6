"""gunicorn's settings: `gunicorn --config crmo_clinic/deploy/gunicorn.conf.py crmo_clinic.wsgi`.

Threads, so that a slow connection holds one of them and not a whole process; a proxy in front (nginx.conf
beside this) takes slow ones off it altogether.
"""

import gc
import os
import shutil
import tempfile
from typing import Any

bind = os.environ.get("BIND", "127.0.0.1:8000")
workers = int(os.environ.get("WEB_PROCESSES", "2"))
worker_class = "gthread"
# Loaded once, with all pages and templates (crmo_clinic/wsgi.py): processes are forked from it, share its
# memory and are quick from their first page on. So a new version needs a restart; a reload is not enough.
preload_app = True
# Each holds a connection to the database while it works: at most WEB_PROCESSES times this many.
threads = int(os.environ.get("WEB_THREADS", "24"))
# No process that hangs stays; pages in hand may finish when it is told to end.
timeout = 60
graceful_timeout = 30
# The proxy keeps connections to browsers; to this one it makes a new one each time, which costs nothing.
keepalive = 0
# A request line holds an address, never a form.
limit_request_line = 4094
limit_request_fields = 60
limit_request_field_size = 8190
# A process is replaced after so many pages, each at another time, so that no leak grows for months.
max_requests = 20_000
max_requests_jitter = 2_000
# Requests are logged by the app (crmo_clinic/request_log.py), without addresses.
accesslog = None
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108, PTH112
control_socket_disable = True
logconfig_dict = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "crmo_clinic.logs.JsonLines"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json"}},
    "loggers": {"gunicorn.error": {"handlers": ["console"], "level": "INFO", "propagate": False}},
    "root": {"handlers": ["console"], "level": "INFO"},
}

# Counts of all web processes are added up from files of this folder, which has to be there before they start.
if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = tempfile.mkdtemp(prefix="crmo-metrics-")


def pre_fork(server: Any, worker: Any) -> None:
    # Else the collector touches, and so copies, all that was loaded, while the first page waits.
    gc.collect()
    gc.freeze()


def child_exit(server: Any, worker: Any) -> None:
    from prometheus_client import multiprocess

    multiprocess.mark_process_dead(worker.pid)


def on_exit(server: Any) -> None:
    shutil.rmtree(os.environ["PROMETHEUS_MULTIPROC_DIR"], ignore_errors=True)
