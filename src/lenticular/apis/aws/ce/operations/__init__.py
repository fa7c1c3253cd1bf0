"""The operations of Cost Explorer, by what they tell."""
