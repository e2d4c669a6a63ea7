"""Numbers and parties that the tests of the register share; all invented."""

from __future__ import annotations

from trace.core.identifiers import citizen_id_check_digit, uscc_check_digit

GOOD_ID, OTHER_ID, IMPOSSIBLE_ID = "430422199001010018", "430422197607150024", "430422198502291239"
"""Domain brief §2.7: two good ones, and one whose 29 February 1985 never was."""
GOOD_USCC = "93430422MA4DEM000N"
COLLECTIVE_USCC = "N2430422MF00000008"


def uscc(serial: int = 1) -> str:
    """A right credit code of a firm."""
    first = f"91430422MA{serial:07d}"
    return first + uscc_check_digit(first)


def citizen(serial: int = 1, birth: str = "19700101", region: str = "430422") -> str:
    """A right citizen ID."""
    first = f"{region}{birth}{serial:03d}"
    return first + citizen_id_check_digit(first)


def firm(home, **values: object) -> dict[str, object]:
    """An enterprise to register."""
    return {"kind": "enterprise", "name": "云岭食品厂", "village": home.village.code, "uscc": uscc(), **values}


def household(home, **values: object) -> dict[str, object]:
    """A household to register."""
    return {
        "kind": "household", "name": "王某某", "village": home.village.code, "id_number": GOOD_ID, "phone": "13800000000",
        "account": "6222020000000000", **values,
    }  # fmt: skip
