"""Settings, all from the environment, with defaults that suit one person trying the app on a laptop.

`PRODUCTION=yes` turns the laptop's conveniences off; the process then refuses to start with an unsafe
setting and says in a sentence which one (`crmo_clinic/production.py`).
"""

from pathlib import Path

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from crmo_clinic.environment import Environment
from crmo_clinic.nhsuk.languages import DRAFTS, languages_in, with_drafts
from crmo_clinic.production import origin, refuse_unsafe

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = BASE_DIR / "var"

# It also reads NAME_FILE, so that secrets can be mounted as files.
env = Environment()

PRODUCTION = env.bool("PRODUCTION", default=False)
DEBUG = env.bool("DEBUG", default=False)
DEMO_SECRET_KEY = "demo-only-not-a-secret-refused-when-PRODUCTION-is-set"  # noqa: S105
SECRET_KEY = env.str("SECRET_KEY", default=DEMO_SECRET_KEY)
# Keys that were in force before; what was signed with them is still good.
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
# The addresses of families' pages have a key of their own, so that SECRET_KEY can change without a dead link.
FAMILY_LINK_KEY = env.str("FAMILY_LINK_KEY", default="")
FAMILY_LINK_KEY_FALLBACKS = env.list("FAMILY_LINK_KEY_FALLBACKS", default=[])
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

# What families and staff see at the top of every page and mail.
TRUST_NAME = env.str("TRUST_NAME", default="Example Children's Hospital")
SERVICE_NAME = "Infusion day case"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
    "crispy_forms",
    "csp",
    "django_htmx",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "crmo_clinic.nhsuk",
    "patients",
    "scheduling",
]

MIDDLEWARE = [
    "crmo_clinic.request_log.log_requests",
    "crmo_clinic.probes.answer_probes",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "crmo_clinic.bodies.limit_bodies",
    "django.middleware.common.CommonMiddleware",
    "crmo_clinic.nhsuk.middleware.read_forms_first",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "crmo_clinic.nhsuk.middleware.keep_no_pages",
    "crmo_clinic.nhsuk.middleware.sign_in_on_a_whole_page",
    "patients.sessions.EndOldSessions",
    "crmo_clinic.nhsuk.middleware.SignInFirst",
    "patients.second_step.SecondStepFirst",
    "patients.refusals.LogRefusals",
    "crmo_clinic.nhsuk.middleware.say_what_is_not_taken",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "crmo_clinic.urls"
WSGI_APPLICATION = "crmo_clinic.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    [
                        "crmo_clinic.nhsuk.page_loaders.WithoutIndents",
                        "crmo_clinic.nhsuk.page_loaders.OfAppsWithoutIndents",
                    ],
                )
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "crmo_clinic.context.site",
            ],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
CRISPY_ALLOWED_TEMPLATE_PACKS = "nhsuk"
CRISPY_TEMPLATE_PACK = "nhsuk"
CRISPY_FAIL_SILENTLY = False

DATABASES = {"default": env.db("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'crmo_clinic.sqlite3'}")}
# Opening one costs more than most questions to it, on SQLite too.
DATABASES["default"]["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", default=60)
# One machine, one disk, no standby: in production only for whoever says so.
SQLITE_IN_PRODUCTION = env.bool("SQLITE_IN_PRODUCTION", default=False)
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # IMMEDIATE takes the write lock when a transaction starts, so two bookings queue instead of failing;
    # WAL lets pages be read meanwhile.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
else:
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
    # PgBouncer in transaction mode hands each transaction to another connection: a cursor would not be there.
    # What is long is read by `patients/walking.py`, which needs none.
    DATABASES["default"]["DISABLE_SERVER_SIDE_CURSORS"] = True
    if env.bool("PREPARED_STATEMENTS", default=False):
        # Values travel beside a statement, which PostgreSQL plans once for each connection, not each time.
        prepared = {"server_side_binding": True, "prepare_threshold": 2}
        DATABASES["default"]["OPTIONS"] = DATABASES["default"].get("OPTIONS", {}) | prepared
