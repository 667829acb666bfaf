//! The base utilities. Which one runs is decided by the name the program was called by, or, called as `coreutils`, by its
//! first argument.

mod uutils;

use std::ffi::OsString;
use std::path::Path;
use std::process::exit;



fn main() {
    vivarium_sys::init();
    let mut arguments: Vec<OsString> = std::env::args_os().collect();
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
    let Some(utility) = uutils::find(&name) else {
        eprintln!("coreutils: unknown program '{name}'");
        exit(1);
    };
    if let Err(error) = uucore::locale::setup_localization(uucore::get_canonical_util_name(&format!("uu_{name}"))) {
        eprintln!("{name}: {error}");
        exit(99);
    }
    exit(utility(arguments.into_iter()));
}

fn called_name(arguments: &[OsString]) -> String {
    let name = arguments.first().map(Path::new).and_then(Path::file_name);
    name.map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}
