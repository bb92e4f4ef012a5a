"""What a person sets up: the check, each way to sign in, and that no secret is printed."""
