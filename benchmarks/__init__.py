"""What is measured against peers: run `python -m benchmarks`."""
