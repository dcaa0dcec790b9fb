"""An event-sourced case and mandate ledger for France Services desks."""
