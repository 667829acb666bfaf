//! Expansion of words (POSIX 2.6, bash's manual "Shell Expansions").

pub(crate) mod arith;
pub(crate) mod assign;
pub(crate) mod brace;
pub(crate) mod fields;
pub(crate) mod glob;
pub(crate) mod parameter;
pub(crate) mod pattern;
pub(crate) mod prompt;
pub(crate) mod split;
pub(crate) mod substitute;
pub(crate) mod tilde;
pub(crate) mod transform;
pub(crate) mod word;
