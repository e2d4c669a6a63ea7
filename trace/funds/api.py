"""JSON doors."""

from flask_smorest import Blueprint

bp = Blueprint("api-funds", __name__)
