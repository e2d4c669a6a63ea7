"""JSON doors."""

from flask_smorest import Blueprint

bp = Blueprint("api-targets", __name__)
