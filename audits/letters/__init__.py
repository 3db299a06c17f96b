"""Letters (文书): what is issued, under which number, as which Word and PDF file, and how anybody checks it."""

from audits.letters.issue import (
    KINDS,
    METHODS,
    RENDER,
    PublicLetter,
    by_code,
    for_case,
    get,
    issue,
    record_service,
    render_job,
    revoke,
    write_service,
)

__all__ = [
    "KINDS",
    "METHODS",
    "RENDER",
    "PublicLetter",
    "by_code",
    "for_case",
    "get",
    "issue",
    "record_service",
    "render_job",
    "revoke",
    "write_service",
]
