"""What the processes of the app know of each other: workers that run, whose turn it is, a mail server that
takes nothing.

No record of anybody's care, so nothing of it is in the log.
"""

from datetime import datetime, timedelta

from django.db import models

# A worker says so often that it runs; after so long without a word it is gone, and its claims with it.
BEAT_SECONDS = 10
GONE_AFTER = timedelta(seconds=40)


class WorkerBeatQuerySet(models.QuerySet["WorkerBeat"]):
    def running(self, now: datetime) -> "WorkerBeatQuerySet":
        return self.filter(beat_at__gte=now - GONE_AFTER)


class WorkerBeat(models.Model):
    """A worker process, and when it last said that it runs. Its row stays when it is gone."""

    name = models.CharField(max_length=100, unique=True)
    started_at = models.DateTimeField()
    beat_at = models.DateTimeField()

    objects = WorkerBeatQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name


class Outage(models.Model):
    """The mail server takes nothing: the row exists while that lasts. since: the first mail it refused."""

    MAIL = "mail"

    what = models.CharField(max_length=10, unique=True, default=MAIL)
    since = models.DateTimeField()
    # A sentence that quotes neither an address nor the server.
    problem = models.CharField(max_length=300)

    def __str__(self) -> str:
        return f"{self.what}: {self.problem}"


class Turn(models.Model):
    """Work that one worker does for all: nobody begins it again before `until`.

    position: the key up to which it has come, where it takes several turns; 0 at its beginning.
    """

    what = models.CharField(max_length=30, unique=True)
    until = models.DateTimeField()
    position = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.what} until {self.until}"
