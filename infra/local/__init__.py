"""Everything on one machine: the supervisor behind `make run`, its private database and broker."""
