"""A Slack bot that answers what an S3 estate holds and costs."""

__version__ = "0.1.0"
