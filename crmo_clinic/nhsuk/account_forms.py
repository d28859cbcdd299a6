"""The sign-in forms of django-allauth in NHS wording; settings name them in ACCOUNT_FORMS."""

from typing import Any

from allauth.account import forms as allauth
from allauth.mfa.base import forms as second_step
from allauth.mfa.recovery_codes import forms as recovery_codes
from allauth.mfa.totp import forms as authenticator_app
from allauth.mfa.webauthn import forms as passkeys

from crmo_clinic.nhsuk.forms import NhsForm
from crmo_clinic.nhsuk.widgets import Checkbox, TextInput


class AccountForm(NhsForm):
    """Labels and messages as in the rest of the service; no placeholders, as they vanish when one types."""

    labels = {
        "login": "Email address",
        "email": "Email address",
        "password": "Password",
        "oldpassword": "Current password",
        "password1": "New password",
        "password2": "New password again",
        "code": "Code",
        "name": "Name of this passkey",
        "passwordless": "Sign in with it alone, without a password",
    }
    names_in_errors = {
        "login": "your email address",
        "email": "your email address",
        "password": "your password",
        "oldpassword": "your current password",
        "password1": "a new password",
        "password2": "the new password again",
        "code": "the code",
        "name": "a name for this passkey",
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.label = self.labels.get(name, field.label)
            field.widget.attrs.pop("placeholder", None)
            if name in ("password", "oldpassword"):
                # The link to a new password stands below the button, where the keyboard meets it afterwards.
                field.help_text = ""
            elif name == "password1":
                # Not Django's list of rules: whoever breaks one reads which.
                field.help_text = (
                    "At least 12 letters. Three words that have nothing to do with each other are good"
                )


class LoginForm(AccountForm, allauth.LoginForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].widget.attrs["autocomplete"] = "username"


class ResetPasswordForm(AccountForm, allauth.ResetPasswordForm):
    pass


class ResetPasswordKeyForm(AccountForm, allauth.ResetPasswordKeyForm):
    pass


class ChangePasswordForm(AccountForm, allauth.ChangePasswordForm):
    pass


class ReauthenticateForm(AccountForm, allauth.ReauthenticateForm):
    pass


class _WithCode(AccountForm):
    """A code is typed by hand, from a phone or from paper."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].widget = TextInput(
            width=10, inputmode="numeric", autocomplete="one-time-code", spellcheck=False
        )


class CodeForm(_WithCode, second_step.AuthenticateForm):
    pass


class CodeAgainForm(_WithCode, second_step.ReauthenticateForm):
    pass


class ActivateAppForm(_WithCode, authenticator_app.ActivateTOTPForm):
    pass


class DeactivateAppForm(AccountForm, authenticator_app.DeactivateTOTPForm):
    pass


class RecoveryCodesForm(AccountForm, recovery_codes.GenerateRecoveryCodesForm):
    pass


class AddPasskeyForm(AccountForm, passkeys.AddWebAuthnForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].help_text = "So that you know it again, for example “Ward phone”"
        self.fields["name"].widget = TextInput(width=20, autocomplete="off")
        self.fields["passwordless"].widget = Checkbox()
        self.fields["passwordless"].help_text = "The device then asks for your finger, face or PIN"


class RenamePasskeyForm(AccountForm, passkeys.EditWebAuthnForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].widget = TextInput(width=20, autocomplete="off")
