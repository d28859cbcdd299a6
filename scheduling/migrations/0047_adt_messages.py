import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('patients', '0011_address_and_numbers_without_a_merge'),
        ('scheduling', '0045_other_systems_not_told'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='AdtMessage',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('received_at', models.DateTimeField(db_index=True, default=django.utils.timezone.now, verbose_name='received')),
                ('came_from', models.CharField(max_length=200, verbose_name='from where')),
                ('application', models.CharField(blank=True, max_length=200, verbose_name='sending application')),
                ('facility', models.CharField(blank=True, max_length=200, verbose_name='sending facility')),
                ('control_id', models.CharField(blank=True, max_length=200, verbose_name='its number')),
                ('digest', models.CharField(max_length=64)),
                ('event', models.CharField(blank=True, max_length=10, verbose_name='what happened')),
                ('happened_at', models.DateTimeField(verbose_name='when it became so')),
                ('raw', models.BinaryField(blank=True, default=b'')),
                ('state', models.CharField(choices=[('received', 'To be looked at'), ('changed', 'Changed'), ('nothing', 'Nothing to change'), ('question', 'A question'), ('not_ours', 'Not ours'), ('double', 'Same number, other words'), ('unreadable', 'Could not be read'), ('failed', 'Could not be applied')], default='received', max_length=10, verbose_name='state')),
                ('says', models.TextField(blank=True, verbose_name='what became of it')),
                ('questions', models.JSONField(default=list)),
                ('is_taken', models.BooleanField(default=False)),
            ],
            options={
                'verbose_name': 'message of the hospital’s records',
                'verbose_name_plural': 'messages of the hospital’s records',
                'ordering': ['-received_at', '-pk'],
            },
        ),
        migrations.RemoveConstraint(
            model_name='task',
            name='one_open_task_a_course',
        ),
        migrations.RemoveConstraint(
            model_name='task',
            name='one_open_task_a_session',
        ),
        migrations.AlterField(
            model_name='task',
            name='kind',
            field=models.CharField(choices=[('not_brought', 'Was not brought'), ('day_lost', 'A day was lost'), ('misfit', 'No longer fits'), ('mail_failed', 'Mail could not be sent'), ('hold_lapsed', 'Hold lapsed'), ('freed', 'Place became free'), ('part_given', 'A day was given in part'), ('declined', 'Family cannot come'), ('mail_to_read', 'Mail to read'), ('change', 'Family asks for a change'), ('unwell', 'Child unwell'), ('pain_back', 'The pain is back'), ('dates', 'Days the family cannot do'), ('check_in', 'How it went: to read'), ('nobody_told', 'Nobody may be written to'), ('unrecorded', 'Visit not recorded'), ('text_due', 'Text to approve'), ('offer', 'Days offered to a family'), ('died', 'The hospital says: has died'), ('adt', 'The hospital’s records ask'), ('hook_failed', 'Other system not told')], max_length=12, verbose_name='kind'),
        ),
        migrations.AddField(
            model_name='adtmessage',
            name='other',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='patients.patient'),
        ),
        migrations.AddField(
            model_name='adtmessage',
            name='patient',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='adt_messages', to='patients.patient'),
        ),
        migrations.AddField(
            model_name='task',
            name='adt',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='tasks', to='scheduling.adtmessage'),
        ),
        migrations.AddConstraint(
            model_name='task',
            constraint=models.UniqueConstraint(condition=models.Q(('adt__isnull', True), ('check_in__isnull', True), ('done_at__isnull', True), ('mail__isnull', True), ('message__isnull', True), ('request__isnull', True), ('session__isnull', True)), fields=('kind', 'course'), name='one_open_task_a_course'),
        ),
        migrations.AddConstraint(
            model_name='task',
            constraint=models.UniqueConstraint(condition=models.Q(('adt__isnull', True), ('check_in__isnull', True), ('done_at__isnull', True), ('mail__isnull', True), ('message__isnull', True), ('request__isnull', True)), fields=('kind', 'session'), name='one_open_task_a_session'),
        ),
        migrations.AddIndex(
            model_name='adtmessage',
            index=models.Index(condition=models.Q(('state', 'received')), fields=['id'], name='adt_to_apply'),
        ),
        migrations.AddConstraint(
            model_name='adtmessage',
            constraint=models.UniqueConstraint(fields=('control_id', 'digest', 'application', 'facility'), name='a_message_is_kept_once'),
        ),
    ]
