//! Programs for work on source and data files. Which one runs is decided by the name the program was called by, or, called as
//! `devutils`, by its first argument.

mod file;
mod patch;
mod tree;

use vivarium_userland::{Bytes, arguments, called_name};

fn main() {
    vivarium_sys::init();
    let mut arguments = arguments();
    let mut name = called_name(&arguments);
    if name == "devutils" && arguments.len() > 1 {
        arguments.remove(0);
        name = called_name(&arguments);
    }
    let program: fn(Vec<Bytes>) -> i32 = match &*name {
        "file" => file::main,
        "patch" => patch::main,
        "tree" => tree::main,
        _ => {
            eprintln!("devutils: unknown program '{name}'");
            std::process::exit(127);
        }
    };
    std::process::exit(program(arguments));
}
