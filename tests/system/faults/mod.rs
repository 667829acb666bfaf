//! What guests, hosts and files may do wrong. Each ends with an error number, a signal or an error that says what is wrong,
//! and nobody else notices.

mod calls;
mod distribution;
mod host_directories;
mod programs;
mod resources;
