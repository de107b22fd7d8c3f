"""What to do about each error, for the reference. An error's own `hint` knows the case; this is what always holds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

REMEDIES: Final[Mapping[str, str]] = {
    "ApprovalPending": "Go on with other work. When the plan is approved, `psa.plans.run(plan)` carries it out once.",
    "AuthenticationFailed": "Correct the credentials, and prove them by `anypsa check`. Nothing is gained by trying again.",
    "ConfigurationError": "Correct everything that `problems` names; it is all of it.",
    "Conflict": "Read the record anew and decide again; for a key, use another for other content.",
    "DeadlineExceeded": "`sent` tells whether the vendor may have acted. Raise `deadline=`, or ask for less at once.",
    "Denied": "Change the policy if it is wrong. Do not look for another door: all have the same policy.",
    "FilterIgnored": "Report it with `said`: the vendor or a proxy drops filters. Filter less at the vendor meanwhile.",
    "Incomplete": "Use nothing of the list that counts on being all. Read it again; `pager.report` tells why.",
    "Invalid": "Correct the field in `problems`; where a list decides, `allowed` is that list.",
    "NotFound": "Check the id and the tenant; then what the credentials may see.",
    "OutcomeUnknown": "`error.resolve()` looks for it. Repeat only what it says did not happen.",
    "OverBudget": "Raise `max_requests`, or ask for less; `psa.budget()` tells what is left of the vendor's own window.",
    "PSAError": "Catch it to catch all of them; `str(error)` is fit for a log.",
    "PermissionDenied": "Give the API user the right that `said` names.",
    "RateLimited": "Nothing, mostly: it is raised after waiting. Look for who else uses the same key, and raise `reserve`.",
    "Refused": "See what kind of refusal it is, below.",
    "StateUnavailable": "Free the disk or the lock, or reach the database, and call again.",
    "Unintelligible": "Look for a gateway or a maintenance page; reads were tried again already.",
    "Unreachable": "Try again later. For a write `sent=False` says that nothing happened.",
    "Unsupported": "Ask `psa.capabilities` before; `psa.entity(...)` and `psa.request(...)` reach what has no word here.",
    "VendorFailure": "Try again later; reads were tried again already.",
    "VisibilityBreached": "Look at the note now. Correct what the tenant's visibilities mean: `visibility` in the settings.",
    "Withheld": "Nothing: it is what shadow mode does. `anypsa stages` promotes what has earned it.",
}
