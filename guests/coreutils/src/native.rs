//! Which function a name stands for, of the utilities of this crate.

use vivarium_userland::Bytes;

/// A utility's entry: its arguments, the name first, to its exit status.
pub(crate) type Utility = fn(Vec<Bytes>) -> i32;

/// Finds the entry of `name`.
pub(crate) fn find(name: &str) -> Option<Utility> {
    Some(match name {
        "[" | "test" => crate::test::main,
        "cat" => crate::cat::main,
        "chgrp" | "chown" => crate::chown::main,
        "chmod" => crate::chmod::main,
        "cp" => crate::cp::main,
        "dd" => crate::dd::main,
        "df" => crate::df::main,
        "dir" | "ls" | "vdir" => crate::ls::main,
        "du" => crate::du::main,
        "env" => crate::env::main,
        "groups" | "id" | "logname" | "whoami" => crate::id::main,
        "hostname" => crate::hostname::main,
        "install" => crate::install::main,
        "kill" => crate::kill::main,
        "mkdir" => crate::mkdir::main,
        "mkfifo" | "mknod" => crate::make_node::main,
        "mv" => crate::mv::main,
        "nice" => crate::nice::main,
        "nohup" => crate::nohup::main,
        "rm" => crate::rm::main,
        "stat" => crate::stat::main,
        "sync" => crate::sync::main,
        "tac" => crate::tac::main,
        "tail" => crate::tail::main,
        "timeout" => crate::timeout::main,
        "tty" => crate::tty::main,
        "uname" | "arch" => crate::uname::main,
        _ => return None,
    })
}
