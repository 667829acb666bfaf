//! `less`: a file on the screen, to move about and search in. `more` is the same, ended by the end of the file.

mod layout;
mod less;
mod more;
mod options;
mod source;
mod terminal;

pub(crate) use less::main as less;
pub(crate) use more::main as more;
