"""Study a community: what each rule of sharing would have been worth, on homes' own data."""
