//! The base utilities. Which one runs is decided by the name the program was called by, or, called as `coreutils`, by its
//! first argument.
//!
//! Most are uutils' own (`uutils`). Those that need of the system what WASI preview 1 has no calls for are here: each module is
//! a utility, or a few that share their work.

mod cat;
mod chmod;
mod chown;
mod copy;
mod cp;
mod dd;
mod df;
mod du;
mod env;
mod hostname;
mod id;
mod install;
mod kill;
mod ls;
mod make_node;
mod mkdir;
mod mv;
mod native;
mod nice;
mod nohup;
mod rm;
mod stat;
mod sync;
mod tac;
mod tail;
mod test;
mod timeout;
mod tty;
mod uname;
mod uutils;

use std::process::exit;

use vivarium_userland::{Bytes, arguments, bytes, called_name};

fn main() {
    vivarium_sys::init();
    let mut arguments = arguments();
    let mut name = called_name(&arguments);
    if name == "coreutils" {
        if arguments.len() < 2 {
            eprintln!("coreutils: missing argument");
            exit(1);
        }
        uucore::set_utility_is_second_arg();
        arguments.remove(0);
        name = called_name(&arguments);
    }
    if let Some(utility) = native::find(&name) {
        exit(utility(arguments));
    }
    let Some(utility) = uutils::find(&name) else {
        eprintln!("coreutils: unknown program '{name}'");
        exit(1);
    };
    if let Err(error) = uucore::locale::setup_localization(uucore::get_canonical_util_name(&format!("uu_{name}"))) {
        eprintln!("{name}: {error}");
        exit(99);
    }
    let arguments: Vec<_> = arguments.iter().map(|argument: &Bytes| bytes::os(argument).to_owned()).collect();
    exit(utility(arguments.into_iter()));
}
