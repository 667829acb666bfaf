//! The restricted shell (bash, THE RESTRICTED SHELL): what it keeps a script from is refused where it would be done.

use crate::shell::Shell;
use crate::state::variables::flag;
use crate::symbol::Symbol;

/// Variables that cannot be set any more.
const KEPT: [&[u8]; 5] = [b"PATH", b"SHELL", b"ENV", b"BASH_ENV", b"HISTFILE"];

impl Shell {
    /// Restricts the shell, for good.
    pub(crate) fn restrict(&mut self) {
        self.restricted = true;
        self.state.shopts.restricted_shell = true;
        for name in KEPT {
            self.state.variables.entry(Symbol::new(name)).flags |= flag::READONLY;
        }
    }
}
