"""What the tests speak EST with."""
