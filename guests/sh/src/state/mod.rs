//! What a shell knows: variables, functions, options, positional parameters, traps.

pub(crate) mod array;
pub(crate) mod dynamic;
pub(crate) mod frames;
pub(crate) mod handover;
pub(crate) mod options;
pub(crate) mod variables;
