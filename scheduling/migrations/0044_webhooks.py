
import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("scheduling", "0040_other_systems"),
    ]

    operations = [
        migrations.CreateModel(
            name="WebhookEndpoint",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=80, unique=True, verbose_name="name of the system")),
                ("address", models.CharField(max_length=500, verbose_name="address")),
                ("events", models.JSONField(default=list, verbose_name="what it is told")),
                ("sealed_secret", models.CharField(max_length=300)),
                ("former_sealed", models.CharField(blank=True, max_length=300)),
                (
                    "former_until",
                    models.DateTimeField(blank=True, null=True, verbose_name="earlier secret signs until"),
                ),
                ("is_on", models.BooleanField(default=True, verbose_name="switched on")),
                (
                    "off_because",
                    models.CharField(blank=True, max_length=200, verbose_name="why it is switched off"),
                ),
                (
                    "since",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="told of what happens since"
                    ),
                ),
                (
                    "units",
                    models.ManyToManyField(
                        blank=True, related_name="webhook_endpoints", to="scheduling.unit"
                    ),
                ),
            ],
            options={
                "verbose_name": "system that is told",
                "verbose_name_plural": "systems that are told",
                "ordering": ["name"],
            },
        ),
        migrations.CreateModel(
            name="WebhookProgress",
            fields=[
                (
                    "endpoint",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="progress",
                        serialize=False,
                        to="scheduling.webhookendpoint",
                    ),
                ),
                ("read_to", models.BigIntegerField(default=0)),
                ("failures", models.PositiveIntegerField(default=0)),
                ("rests_until", models.DateTimeField(null=True)),
                (
                    "task",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="scheduling.task",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="WebhookEvent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "type",
                    models.CharField(
                        choices=[
                            ("visit.booked", "Booked"),
                            ("visit.moved", "Moved"),
                            ("visit.cancelled", "Cancelled"),
                            ("visit.arrived", "Arrived"),
                            ("visit.finished", "Finished"),
                            ("visit.taken_back", "Taken back"),
                            ("webhook.test", "Test"),
                        ],
                        max_length=20,
                        verbose_name="what happened",
                    ),
                ),
                ("act_id", models.BigIntegerField(null=True)),
                ("patient_id", models.BigIntegerField(null=True)),
                ("course_id", models.BigIntegerField(null=True)),
                ("session_id", models.BigIntegerField(null=True)),
                ("webhook_id", models.CharField(max_length=60, unique=True)),
                ("at", models.DateTimeField(verbose_name="when it happened")),
                ("payload", models.BinaryField()),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("queued", "Waiting to be sent"),
                            ("sending", "Being sent"),
                            ("taken", "Taken"),
                            ("failed", "Given up"),
                            ("withheld", "Not sent"),
                        ],
                        default="queued",
                        max_length=10,
                    ),
                ),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("next_attempt_at", models.DateTimeField()),
                ("tried_at", models.DateTimeField(null=True)),
                ("claimed_at", models.DateTimeField(null=True)),
                ("claimed_by", models.CharField(blank=True, max_length=100)),
                ("answered", models.PositiveSmallIntegerField(null=True)),
                ("problem", models.CharField(blank=True, max_length=300)),
                ("done_at", models.DateTimeField(null=True)),
                (
                    "endpoint",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="outbox",
                        to="scheduling.webhookendpoint",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="scheduling.unit",
                    ),
                ),
            ],
            options={
                "verbose_name": "event",
                "ordering": ["-pk"],
                "indexes": [
                    models.Index(fields=["endpoint", "status", "id"], name="webhooks_to_deliver"),
                    models.Index(fields=["endpoint", "course_id", "id"], name="webhooks_of_a_course"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        models.F("endpoint"), models.F("act_id"), models.F("type"), name="an_act_is_told_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("claimed_at__isnull", False), ("status", "sending")),
                            models.Q(
                                models.Q(("status", "sending"), _negated=True), ("claimed_at__isnull", True)
                            ),
                            _connector="OR",
                        ),
                        name="a_claimed_webhook_says_since_when",
                    ),
                ],
            },
        ),
    ]
