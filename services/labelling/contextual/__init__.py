"""What a text is about (health, law, staff, money, code, customers) by a small model that may say nothing."""
