#!/usr/bin/env python3
"""Prints the schema of Django apps as neutral JSON, to be turned into models by `schema_to_models`.

    python3 django_schema.py APP [APP ...] [--name NAME] > schema.json

Run it where the project runs, with DJANGO_SETTINGS_MODULE set; without it the apps are loaded with settings that
configure nothing else.  APP is the dotted name of an app (`shop`), or of a module of models that no app installs
(`schema_a_models`).  Only Django's own introspection (`_meta`) is used; no database is touched.

What has no counterpart is told on stderr: kinds of fields that become texts, checks and conditions that are more than
comparisons joined by "and", and keys to models of other apps (name these apps too).
"""

import argparse
import importlib
import importlib.util
import json
import os
import sys
import types

import django
from django.apps import AppConfig, apps
from django.conf import settings
from django.core.exceptions import FieldDoesNotExist
from django.db import models

ON_DELETE = {
    models.CASCADE: "CASCADE",
    models.PROTECT: "PROTECT",
    models.RESTRICT: "RESTRICT",
    models.SET_NULL: "SET_NULL",
    models.SET_DEFAULT: "SET_DEFAULT",
    models.DO_NOTHING: "DO_NOTHING",
}
LOOKUPS = {"exact", "gte", "lte"}


def warn(where, text):
    print(f"{where}: {text}", file=sys.stderr)


def place(field):
    return f"{field.model.__name__}.{field.name}"


def set_up(names):
    """Loads the apps, and gives their models in the order in which they are declared."""
    sys.path.insert(0, os.getcwd())
    if "DJANGO_SETTINGS_MODULE" not in os.environ:
        settings.configure(
            INSTALLED_APPS=[_installable(name) for name in names],
            DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
            USE_TZ=True,
        )
    django.setup()
    found = []
    for name in names:
        config = next((config for config in apps.get_app_configs() if config.name == name), None)
        if config is None:
            sys.exit(f"{name}: no such app is installed; there are: {', '.join(c.name for c in apps.get_app_configs())}")
        found += [model for model in config.get_models() if not model._meta.proxy]
    return found


def _installable(name):
    """An app; or for a module of models an app that consists of it."""
    module = importlib.util.find_spec(name)
    if module is None:
        sys.exit(f"{name}: no such module; run this where the project runs, or set PYTHONPATH")
    if module.submodule_search_locations is not None:
        return name

    class ModuleConfig(AppConfig):
        path = "."
        label = name.replace(".", "_")

        def import_models(self):
            self.models = apps.all_models[self.label]
            self.models_module = importlib.import_module(name)

    return ModuleConfig(name, types.ModuleType(name))


def kind_of(field):
    """The neutral type of a plain field."""
    if isinstance(field, models.BooleanField):
        return "bool"
    if isinstance(field, (models.IntegerField, models.AutoField)):
        return "int"
    if isinstance(field, models.FloatField):
        return "float"
    if not isinstance(field, (models.CharField, models.TextField)):
        warn(place(field), f"{type(field).__name__} becomes a text")
    return "text"


def label_of(field, value):
    """The label of the row that a default or sentinel names: by its primary key."""
    value = value() if callable(value) else value
    if isinstance(value, models.Model):
        value = value.pk
    return f"{field.related_model.__name__}#{value}" if isinstance(value, int) else None


def on_delete_of(field):
    """The action, and for SET the label of the row."""
    action = field.remote_field.on_delete
    if action in ON_DELETE:
        return ON_DELETE[action], None
    # SET(value) is a closure with the arguments of its call.
    _, arguments, _ = action.deconstruct()
    return "SET", label_of(field, arguments[0])


def related_name(field):
    return None if field.remote_field.hidden else field.related_query_name()


def default_of(field, kind):
    """A pair of whether there is a default, and what."""
    if field.has_default():
        if callable(field.default):
            warn(place(field), "a default that is computed is left out")
            return False, None
        value = field.default
        return True, value if value is None or isinstance(value, (bool, int, float, str)) else str(value)
    # Django gives a text that is left out its empty value.
    return kind == "text" and not field.null, ""


