from django.db import migrations, models

import patients.constraints

APPEND_ONLY = patients.constraints.AppendOnly(name="scheduling_readinesscheck_append_only")


def keep_private(apps, schema_editor):
    """A note is private if its item was so in any version, for which of them was in force is not kept."""
    ChecklistItem = apps.get_model("scheduling", "ChecklistItem")
    ReadinessCheck = apps.get_model("scheduling", "ReadinessCheck")
    keys = ChecklistItem.objects.filter(private=True).values("key")
    ReadinessCheck.objects.filter(key__in=keys).update(private=True)


class Migration(migrations.Migration):

    dependencies = [
        ("scheduling", "0010_reviews"),
    ]

    operations = [
        migrations.AddField(
            model_name="decision",
            name="mistake",
            field=models.CharField(blank=True, max_length=300, verbose_name="why it was a mistake"),
        ),
        # The rows are filled while nothing forbids to change them.
        migrations.RemoveConstraint("readinesscheck", APPEND_ONLY.name),
        migrations.AddField(
            model_name="readinesscheck",
            name="private",
            field=models.BooleanField(default=False, verbose_name="its note is for nurses and the unit lead only"),
        ),
        migrations.RunPython(keep_private, migrations.RunPython.noop),
        migrations.AddConstraint("readinesscheck", APPEND_ONLY),
    ]
