"""What a home lets its neighbours have: offer, consent, receipts, pay."""
