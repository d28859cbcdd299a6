"""The sign-in forms of django-allauth in NHS wording; settings name them in ACCOUNT_FORMS."""

from typing import Any

from allauth.account import forms as allauth

from crmo_clinic.nhsuk.forms import NhsForm


class AccountForm(NhsForm):
    """Labels and messages as in the rest of the service; no placeholders, as they vanish when one types."""

    labels = {
        "login": "Email address",
        "email": "Email address",
        "password": "Password",
        "oldpassword": "Current password",
        "password1": "New password",
        "password2": "New password again",
    }
    names_in_errors = {
        "login": "your email address",
        "email": "your email address",
        "password": "your password",
        "oldpassword": "your current password",
        "password1": "a new password",
        "password2": "the new password again",
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.label = self.labels.get(name, field.label)
            field.widget.attrs.pop("placeholder", None)
            if name in ("password", "oldpassword"):
                # The link to a new password stands below the button, where the keyboard meets it afterwards.
                field.help_text = ""


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
