"""No sentence without its Japanese, no form that lets a My Number through."""

from __future__ import annotations

import inspect
import re
from importlib import import_module
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from flask import Flask
from wtforms import FieldList, FileField, FormField, HiddenField, PasswordField, StringField
from wtforms.fields import SelectFieldBase

from supportdesk.core.forms import DeskForm

PACKAGE = Path(__file__).parents[2] / "supportdesk"
CATALOGUE = PACKAGE / "translations/ja/LC_MESSAGES/messages.po"


def _catalogue() -> Catalog:
    return read_po(BytesIO(CATALOGUE.read_bytes()), locale="ja")


def _sentences_in_code() -> set[str]:
    found = set()
    keywords = {"_": None, "_l": None, "gettext": None, "lazy_gettext": None, "ngettext": (1, 2)}
    keywords |= dict.fromkeys(("Refusal", "NotFound", "NotAllowed", "BadKey"))
    methods = [("**.py", "python"), ("templates/**.html", "jinja2")]
    for _file, _line, message, _comments, _context in extract_from_dir(PACKAGE, methods, keywords=keywords):
        # Of a plural the catalogue knows the singular by its id.
        found.add(message[0] if isinstance(message, tuple) else message)
    return {sentence for sentence in found if sentence}


def test_every_sentence_has_its_japanese() -> None:
    catalogue = _catalogue()

    missing = {one for one in _sentences_in_code() if one not in catalogue or not catalogue[one].string}

    assert missing == set(), "add them to the catalogue (CONTRIBUTING.md)"


def test_a_sentence_without_japanese_would_be_seen() -> None:
    assert "Nobody ever wrote this sentence." not in _catalogue()
    assert len(_sentences_in_code()) > 100


def test_no_translation_loses_a_placeholder() -> None:
    holes = re.compile(r"%\((\w+)\)[sd]")
    wrong = {
        str(entry.id)
        for entry in _catalogue()
        if entry.id and isinstance(entry.id, str)
        if set(holes.findall(entry.id)) != set(holes.findall(str(entry.string)))
    }

    assert wrong == set()


def test_the_catalogue_holds_nothing_fuzzy_or_twice() -> None:
    text = CATALOGUE.read_text(encoding="utf-8")
    identities = re.findall(r'^msgid (?!"")(.+)$', text, re.MULTILINE)

    assert "#, fuzzy" not in text
    assert sorted(identities) == sorted(set(identities))


def _forms() -> list[type[DeskForm]]:
    found = []
    for path in sorted(PACKAGE.glob("*/*forms.py")):
        module = import_module(f"supportdesk.{path.parent.name}.{path.stem}")
        found += [
            value
            for _, value in inspect.getmembers(module, inspect.isclass)
            if issubclass(value, DeskForm) and value.__module__ == module.__name__
        ]
    return found


def test_every_form_is_a_desk_form() -> None:
    from flask_wtf import FlaskForm

    others = []
    for path in sorted(PACKAGE.glob("*/*forms.py")):
        module = import_module(f"supportdesk.{path.parent.name}.{path.stem}")
        others += [
            value
            for _, value in inspect.getmembers(module, inspect.isclass)
            if issubclass(value, FlaskForm) and not issubclass(value, DeskForm) and value is not FlaskForm
        ]

    assert others == []
    assert len(_forms()) > 8


def _made(form_class: type[DeskForm]) -> DeskForm:
    """The form of this request, its choices empty where a view would fill them in."""
    needed = [
        parameter
        for parameter in list(inspect.signature(form_class.__init__).parameters.values())[1:]
        if parameter.default is parameter.empty and parameter.kind is parameter.POSITIONAL_OR_KEYWORD
    ]
    parameters = inspect.signature(form_class.__init__).parameters.values()
    takes_meta = any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters)
    form = form_class(*({} for _ in needed), **({"meta": {"csrf": False}} if takes_meta else {}))
    for field in form:
        if isinstance(field, SelectFieldBase) and getattr(field, "choices", ()) is None:
            field.choices = []
    return form


def _text_fields(form: DeskForm) -> list[str]:
    names = []
    for field in form:
        if isinstance(field, FieldList):
            names += [f"{field.name}-0-{inner.short_name}" for inner in _inner(field)]
        elif _is_text(field):
            names.append(field.name)
    return names


def _inner(field: FieldList) -> list[StringField]:
    entry = field.entries[0] if field.entries else field.append_entry()
    parts = list(entry.form) if isinstance(entry, FormField) else [entry]
    return [part for part in parts if _is_text(part)]


def _is_text(field: object) -> bool:
    return isinstance(field, StringField) and not isinstance(field, HiddenField | PasswordField | FileField)


@pytest.mark.one_database
@pytest.mark.parametrize("form_class", _forms(), ids=lambda form: form.__name__)
def test_no_form_takes_a_my_number_in_any_text(app: Flask, form_class: type[DeskForm]) -> None:
    with app.test_request_context(method="POST"):
        names = _text_fields(_made(form_class))
    for name in names:
        typed = {name: "私の番号は１２３４-５６７８-９０１８です"}
        with app.test_request_context(method="POST", data=typed):
            form = _made(form_class)
            form.validate()

            assert "マイナンバーは保存しません" in str(form.errors), f"{form_class.__name__}.{name}"
