"""Validates an event against the compiled OCSF schema: unknown names, what is required, arrays, enums, types, regexes.

An attribute that belongs to profiles counts only where the event names one of them.
"""

import re
from collections.abc import Iterator
from typing import Any

PYTHON = {"string_t": str, "integer_t": int, "long_t": int, "timestamp_t": int, "boolean_t": bool, "float_t": float}


class Schema:
    def __init__(self, compiled: dict[str, Any]) -> None:
        self._classes = {each["uid"]: each for each in compiled["classes"].values() if each.get("uid")}
        self._objects = compiled["objects"]
        self._types = compiled["dictionary"]["types"]["attributes"]
        self.version = compiled["version"]

    def faults(self, event: dict[str, Any]) -> list[str]:
        """Everything that is wrong; empty for a valid event."""
        kind = self._classes[event["class_uid"]]
        profiles = set(event["metadata"].get("profiles", []))
        found = list(self._object(event, kind, profiles, ""))
        if event["type_uid"] != event["class_uid"] * 100 + event["activity_id"]:
            found.append("type_uid: not class and activity")
        if event["metadata"]["version"] != self.version:
            found.append("metadata.version: another one")
        return found

    def _object(self, value: dict[str, Any], kind: dict[str, Any], profiles: set[str], at: str) -> Iterator[str]:
        known = {
            name: attribute
            for name, attribute in kind["attributes"].items()
            if not attribute.get("profiles") or profiles & set(attribute["profiles"])
        }
        if not known:  # `object` itself, and JSON
            return
        for name in value.keys() - known.keys():
            yield f"{at}{name}: no such attribute"
        for name, attribute in known.items():
            if name not in value:
                if attribute.get("requirement") == "required":
                    yield f"{at}{name}: required"
                continue
            given = value[name]
            if isinstance(given, list) != bool(attribute.get("is_array")):
                yield f"{at}{name}: array or not"
                continue
            for each in given if isinstance(given, list) else [given]:
                yield from self._value(each, attribute, profiles, f"{at}{name}")
        for rule, names in (kind.get("constraints") or {}).items():
            there = sum(name in value for name in names)
            if (rule == "at_least_one" and there < 1) or (rule == "just_one" and there != 1):
                yield f"{at}: {rule} of {', '.join(names)}"

    def _value(self, value: Any, attribute: dict[str, Any], profiles: set[str], at: str) -> Iterator[str]:
        if attribute["type"] == "object_t":
            if not isinstance(value, dict):
                yield f"{at}: no object"
            else:
                yield from self._object(value, self._objects[attribute["object_type"]], profiles, at + ".")
            return
        if attribute["type"] == "json_t":
            return
        declared = self._types.get(attribute["type"], {})
        base = PYTHON[declared.get("type", attribute["type"])]
        if not isinstance(value, base) or (base is int and isinstance(value, bool)):
            yield f"{at}: {value!r} is no {base.__name__}"
        elif "regex" in declared and not re.search(declared["regex"], value):
            yield f"{at}: {value!r} does not fit {attribute['type']}"
        if attribute.get("enum") and str(value) not in attribute["enum"]:
            yield f"{at}: {value!r} is not in the enumeration"
