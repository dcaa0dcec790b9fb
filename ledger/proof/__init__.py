"""What an outsider can check without trusting anybody here: signed notes."""
