//! Programs that tell of the state of the system, of who uses it of what a run took, and that run others. Which one runs is decided by the name the program
//! was called by, or, called as `procutils`, by its first argument.

mod clear;
mod free;
mod pager;
mod pgrep;
mod pidof;
mod proc;
mod ps;
mod setpriv;
mod setsid;
mod stty;
mod time;
mod uptime;
mod which;
mod who;

use vivarium_userland::{Bytes, arguments, called_name};

fn main() {
    vivarium_sys::init();
    let mut arguments = arguments();
    let mut name = called_name(&arguments);
    if name == "procutils" && arguments.len() > 1 {
        arguments.remove(0);
        name = called_name(&arguments);
    }
    let program: fn(Vec<Bytes>) -> i32 = match &*name {
        "clear" => clear::clear,
        "free" => free::main,
        "less" | "pager" => pager::less,
        "more" => pager::more,
        "pgrep" => pgrep::pgrep,
        "pkill" => pgrep::pkill,
        "pidof" => pidof::main,
        "ps" => ps::main,
        "reset" => clear::reset,
        "setpriv" => setpriv::main,
        "setsid" => setsid::main,
        "stty" => stty::main,
        "time" => time::main,
        "uptime" => uptime::main,
        "users" => who::users,
        "which" => which::main,
        "who" => who::who,
        _ => {
            eprintln!("procutils: unknown program '{name}'");
            std::process::exit(127);
        }
    };
    std::process::exit(program(arguments));
}
