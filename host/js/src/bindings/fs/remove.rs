//! `rmSync`: removing whole trees.

use super::request::{Outcome, finish};
use super::tree::list;
use crate::Errno;
use crate::errors::Failure;
use crate::realm::realm;
use crate::sys::{AT_CWD, FileKind, Result, Sys};
use crate::table::Table;
use crate::value::*;

pub(super) fn add(table: Table) -> Table {
    table.function("rmSync", rm_sync)
}

/// `rmSync(path, maxRetries, recursive, retryDelay)`
fn rm_sync(scope: &mut Scope, args: Args, rv: Ret) {
    let path = arg_bytes(scope, &args, 0);
    let recursive = args.get(2).is_true();
    let realm = realm(scope);
    let sys = realm.sys();
    let kind = sys.stat(AT_CWD, &path, false).map(|stat| stat.kind);
    if kind == Ok(FileKind::Directory) && !recursive {
        let text = String::from_utf8_lossy(&path).into_owned();
        let message = format!("Path is a directory: {text}");
        return throw_code(scope, Kind::Error, "ERR_FS_EISDIR", &message);
    }
    let done = match kind {
        Ok(FileKind::Directory) => remove_tree(sys, &path),
        Ok(_) => sys.unlink(&path),
        Err(Errno::NOENT) => Ok(()),
        Err(errno) => Err(errno),
    };
    let sync = undefined(scope);
    let done = done.map(|()| Outcome::Nothing).map_err(|errno| Failure::new(errno, "rm").path(&path));
    finish(scope, sync, rv, done);
}

fn remove_tree(sys: &dyn Sys, path: &[u8]) -> Result<()> {
    for entry in list(sys, path)? {
        let child = [path, b"/", entry.name.as_slice()].concat();
        let kind = match entry.kind {
            FileKind::Unknown => sys.stat(AT_CWD, &child, false)?.kind,
            kind => kind,
        };
        let removed = if kind == FileKind::Directory { remove_tree(sys, &child) } else { sys.unlink(&child) };
        match removed {
            Ok(()) | Err(Errno::NOENT) => {}
            Err(errno) => return Err(errno),
        }
    }
    sys.rmdir(path)
}
