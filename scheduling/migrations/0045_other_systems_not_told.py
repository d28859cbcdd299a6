from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("scheduling", "0044_webhooks"),
    ]

    operations = [
        migrations.AlterField(
            model_name="task",
            name="kind",
            field=models.CharField(
                choices=[
                    ("not_brought", "Was not brought"),
                    ("day_lost", "A day was lost"),
                    ("misfit", "No longer fits"),
                    ("mail_failed", "Mail could not be sent"),
                    ("hold_lapsed", "Hold lapsed"),
                    ("freed", "Place became free"),
                    ("part_given", "A day was given in part"),
                    ("declined", "Family cannot come"),
                    ("mail_to_read", "Mail to read"),
                    ("change", "Family asks for a change"),
                    ("unwell", "Child unwell"),
                    ("pain_back", "The pain is back"),
                    ("dates", "Days the family cannot do"),
                    ("check_in", "How it went: to read"),
                    ("nobody_told", "Nobody may be written to"),
                    ("unrecorded", "Visit not recorded"),
                    ("text_due", "Text to approve"),
                    ("offer", "Days offered to a family"),
                    ("hook_failed", "Other system not told"),
                ],
                max_length=12,
                verbose_name="kind",
            ),
        ),
    ]