# Wrong passwords are counted in the cache. In production all processes share it: else each allows more tries.
SHARED_CACHE = {
    "BACKEND": "django.core.cache.backends.db.DatabaseCache",
    "LOCATION": "cache",
    "OPTIONS": {"MAX_ENTRIES": 100_000},
}
OWN_CACHE = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
CACHES = {"default": SHARED_CACHE if PRODUCTION else OWN_CACHE}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "patients.User"
AUTHENTICATION_BACKENDS = ["patients.backends.StaffBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "patients.passwords.NotOfKnownWords"},
    {"NAME": "patients.passwords.NotBreached"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "patients.adapters.StaffAccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_PREVENT_ENUMERATION = True
# No mail goes to an address without an account, whatever is typed.
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_FORMS = {
    "login": "crmo_clinic.nhsuk.account_forms.LoginForm",
    "reset_password": "crmo_clinic.nhsuk.account_forms.ResetPasswordForm",
    "reset_password_from_key": "crmo_clinic.nhsuk.account_forms.ResetPasswordKeyForm",
    "change_password": "crmo_clinic.nhsuk.account_forms.ChangePasswordForm",
    "reauthenticate": "crmo_clinic.nhsuk.account_forms.ReauthenticateForm",
}

# Tries from one address; a hospital may have one for all. Tries for one account are only slowed down.
SIGN_IN_RATE = "30/m/ip"
# Of codes: who types them knows the password already.
ACCOUNT_RATE_LIMITS = {"login_failed": "30/m/ip,5/5m/key"}
# Some acts ask for the password again, if that was longer ago than this, in seconds.
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300

# The second step of signing in: for these roles it has to be set up. Everybody may.
SECOND_STEP_ROLES = env.list(
    "SECOND_STEP_ROLES", default=["coordinator", "nurse", "lead", "read-only"] if PRODUCTION else []
)
MFA_ADAPTER = "patients.adapters.SecondStepAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
# A browser gives passkeys to https only; this lets them be tried on a laptop.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not PRODUCTION
# A clock may be half a minute wrong.
MFA_TOTP_TOLERANCE = 1
MFA_FORMS = {
    "authenticate": "crmo_clinic.nhsuk.account_forms.CodeForm",
    "reauthenticate": "crmo_clinic.nhsuk.account_forms.CodeAgainForm",
    "activate_totp": "crmo_clinic.nhsuk.account_forms.ActivateAppForm",
    "deactivate_totp": "crmo_clinic.nhsuk.account_forms.DeactivateAppForm",
    "generate_recovery_codes": "crmo_clinic.nhsuk.account_forms.RecoveryCodesForm",
    "add_webauthn": "crmo_clinic.nhsuk.account_forms.AddPasskeyForm",
    "edit_webauthn": "crmo_clinic.nhsuk.account_forms.RenamePasskeyForm",
}

# One provider of sign-ins (OpenID Connect), such as Entra ID or NHS CIS2. Nothing is shown without it.
OIDC_URL = env.str("OIDC_URL", default="")
OIDC_CLIENT_ID = env.str("OIDC_CLIENT_ID", default="")
OIDC_CLIENT_SECRET = env.str("OIDC_CLIENT_SECRET", default="")
OIDC_NAME = env.str("OIDC_NAME", default="your hospital account")
# The claim that holds the address which the unit lead gave the user.
OIDC_CLAIM = env.str("OIDC_CLAIM", default="email")
OIDC_SCOPE = env.list("OIDC_SCOPE", default=["openid", "profile", "email"])
# For CIS2, the level of assurance; it stands in the request as `acr_values`.
OIDC_ACR = env.str("OIDC_ACR", default="")
# Whether the provider asks for a second step itself: then we do not.
OIDC_HAS_SECOND_STEP = env.bool("OIDC_HAS_SECOND_STEP", default=False)
SOCIALACCOUNT_ADAPTER = "patients.adapters.ProviderAdapter"
SOCIALACCOUNT_LOGIN_ON_GET = False
SOCIALACCOUNT_STORE_TOKENS = False

# What hospital numbers are called in FHIR: the Trust’s own system of identifiers, if it has an address.
FHIR_HOSPITAL_NUMBER_SYSTEM = env.str("FHIR_HOSPITAL_NUMBER_SYSTEM", default="")

# A sign-in ends after so long without use, and after so long in all. The rows live longer, so that a form
# that comes too late is still known to be its user's.
IDLE_MINUTES = env.int("IDLE_MINUTES", default=15)
SESSION_HOURS = env.int("SESSION_HOURS", default=12)

# A file of results of 1 MB comes back when it is confirmed, each of its letters as up to three.
DATA_UPLOAD_MAX_MEMORY_SIZE = 4_000_000

# "Ada Lark has been added" stays on the server: by default it would lie in a cookie on a shared computer.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
SESSION_COOKIE_AGE = 24 * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PRODUCTION
if PRODUCTION:
    # Browsers take such a cookie from this very host only, and over https.
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-sessionid", "__Host-csrftoken"
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=PRODUCTION)
SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=31_536_000 if PRODUCTION else 0)
# The Trust decides about sub-domains and the preload list, not one app. A usual time of the day is no
# mistake, but Django takes it for one in the twenty seconds around it; a test looks for fixed dates.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021", "fields.W161"]
SECURE_REFERRER_POLICY = "same-origin"
if env.bool("BEHIND_TLS_PROXY", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    # The last address in X-Forwarded-For is the one the proxy saw: wrong passwords are counted by it.
    ALLAUTH_TRUSTED_PROXY_COUNT = 1
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF, *([origin(OIDC_URL)] if OIDC_URL else [])],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

