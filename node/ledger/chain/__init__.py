"""The conversation with the chain's endpoints: bounded, witnessed, and looked back over."""
