//! Evaluation of commands (POSIX 2.9).

pub(crate) mod analysis;
pub(crate) mod case;
pub(crate) mod compound;
pub(crate) mod conditional;
pub(crate) mod coproc;
pub(crate) mod external;
pub(crate) mod function;
pub(crate) mod jobs;
pub(crate) mod list;
pub(crate) mod loops;
pub(crate) mod pipeline;
pub(crate) mod redirect;
pub(crate) mod simple;
mod spawn;
pub(crate) mod subshell;
pub(crate) mod test;
pub(crate) mod timing;
pub(crate) mod trace;
pub(crate) mod trap;
