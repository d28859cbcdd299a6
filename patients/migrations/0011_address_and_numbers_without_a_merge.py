import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('patients', '0010_logs_of_a_person'),
    ]

    operations = [
        migrations.AddField(
            model_name='patient',
            name='address',
            field=models.CharField(blank=True, max_length=300, verbose_name='home address'),
        ),
        migrations.AlterField(
            model_name='formernumber',
            name='merge',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='numbers', to='patients.merge'),
        ),
    ]
