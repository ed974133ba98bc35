"""Result folders: written completely or not at all, and read without the engine."""