# Pages for staff are in English; LANGUAGES are those that families can read.
LANGUAGE_CODE = "en"
TIME_ZONE = "Europe/London"
USE_TZ = True
USE_I18N = True
# What families read, in other languages: a folder of the Trust's own, with LANGUAGE/LC_MESSAGES/django.mo.
TRANSLATIONS_DIR = env.str("TRANSLATIONS_DIR", default="")
# After it the drafts that come with the app, which nobody reads before the Trust has approved them.
FORMAT_MODULE_PATH = ["crmo_clinic.nhsuk.formats"]
LOCALE_PATHS = [*([TRANSLATIONS_DIR] if TRANSLATIONS_DIR else []), str(DRAFTS)]
LANGUAGES = [("en", "English"), *with_drafts(languages_in(TRANSLATIONS_DIR))]

STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"
if not PRODUCTION:
    # A fresh clone has no var/, and both whitenoise and SQLite need their folder.
    STATIC_ROOT.mkdir(parents=True, exist_ok=True)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "crmo_clinic.nhsuk.storage.HashedStaticFiles"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = not PRODUCTION

# Mail: files under var/mail/ unless EMAIL_URL names an SMTP server, for example
# smtp+tls://user:password@smtp.trust.example:587
MAIL_DIR = Path(env.str("MAIL_DIR", default=str(VAR_DIR / "mail")))
if env.str("EMAIL_URL", default=""):
    _email = env.email("EMAIL_URL")
    vars().update({name: value for name, value in _email.items() if name.startswith("EMAIL_")})
else:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = MAIL_DIR / "staff"
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="daycase@hospital.example")
# The right-hand side of the UID of every calendar entry and the Message-ID of every mail; never change it.
MAIL_DOMAIN = env.str("MAIL_DOMAIN", default="daycase.example")

# The address at which families reach this app, as written in mails, without a slash at its end.
PUBLIC_URL = env.str("PUBLIC_URL", default="http://127.0.0.1:8000").rstrip("/")

# Text messages: only with a key of GOV.UK Notify. Its template's whole text is ((message)).
NOTIFY_API_KEY = env.str("NOTIFY_API_KEY", default="")
NOTIFY_TEMPLATE_ID = env.str("NOTIFY_TEMPLATE_ID", default="")
NOTIFY_URL = env.str("NOTIFY_URL", default="https://api.notifications.service.gov.uk")

