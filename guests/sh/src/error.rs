//! How control leaves a command early.

/// Why the commands around do not simply go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Unwind {
    /// `break`, out of so many loops.
    Break(u32),
    /// `continue`, of the loop so many levels out.
    Continue(u32),
    /// `return`, or the end of a sourced file.
    Return,
    /// The shell ends, with `$?`; its EXIT trap runs.
    Exit,
    /// The command line is given up; a script goes on with its next one (bash's DISCARD).
    Abort,
}

/// What evaluating gives; the status is in `Shell::status`.
pub(crate) type Run<T = ()> = Result<T, Unwind>;
