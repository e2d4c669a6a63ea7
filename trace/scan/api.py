"""JSON doors."""

from flask_smorest import Blueprint

bp = Blueprint("api-scan", __name__)
