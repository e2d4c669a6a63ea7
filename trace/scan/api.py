"""JSON doors of scans: none yet; the consumer page is the public door."""

from flask_smorest import Blueprint

bp = Blueprint("api-scan", __name__)
