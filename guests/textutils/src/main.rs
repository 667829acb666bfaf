//! Programs that search and work on text and trees of files. Which one runs is decided by the name the program was called by,
//! or, called as `textutils`, by its first argument.

mod awk;
mod diff;
mod find;
mod grep;
mod jq;
mod sed;
mod xargs;

use vivarium_userland::{Bytes, arguments, called_name};

fn main() {
    vivarium_sys::init();
    let mut arguments = arguments();
    let mut name = called_name(&arguments);
    if name == "textutils" && arguments.len() > 1 {
        arguments.remove(0);
        name = called_name(&arguments);
    }
    let program: fn(Vec<Bytes>) -> i32 = match &*name {
        "awk" | "gawk" => awk::main,
        "cmp" => diff::cmp,
        "diff" => diff::diff,
        "find" => find::main,
        "grep" | "egrep" | "fgrep" => grep::main,
        "jq" => jq::jq,
        "sed" => sed::main,
        "yq" => jq::yq,
        "xargs" => xargs::main,
        _ => {
            eprintln!("textutils: unknown program '{name}'");
            std::process::exit(127);
        }
    };
    std::process::exit(program(arguments));
}
