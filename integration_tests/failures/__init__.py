"""What goes wrong: every row of the failure table, every fault on the wire, and what one failure leaves alone."""
