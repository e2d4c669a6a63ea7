"""JSON doors."""

from trace.web.api import Blueprint

bp = Blueprint("api-funds", __name__)
