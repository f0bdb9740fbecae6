"""What compare-objects.py is made of."""
