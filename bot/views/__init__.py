"""Pure: a value in, Block Kit, terminal text, CSV or JSON out. Every sentence is written here."""
