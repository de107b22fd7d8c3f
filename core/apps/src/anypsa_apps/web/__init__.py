"""What the web apps share: sessions, signing in, forms that count only from our own pages, and headers."""

from .forms import form_of, from_our_page
from .headers import HEADERS, STYLED
from .people import known_technician
from .sessions import ROTATE, Sessions
from .signin import Door, NotSignedIn, SignIn

__all__ = [
    "HEADERS",
    "ROTATE",
    "STYLED",
    "Door",
    "NotSignedIn",
    "Sessions",
    "SignIn",
    "form_of",
    "from_our_page",
    "known_technician",
]
