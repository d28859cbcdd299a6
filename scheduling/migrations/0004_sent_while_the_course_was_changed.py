from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("scheduling", "0003_limits_above_and_imports")]

    operations = [
        migrations.AlterField(
            model_name="familyrequest",
            name="kind",
            field=models.CharField(
                choices=[
                    ("change", "Asks for a change"),
                    ("unwell", "Child unwell"),
                    ("dates", "Days they cannot do"),
                    ("late", "Sent while the course was changed"),
                ],
                max_length=8,
                verbose_name="what",
            ),
        ),
        migrations.AlterField(
            model_name="familyrequest",
            name="says",
            field=models.CharField(blank=True, max_length=4000, verbose_name="in their words"),
        ),
    ]
