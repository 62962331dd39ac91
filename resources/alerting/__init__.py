"""Who is told of what: the state that alerts look at, their journal, and the channels."""
