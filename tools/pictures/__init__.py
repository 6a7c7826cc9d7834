"""Draw the pictures of the documents from what was recorded of a running street."""
