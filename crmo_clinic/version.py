"""The version of the app, as pyproject.toml and CHANGELOG.md have it: it stands in every backup."""

VERSION = "0.2.0"
