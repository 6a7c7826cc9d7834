"""Name what a snapshot is made of: what JSON can say."""

Plain = str | int | float | bool | None | list["Plain"] | dict[str, "Plain"]
