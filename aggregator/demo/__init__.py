"""A small web of sample sites on loopback, so that everything can be seen at work without a network."""

from aggregator.demo.config import config_text
from aggregator.demo.sites import EXPECTED, Expected
from aggregator.demo.web import DemoWeb

__all__ = ["EXPECTED", "DemoWeb", "Expected", "config_text"]
