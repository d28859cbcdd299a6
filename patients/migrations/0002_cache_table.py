"""The table of the cache that web processes share in production: there is no extra step to forget."""

from django.core.management import call_command
from django.db import migrations


def create(apps, schema_editor):
    call_command("createcachetable", "cache", database=schema_editor.connection.alias, verbosity=0)


def drop(apps, schema_editor):
    schema_editor.execute("DROP TABLE cache")


class Migration(migrations.Migration):

    dependencies = [("patients", "0001_initial")]

    operations = [migrations.RunPython(create, drop)]
