//! `viv` on a terminal, as a user sees it through a terminal emulator.

mod editing;
mod jobs;
mod run;
mod user;
