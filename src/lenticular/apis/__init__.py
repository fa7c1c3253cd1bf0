"""APIs: the interfaces that clients speak. Translation only, by cloud and then by service."""
