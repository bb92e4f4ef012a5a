"""What the connector costs, measured beside what people use today: `make bench`, see README.md."""
