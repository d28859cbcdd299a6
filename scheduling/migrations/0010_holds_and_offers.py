import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('patients', '0002_spell_names_anew'),
        ('scheduling', '0009_undo'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='FamilyOffer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('status', models.CharField(choices=[('asked', 'Asked'), ('booked', 'The family said yes'), ('refused', 'The family said yes, and the days could not be booked'), ('declined', 'The family said no'), ('lapsed', 'No answer'), ('withdrawn', 'Taken back')], default='asked', max_length=10, verbose_name='answer')),
                ('days', models.JSONField(verbose_name='days')),
                ('until', models.DateTimeField(verbose_name='to be answered by')),
                ('asked_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('asks_next', models.BooleanField(default=False, verbose_name='then ask the next family')),
                ('freed', models.JSONField(blank=True, default=list)),
                ('tried', models.JSONField(blank=True, default=list)),
            ],
            options={
                'ordering': ['-asked_at', '-pk'],
            },
        ),
        migrations.RemoveConstraint(
            model_name='booking',
            name='a_chair_is_taken_for_something',
        ),
        migrations.RemoveConstraint(
            model_name='course',
            name='a_hold_says_until_when',
        ),
        migrations.RemoveIndex(
            model_name='course',
            name='holds_to_lapse',
        ),
        migrations.AddField(
            model_name='booking',
            name='held_for',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='held_places', to='scheduling.course'),
        ),
        migrations.AddField(
            model_name='course',
            name='held_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='held by'),
        ),
        migrations.AlterField(
            model_name='advicetext',
            name='moment',
            field=models.CharField(choices=[('before_day_1', 'Before day 1'), ('before_day_2', 'Before day 2'), ('between', 'Between the days'), ('after', 'After the course'), ('offer', 'When days are offered')], max_length=14, verbose_name='read'),
        ),
        migrations.AlterField(
            model_name='message',
            name='kind',
            field=models.CharField(choices=[('invite', 'Invite'), ('cancellation', 'Cancellation'), ('reminder', 'Reminder'), ('between', 'Between the days'), ('day_after', 'Day after the course'), ('day_3', 'Third day after the course'), ('page', 'Address of the family’s page'), ('offer', 'Days offered')], max_length=12),
        ),
        migrations.AlterField(
            model_name='task',
            name='kind',
            field=models.CharField(choices=[('not_brought', 'Was not brought'), ('day_lost', 'A day was lost'), ('misfit', 'No longer fits'), ('mail_failed', 'Mail could not be sent'), ('hold_lapsed', 'Hold lapsed'), ('freed', 'Place became free'), ('part_given', 'A day was given in part'), ('declined', 'Family cannot come'), ('mail_to_read', 'Mail to read'), ('change', 'Family asks for a change'), ('unwell', 'Child unwell'), ('dates', 'Days the family cannot do'), ('check_in', 'How it went: to read'), ('nobody_told', 'Nobody may be written to'), ('unrecorded', 'Visit not recorded'), ('text_due', 'Text to approve'), ('offer', 'Days offered to a family')], max_length=12, verbose_name='kind'),
        ),
        migrations.AddIndex(
            model_name='course',
            index=models.Index(condition=models.Q(('held_until__isnull', False)), fields=['unit', 'held_until'], name='holds_to_lapse'),
        ),
        migrations.AddConstraint(
            model_name='booking',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('held_for__isnull', True), ('session__isnull', False), ('taken_for', '')), models.Q(('held_for__isnull', False), ('session__isnull', True), ('taken_for', '')), models.Q(('held_for__isnull', True), ('session__isnull', True), models.Q(('taken_for', ''), _negated=True)), _connector='OR'), name='a_chair_is_taken_for_something'),
        ),
        migrations.AddConstraint(
            model_name='course',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('held_until__isnull', False), ('status', 'pending')), models.Q(('held_until__isnull', True), ('status__in', ['waiting', 'cancelled'])), ('status__in', ['booked', 'completed', 'part_given']), _connector='OR'), name='a_hold_says_until_when'),
        ),
        migrations.AddField(
            model_name='familyoffer',
            name='answered_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='patients.contact'),
        ),
        migrations.AddField(
            model_name='familyoffer',
            name='asked_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='familyoffer',
            name='course',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='offers', to='scheduling.course'),
        ),
        migrations.AddIndex(
            model_name='familyoffer',
            index=models.Index(condition=models.Q(('asks_next', True), ('status', 'lapsed')), fields=['ended_at'], name='offers_to_pass_on'),
        ),
        migrations.AddConstraint(
            model_name='familyoffer',
            constraint=models.UniqueConstraint(models.F('course'), condition=models.Q(('status', 'asked')), name='one_open_offer_a_course'),
        ),
        migrations.AddConstraint(
            model_name='familyoffer',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ended_at__isnull', True), ('status', 'asked')), models.Q(models.Q(('status', 'asked'), _negated=True), ('ended_at__isnull', False)), _connector='OR'), name='an_offer_that_is_over_says_since_when'),
        ),
    ]