# The mailboxes that families answer to, each imaps://user:password@host:993/INBOX; none are read without it.
IMAP_URLS = env.urls("IMAP_URLS")
# For those of them without a password (OAuth 2): the app as Entra knows it. Nothing is asked without it.
IMAP_OAUTH_TENANT = env.str("IMAP_OAUTH_TENANT", default="")
IMAP_OAUTH_CLIENT_ID = env.str("IMAP_OAUTH_CLIENT_ID", default="")
IMAP_OAUTH_CLIENT_SECRET = env.str("IMAP_OAUTH_CLIENT_SECRET", default="")
IMAP_OAUTH_AUTHORITY = env.str("IMAP_OAUTH_AUTHORITY", default="https://login.microsoftonline.com")
# The name that the Trust's own mail server puts on its checks of a sender (Authentication-Results, RFC 8601).
# Without it no sender is believed, and a person reads every answer.
AUTHSERV_ID = env.str("AUTHSERV_ID", default="")
# NHSmail and other mailboxes of Exchange Online: its checks carry no name, and the topmost is believed.
EXCHANGE_ONLINE = env.bool("EXCHANGE_ONLINE", default=False)
# What came in is personal, and its words are not needed for longer; that it came stays on record.
KEEP_MAILS_DAYS = env.int("KEEP_MAILS_DAYS", default=90)
# Until which birthday a child's record is kept, and how many years after the last visit if that was at 18 or
# later: as the NHS Records Management Code says. Whether the worker erases what is kept no longer.
KEEP_TO_AGE = env.int("KEEP_TO_AGE", default=25)
KEEP_ADULTS_YEARS = env.int("KEEP_ADULTS_YEARS", default=8)
ERASE_OLD_RECORDS = env.bool("ERASE_OLD_RECORDS", default=False)

# Other systems of the Trust that are told of visits (webhooks): hosts within its own network that they may be
# on. Without it only addresses of the public internet are sent to.
WEBHOOK_HOSTS = [host.strip().lower() for host in env.list("WEBHOOK_HOSTS", default=[])]

# What a Trust fills into the public pages about accessibility and privacy; they say what is missing.
ACCESSIBILITY_CONTACT = env.str("ACCESSIBILITY_CONTACT", default="")
ACCESSIBILITY_CHECKED = env.str("ACCESSIBILITY_CHECKED", default="")
PRIVACY_CONTACT = env.str("PRIVACY_CONTACT", default="")
PRIVACY_NOTICE_URL = env.web_address("PRIVACY_NOTICE_URL")
# Whom to tell of a weakness: /.well-known/security.txt. There is none without it.
SECURITY_CONTACT = env.contact("SECURITY_CONTACT")

# Without a token, /metrics is shown to this machine only.
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")
# `json` for machines, `line` for people. Lines leave out each request; as JSON it is one line.
LOG_FORMAT = env.str("LOG_FORMAT", default="json" if PRODUCTION else "line")
if LOG_FORMAT not in ("json", "line"):
    raise ImproperlyConfigured("LOG_FORMAT is neither “json” nor “line”; write one of the two.")

# Where the worker puts each evening what every unit needs on paper when this cannot be reached, for so many
# days. Without the folder nothing is written.
DOWNTIME_DIR = env.str("DOWNTIME_DIR", default="")
DOWNTIME_DAYS = env.int("DOWNTIME_DAYS", default=7)

# Messages about people from the hospital's records system (HL7 v2 ADT): a folder that the worker looks into,
# the port that `listen_adt` listens on, or both. Nothing is asked without one of them.
ADT_DIR = env.str("ADT_DIR", default="")
ADT_HOST = env.str("ADT_HOST", default="127.0.0.1")
ADT_PORT = env.int("ADT_PORT", default=0)
# Whose hospital numbers count (the assigning authority); empty for all. After so many hours without a message
# everybody is told; 0 for never.
ADT_AUTHORITY = env.str("ADT_AUTHORITY", default="")
ADT_SILENT_HOURS = env.int("ADT_SILENT_HOURS", default=0)
# So long the words of such a message are kept, and so long that one came about nobody here.
KEEP_ADT_DAYS = env.int("KEEP_ADT_DAYS", default=30)

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"},
        "json": {"()": "crmo_clinic.logs.JsonLines"},
    },
    "filters": {"addresses": {"()": "crmo_clinic.logs.WithoutFamilyAddresses"}},
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT, "filters": ["addresses"]}
    },
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        "django.server": {"level": "WARNING", "handlers": ["console"], "propagate": False},
        "crmo_clinic.requests": {"level": "INFO" if LOG_FORMAT == "json" else "WARNING"},
        # These would log what was sent and answered, with families' phone numbers.
        "notifications_python_client": {"level": "CRITICAL"},
        "urllib3": {"level": "CRITICAL"},
    },
}

if PRODUCTION:
    refuse_unsafe(globals())
