"""The command line. One module a command group; imports stand inside commands, so that `hotwash --help` is quick."""
