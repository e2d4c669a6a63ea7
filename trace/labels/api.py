"""JSON doors."""

from flask_smorest import Blueprint

bp = Blueprint("api-labels", __name__)
