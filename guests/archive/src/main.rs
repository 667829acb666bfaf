//! Archives and compression. Which program runs is decided by the name it was called by, or, called as `archive`, by its first
//! argument.

mod codec;
mod compress;
mod tar;

use vivarium_userland::{arguments, called_name};

fn main() {
    vivarium_sys::init();
    let mut arguments = arguments();
    let mut name = called_name(&arguments);
    if name == "archive" && arguments.len() > 1 {
        arguments.remove(0);
        name = called_name(&arguments);
    }
    let status = match &*name {
        "tar" => tar::main(arguments),
        _ => match compress::Call::of(&name) {
            Some(call) => compress::main(&call, arguments),
            None => {
                eprintln!("archive: unknown program '{name}'");
                127
            }
        },
    };
    std::process::exit(status);
}
