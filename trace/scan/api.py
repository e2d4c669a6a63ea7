"""JSON doors of scans: none yet; the consumer page is the public door."""

from trace.web.api import Blueprint

bp = Blueprint("api-scan", __name__)
