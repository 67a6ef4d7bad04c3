"""The contract's own schemas, to hold answers against. The contract lies beside the repository and may be missing."""

import json
from pathlib import Path

import pytest

_CONTRACT = Path(__file__).parents[2].parent / "shared" / "contract" / "contract.json"

_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
}


class Contract:
    """The schemas and enumerations of contract.json."""

    def __init__(self) -> None:
        if not _CONTRACT.is_file():
            pytest.skip(f"the contract is not there: {_CONTRACT.name} lies beside the repository")
        document = json.loads(_CONTRACT.read_text())
        self.schemas = document["schemas"]
        self.enums = document["enums"]

    def faults(self, value: object, schema: str, where: str = "$") -> list[str]:
        """What in a value is against a schema: missing and unknown keys, types, nulls, words outside an enumeration."""
        if not isinstance(value, dict):
            return [f"{where}: not an object"]
        properties = self.schemas[schema]["properties"]
        found = [f"{where}: {key} is missing" for key in self.schemas[schema]["required_keys"] if key not in value]
        found += [f"{where}: {key} is not in the contract" for key in value if key not in properties]
        for key in value.keys() & properties.keys():
            found += self._property_faults(value[key], properties[key], f"{where}.{key}")
        return found

    def _property_faults(self, value: object, rule: dict[str, object], where: str) -> list[str]:
        if value is None:
            return [] if rule.get("nullable") else [f"{where}: must not be null"]
        if not isinstance(value, _TYPES[str(rule["type"])]) or (isinstance(value, bool) and rule["type"] != "boolean"):
            return [f"{where}: not of type {rule['type']}"]
        if "enum_ref" in rule and value not in self._words(str(rule["enum_ref"])):
            return [f"{where}: {value!r} is not one of {rule['enum_ref']}"]
        if "ref" in rule:
            return self.faults(value, str(rule["ref"]), where)
        items = rule.get("items")
        if isinstance(value, list) and isinstance(items, dict):
            return [fault for index, item in enumerate(value) for fault in self._item_faults(item, items, f"{where}[{index}]")]
        return []

    def _item_faults(self, item: object, rule: dict[str, object], where: str) -> list[str]:
        if "ref" in rule:
            return self.faults(item, str(rule["ref"]), where)
        return self._property_faults(item, rule, where) if "type" in rule else []

    def _words(self, name: str) -> set[str]:
        """An enumeration with what later vintages add to it (`category` and `category_v4_adds`)."""
        stem = name.removesuffix("_v3").removesuffix("_seen")
        return {word for key, words in self.enums.items() if key == name or key.startswith(f"{stem}_") for word in words}
