//! The language: bash 5.2's grammar.
//!
//! The parser is our own. The crate `brush-parser` was measured first, over bash's own test suite: of its 479 scripts it refuses
//! 24, and it parses a whole script before its first command runs, so that aliases, `shopt -s extglob`, and bash's habit of running
//! what stands before a syntax error cannot be had; it takes UTF-8 only, where scripts are bytes, and leaves words as strings to be
//! parsed again at each expansion. Here a word is parsed once, to parts, and a script is read command by command.

pub(crate) mod arith;
pub(crate) mod ast;
mod command;
mod compound;
pub(crate) mod conditional;
mod heredoc;
pub(crate) mod lexer;
pub(crate) mod parameter;
pub(crate) mod parser;
pub(crate) mod print;
pub(crate) mod quote;
pub(crate) mod word;

pub(crate) use parser::{Parser, SyntaxError};
