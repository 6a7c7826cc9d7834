"""Bills of a month: what each member got and gave, at what price, with which fees."""
