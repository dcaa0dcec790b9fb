"""What is asked about the catalogue: confirmation of its entries by the controller's delegate."""
