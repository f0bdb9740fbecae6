//! Commands: typed arguments → resolved options → outcome.