def describe_field(field, known):
    described = {"name": field.name}
    if getattr(field, "help_text", ""):
        described["help"] = str(field.help_text)
    if field.is_relation:
        if field.related_model not in known:
            warn(place(field), f"{field.related_model._meta.label} is of an app that was not named")
        action, sentinel = on_delete_of(field)
        described["type"] = "one_to_one" if field.one_to_one else "foreign_key"
        described["target"] = field.related_model.__name__
        described["on_delete"] = action
        if sentinel is not None:
            described["on_delete_set"] = sentinel
        described["related_name"] = related_name(field)
        if action == "SET_DEFAULT" and field.has_default():
            described["default"] = label_of(field, field.default)
        described["unique"] = bool(field.unique)
        described["null"] = field.null
        return described
    described["type"] = kind_of(field)
    described["unique"] = bool(field.unique)
    described["null"] = field.null
    has_default, value = default_of(field, described["type"])
    if has_default:
        described["default"] = value
    return described


def conditions(model, condition, where):
    """A Q as a list of comparisons that all must hold; None if it is more than that."""
    is_plain = isinstance(condition, models.Q) and not condition.negated
    if not is_plain or (condition.connector != models.Q.AND and len(condition.children) > 1):
        warn(where, "is more than comparisons joined by 'and'; write it by hand")
        return None
    found = []
    for part in condition.children:
        if not isinstance(part, tuple):
            inner = conditions(model, part, where)
            if inner is None:
                return None
            found += inner
            continue
        path, value = part
        name, _, lookup = path.partition("__")
        lookup = lookup or "exact"
        try:
            model._meta.get_field(name)
        except FieldDoesNotExist:
            lookup = None
        if lookup == "isnull" and value is True:
            lookup, value = "exact", None
        if lookup not in LOOKUPS or not (value is None or isinstance(value, (bool, int, float, str))):
            warn(where, f"`{path}` is no comparison that can be carried over; write it by hand")
            return None
        found.append([name, lookup, value])
    return found


def describe_model(model, known):
    meta = model._meta
    fields = [
        field
        for field in meta.local_fields
        # A number that Django counts itself is what an id is here.
        if not (field.primary_key and isinstance(field, models.AutoField))
    ]
    unique_together = [list(group) for group in meta.unique_together]
    unique_where, checks = [], []
    for constraint in meta.constraints:
        where = f"{model.__name__}.{constraint.name}"
        if isinstance(constraint, models.CheckConstraint):
            # `check` until Django 5.1.
            condition = getattr(constraint, "condition", None) or constraint.check
            all_of = conditions(model, condition, where)
            if all_of is not None:
                checks.append({"name": constraint.name, "all": all_of})
        elif isinstance(constraint, models.UniqueConstraint) and constraint.fields:
            if constraint.condition is None:
                unique_together.append(list(constraint.fields))
                continue
            all_of = conditions(model, constraint.condition, where)
            if all_of is not None:
                unique_where.append({"name": constraint.name, "fields": list(constraint.fields), "where": all_of})
        else:
            warn(where, f"{type(constraint).__name__} is left out")
    singles = {group[0] for group in unique_together if len(group) == 1}
    described = [describe_field(field, known) for field in fields]
    for field in described:
        field["unique"] = field["unique"] or field["name"] in singles
    return {
        "name": model.__name__,
        "fields": described,
        "unique_together": [group for group in unique_together if len(group) > 1],
        "unique_where": unique_where,
        "checks": checks,
    }


def describe_link(field):
    through = field.remote_field.through
    is_own = not through._meta.auto_created
    symmetrical = field.remote_field.symmetrical and not is_own
    return {
        "key": place(field),
        "model": field.model.__name__,
        "name": field.name,
        "target": field.related_model.__name__,
        "related_name": None if symmetrical else related_name(field),
        "symmetrical": symmetrical,
        "through": {
            "model": through.__name__,
            "source_field": field.m2m_field_name(),
            "target_field": field.m2m_reverse_field_name(),
        }
        if is_own
        else None,
    }


def describe(names, name):
    found = set_up(names)
    known = set(found)
    links = [describe_link(field) for model in found for field in model._meta.local_many_to_many]
    return {
        "schema": name,
        "count_order": [model.__name__ for model in found] + [link["key"] for link in links],
        "models": [describe_model(model, known) for model in found],
        "m2m": links,
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("apps", nargs="+", metavar="APP")
    parser.add_argument("--name", help="name of the schema; that of the first app unless given")
    arguments = parser.parse_args()
    name = arguments.name or arguments.apps[0].split(".")[-1]
    print(json.dumps(describe(arguments.apps, name), indent=1, ensure_ascii=False))


if __name__ == "__main__":
    main()
