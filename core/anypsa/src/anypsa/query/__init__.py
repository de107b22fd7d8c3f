"""The query language: the tree, its JSON form, binding to a kind, evaluation in memory, the normal form."""

from .binding import Test, Unclear, bind, leaves_bound
from .evaluation import matcher
from .jsonform import from_json, to_json
from .normal import conjuncts, normal
from .tree import EVERYTHING, And, Compare, Expression, Field, Not, Operator, Or, q

__all__ = [
    "EVERYTHING",
    "And",
    "Compare",
    "Expression",
    "Field",
    "Not",
    "Operator",
    "Or",
    "Test",
    "Unclear",
    "bind",
    "conjuncts",
    "from_json",
    "leaves_bound",
    "matcher",
    "normal",
    "q",
    "to_json",
]
