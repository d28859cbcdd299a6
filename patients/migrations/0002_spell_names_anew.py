"""The names that a search compares, and hospital numbers, as they are kept from now on."""

from django.db import migrations

from crmo_clinic.nhsuk.spellings import searchable
from crmo_clinic.nhsuk.typed import without_separators


def spell_anew(apps, schema_editor):
    """Names are compared in each way of writing them, and no number keeps what nobody can see.

    A number that would then be another child's stays as it is: a person has to say whose it is.
    """
    patients = apps.get_model("patients", "Patient").objects.using(schema_editor.connection.alias)
    numbers = {number.lower() for number in patients.values_list("hospital_number", flat=True)}
    changed = []
    for patient in patients.iterator(chunk_size=1000):
        patient.search_name = searchable(patient.name, patient.known_as)
        plain = without_separators(patient.hospital_number).upper()
        if plain and plain.lower() not in numbers:
            patient.hospital_number = plain
            numbers.add(plain.lower())
        changed.append(patient)
    patients.bulk_update(changed, ["search_name", "hospital_number"], batch_size=500)


class Migration(migrations.Migration):

    dependencies = [
        ('patients', '0001_initial'),
    ]

    operations = [
        migrations.RunPython(spell_anew, migrations.RunPython.noop, elidable=True),
    ]
