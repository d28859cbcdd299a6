from django.db import migrations, models

KINDS = {"REQUEST": "invite", "CANCEL": "cancellation"}


def name_kinds(apps, schema_editor):
    """Not every message carries a calendar entry any more, so what one is about is no calendar's method."""
    Message = apps.get_model("scheduling", "Message")
    for method, kind in KINDS.items():
        Message.objects.filter(kind=method).update(kind=kind)


def name_methods(apps, schema_editor):
    Message = apps.get_model("scheduling", "Message")
    for method, kind in KINDS.items():
        Message.objects.filter(kind=kind).update(kind=method)


class Migration(migrations.Migration):

    dependencies = [
        ("scheduling", "0004_the_coordinators_day"),
    ]

    operations = [
        migrations.RenameField("message", "method", "kind"),
        migrations.AlterField("message", "kind", models.CharField(max_length=12)),
        migrations.RunPython(name_kinds, name_methods),
    ]
