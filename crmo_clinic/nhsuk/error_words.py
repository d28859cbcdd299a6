"""NHS wording for the messages of Django's fields: "Enter the surname", never "This field is required".

NHS service manual, error message: say what to do, name the field, no "please", "invalid" or "required".
"""

from django import forms

from crmo_clinic.nhsuk.wording import capitalised

_DETERMINERS = ("a", "an", "any", "their", "the", "your")
_QUESTION_WORDS = ("how", "if", "what", "when", "where", "whether", "which", "who", "whom", "why")


def name_from_label(label: str) -> str:
    """What to call a field in a message: `Full name` gives `full name`, a question gives `your answer`.

    A label that opens with an acronym keeps its capitals.
    """
    label = label.strip()
    if label.endswith("?"):
        return "your answer"
    first_word = label.split(" ", 1)[0]
    return label if first_word[1:] != first_word[1:].lower() else label[:1].lower() + label[1:]


def word_errors(field: forms.Field, what: str) -> None:
    """Replace the messages that are still Django's own; those given for this field stay.

    `what` names the field inside a sentence, such as `child's full name`.
    """
    stock: dict[str, str] = {}
    for klass in reversed(type(field).__mro__):
        stock.update(getattr(klass, "default_error_messages", {}))
    for code, message in _messages(field, what).items():
        if field.error_messages.get(code) == stock.get(code):
            field.error_messages[code] = message


def _messages(field: forms.Field, what: str) -> dict[str, str]:
    object_ = what if what.split(" ", 1)[0].lower() in _DETERMINERS + _QUESTION_WORDS else f"the {what}"
    if isinstance(field, forms.BooleanField):
        return {"required": f"Tick the box “{field.label}” to continue"}
    if isinstance(field, forms.ChoiceField | forms.ModelChoiceField):
        choose = f"Select {object_}"
        from_list = f"{choose} from the list"
        return {"required": choose, "invalid_choice": from_list, "invalid_list": from_list,
                "invalid_pk_value": from_list}  # fmt: skip
    # These messages are filled in with the % operator, so a % in a label has to be doubled.
    subject = capitalised(what).replace("%", "%%")
    messages = {
        "required": f"Enter {object_}",
        "max_length": f"{subject} must be %(limit_value)d characters or fewer",
        "min_length": f"{subject} must be %(limit_value)d characters or more",
        "max_value": f"{subject} must be %(limit_value)s or less",
        "min_value": f"{subject} must be %(limit_value)s or more",
    }
    if isinstance(field, forms.EmailField):
        messages["invalid"] = f"{subject} must be an email address, like name@example.com"
    elif isinstance(field, forms.DecimalField | forms.FloatField):
        messages["invalid"] = f"{subject} must be a number, like 4.5"
    elif isinstance(field, forms.IntegerField):
        messages["invalid"] = f"{subject} must be a whole number, like 4"
    return messages
