"""`python -m colacli`."""

from colacli.cli.main import main

if __name__ == "__main__":
    main()
