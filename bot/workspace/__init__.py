"""The local workspace: a Slack-shaped server and a sample AWS account, for demo and tests."""
