"""`python -m cnnnotes`, the same as `cnnnotes`."""

from cnnnotes._cli import command

if __name__ == "__main__":
    command()
