//! What the module loaders ask of the file system.

use crate::realm::realm;
use crate::sys::{AT_CWD, FileKind, Sys, open};
use crate::table::Table;
use crate::value::*;

pub(super) fn add(table: Table) -> Table {
    table
        .function("internalModuleStat", |scope: &mut Scope, args: Args, mut rv: Ret| {
            let path = arg_bytes(scope, &args, 0);
            // 0 a file, 1 a directory, negative: not there.
            rv.set_int32(match realm(scope).sys().stat(AT_CWD, &path, true) {
                Ok(status) => i32::from(status.kind == FileKind::Directory),
                Err(errno) => errno.code(),
            });
        })
        .function("getFormatOfExtensionlessFile", |scope: &mut Scope, args: Args, mut rv: Ret| {
            let path = arg_bytes(scope, &args, 0);
            const JAVASCRIPT: i32 = 0;
            const WASM: i32 = 1;
            rv.set_int32(if is_wasm(realm(scope).sys(), &path) { WASM } else { JAVASCRIPT });
        })
        .function("legacyMainResolve", legacy_main_resolve)
}

fn is_wasm(sys: &dyn Sys, path: &[u8]) -> bool {
    let Ok(fd) = sys.open(AT_CWD, path, open::CLOEXEC, 0) else { return false };
    let mut magic = [0; 4];
    let read = sys.read(fd, &mut magic);
    let _ = sys.close(fd);
    read == Ok(4) && &magic == b"\0asm"
}

/// Endings that are tried after `main`, then those of a missing one.
const ENDINGS: [&str; 10] =
    ["", ".js", ".json", ".node", "/index.js", "/index.json", "/index.node", "index.js", "index.json", "index.node"];
const FIRST_WITHOUT_MAIN: usize = 7;

/// `legacyMainResolve(packageJSONUrl, main, base)`: index of the ending that is there.
fn legacy_main_resolve(scope: &mut Scope, args: Args, mut rv: Ret) {
    let directory = arg_string(scope, &args, 0);
    let realm = realm(scope);
    let is_file = |path: &str| {
        realm.sys().stat(AT_CWD, path.as_bytes(), true).is_ok_and(|status| status.kind != FileKind::Directory)
    };
    let directory = directory.trim_end_matches('/');
    if args.get(1).is_string() {
        let main = arg_string(scope, &args, 1);
        for (index, ending) in ENDINGS.iter().enumerate().take(FIRST_WITHOUT_MAIN) {
            if is_file(&format!("{directory}/{main}{ending}")) {
                return rv.set_int32(index as i32);
            }
        }
    }
    for (index, ending) in ENDINGS.iter().enumerate().skip(FIRST_WITHOUT_MAIN) {
        if is_file(&format!("{directory}/{ending}")) {
            return rv.set_int32(index as i32);
        }
    }
    let base = arg_string(scope, &args, 2);
    let imported =
        if base.is_empty() || base == "undefined" { String::new() } else { format!(" imported from {base}") };
    let message = format!("Cannot find package '{directory}'{imported}");
    throw_code(scope, Kind::Error, "ERR_MODULE_NOT_FOUND", &message);
}
