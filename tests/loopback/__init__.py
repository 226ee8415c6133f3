"""A scripted web on loopback: pages, sequences of answers, and every way in which a server misbehaves."""

from tests.loopback.answer import Answer
from tests.loopback.bombs import bomb
from tests.loopback.hostile import KINDS
from tests.loopback.web import Seen, Web

__all__ = ["KINDS", "Answer", "Seen", "Web", "bomb"]
