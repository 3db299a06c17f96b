"""Forms: form-js definitions, checked on the server exactly as the browser checks them."""

from __future__ import annotations

from forms.attachments import classed_files, named_files
from forms.compile import CompiledForm, compile_form
from forms.definitions import localise, shipped
from forms.display import FieldInfo
from forms.lint import lint_form
from forms.problems import Problem
from forms.tables import Table, tables
from forms.values import FileInfo

__all__ = [
    "CompiledForm",
    "FieldInfo",
    "FileInfo",
    "Problem",
    "Table",
    "classed_files",
    "compile_form",
    "lint_form",
    "localise",
    "named_files",
    "shipped",
    "tables",
]
