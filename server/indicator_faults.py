"""Indicator systems in words: sectors, levels that no system names, and what may be wrong with a definition."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

SECTORS = {"industry": _("Industry"), "farming": _("Farming"), "services": _("Services")}
LEVELS = {"below": _("Requirements not met"), "na": _("Does not apply")}
INDICATOR_FAULTS = {
    "too_large": _("The file is too large."),
    "not_json": _("This is no JSON."),
    "not_a_workbook": _("This is no workbook of an indicator system."),
    "formula": _("A formula is not computed; write the value."),
    "not_an_object": _("A JSON object is expected."),
    "unknown_format": _("The format is not known."),
    "bad_key": _("A key is small letters, digits and underscores."),
    "required": _("This is needed."),
    "yes_or_no": _("true or false is expected."),
    "unknown": _("This is not known."),
    "bad_industry": _("This is not a class of GB/T 4754."),
    "bad_date": _("This is not a date."),
    "before_since": _("The end lies before the beginning."),
    "not_a_percentage": _("A number from 0 to 100 is expected."),
    "unknown_level": _("I, II, III or below is expected."),
    "twice": _("This key stands twice."),
    "too_many": _("There are too many indicators."),
    "not_a_weight": _("A weight lies above 0 and at most at 1."),
    "weights_are_not_one": _("The weights do not make 1."),
    "unknown_kind": _("The kind is at_most, at_least, range or choice."),
    "bad_number": _("This is not a number that fits."),
    "stricter_than_better": _("This level is stricter than the better one."),
}
