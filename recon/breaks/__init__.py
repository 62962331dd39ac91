"""What a break is: the catalogue, the decision tables, the list and its movements."""
