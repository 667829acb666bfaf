//! Copying files and trees.

use super::request::{Outcome, finish};
use super::tree::list;
use crate::Errno;
use crate::errors::Failure;
use crate::realm::realm;
use crate::sys::{AT_CWD, FileKind, Result, SetTime, Sys, open};
use crate::table::Table;
use crate::value::*;

/// `COPYFILE_EXCL`
const EXCLUSIVE: u32 = 1;
/// `COPYFILE_FICLONE_FORCE`
const CLONE_FORCE: u32 = 4;

pub(super) fn add(table: Table) -> Table {
    table
        .function("copyFile", |scope: &mut Scope, args: Args, rv: Ret| {
            let (from, to) = (arg_bytes(scope, &args, 0), arg_bytes(scope, &args, 1));
            let mode = arg_u32(scope, &args, 2);
            let done = copy(realm(scope).sys(), &from, &to, mode).map(|()| Outcome::Nothing);
            let done = done.map_err(|errno| Failure { errno, syscall: "copyfile", path: Some(from), dest: Some(to) });
            finish(scope, args.get(3), rv, done);
        })
        .function("cpSyncCheckPaths", check_paths)
        .function("cpSyncOverrideFile", override_file)
        .function("cpSyncCopyDir", copy_dir)
}

/// Copies the bytes and the mode of one file.
fn copy(sys: &dyn Sys, from: &[u8], to: &[u8], mode: u32) -> Result<()> {
    if mode & CLONE_FORCE != 0 {
        return Err(Errno::NOTSUP);
    }
    let source = sys.open(AT_CWD, from, open::CLOEXEC, 0)?;
    let result = (|| {
        let status = sys.fstat(source)?;
        if status.kind == FileKind::Directory {
            return Err(Errno::ISDIR);
        }
        let exclusive = if mode & EXCLUSIVE == 0 { 0 } else { open::EXCL };
        let flags = open::WRONLY | open::CREAT | open::CLOEXEC | exclusive;
        let target = sys.open(AT_CWD, to, flags, status.mode & 0o7777)?;
        let result = (|| {
            let other = sys.fstat(target)?;
            // Onto itself there is nothing to copy.
            if (other.device, other.inode) == (status.device, status.inode) {
                return Ok(());
            }
            sys.ftruncate(target, 0)?;
            let mut buffer = vec![0; 256 << 10];
            loop {
                let count = sys.read(source, &mut buffer)?;
                if count == 0 {
                    break;
                }
                super::open::write_all(sys, target, &buffer[..count])?;
            }
            sys.fchmod(target, status.mode & 0o7777)
        })();
        let _ = sys.close(target);
        result
    })();
    let _ = sys.close(source);
    result
}

fn lossy(path: &[u8]) -> String {
    String::from_utf8_lossy(path).into_owned()
}

/// `cpSyncCheckPaths(src, dest, dereference, recursive)`: refuses what cannot be copied, and makes the parent.
fn check_paths(scope: &mut Scope, args: Args, _rv: Ret) {
    let (from, to) = (arg_bytes(scope, &args, 0), arg_bytes(scope, &args, 1));
    let dereference = args.get(2).is_true();
    let recursive = args.get(3).is_true();
    let realm = realm(scope);
    let sys = realm.sys();
    let source = match sys.stat(AT_CWD, &from, dereference) {
        Ok(status) => status,
        Err(errno) => return Failure::new(errno, "cp").path(&from).throw(scope),
    };
    let target = sys.stat(AT_CWD, &to, dereference).ok();
    let is_directory = source.kind == FileKind::Directory;
    if let Some(target) = &target {
        if (target.device, target.inode) == (source.device, source.inode) {
            let message =
                format!("Invalid src or dest: cp returned EINVAL (src and dest cannot be the same) {}", lossy(&to));
            return throw_code(scope, Kind::Error, "ERR_FS_CP_EINVAL", &message);
        }
        let target_directory = target.kind == FileKind::Directory;
        if is_directory && !target_directory {
            let message = format!("Cannot overwrite non-directory {} with directory {}", lossy(&to), lossy(&from));
            return throw_code(scope, Kind::Error, "ERR_FS_CP_DIR_TO_NON_DIR", &message);
        }
        if !is_directory && target_directory {
            let message = format!("Cannot overwrite directory {} with non-directory {}", lossy(&to), lossy(&from));
            return throw_code(scope, Kind::Error, "ERR_FS_CP_NON_DIR_TO_DIR", &message);
        }
    }
    if is_directory && !recursive {
        let message = format!("Recursive option not enabled, cannot copy a directory: {}", lossy(&from));
        return throw_code(scope, Kind::Error, "ERR_FS_EISDIR", &message);
    }
    if is_directory {
        let (real_from, real_to) = (sys.realpath(&from).unwrap_or(from.clone()), absolute(sys, &to));
        let inside = [real_from.as_slice(), b"/"].concat();
        if real_to.starts_with(&inside) {
            let message = format!("Cannot copy {} to a subdirectory of self {}", lossy(&from), lossy(&to));
            return throw_code(scope, Kind::Error, "ERR_FS_CP_EINVAL", &message);
        }
    }
    if matches!(source.kind, FileKind::Socket | FileKind::Fifo | FileKind::Unknown) {
        let (what, code) = match source.kind {
            FileKind::Socket => ("socket file", "ERR_FS_CP_SOCKET"),
            FileKind::Fifo => ("FIFO pipe", "ERR_FS_CP_FIFO_PIPE"),
            _ => ("unknown file type", "ERR_FS_CP_UNKNOWN"),
        };
        return throw_code(scope, Kind::Error, code, &format!("Cannot copy a {what}: {}", lossy(&to)));
    }
    if let Some(slash) = to.iter().rposition(|byte| *byte == b'/')
        && slash > 0
        && sys.stat(AT_CWD, &to[..slash], true).is_err()
    {
        make_parents(sys, &to[..slash]);
    }
}

fn absolute(sys: &dyn Sys, path: &[u8]) -> Vec<u8> {
    if path.starts_with(b"/") {
        return path.to_vec();
    }
    [sys.getcwd().unwrap_or_default().as_slice(), b"/", path].concat()
}

fn make_parents(sys: &dyn Sys, path: &[u8]) {
    if let Some(slash) = path.iter().rposition(|byte| *byte == b'/')
        && slash > 0
        && sys.stat(AT_CWD, &path[..slash], true).is_err()
    {
        make_parents(sys, &path[..slash]);
    }
    // What fails here fails again, with its error, when the copy is made.
    let _ = sys.mkdir(path, 0o777);
}

/// `cpSyncOverrideFile(src, dest, mode, preserveTimestamps)`
fn override_file(scope: &mut Scope, args: Args, _rv: Ret) {
    let (from, to) = (arg_bytes(scope, &args, 0), arg_bytes(scope, &args, 1));
    let mode = arg_u32(scope, &args, 2);
    let realm = realm(scope);
    let sys = realm.sys();
    let done = sys.unlink(&to).and_then(|()| copy(sys, &from, &to, mode));
    let done = done.and_then(|()| if args.get(3).is_true() { preserve_times(sys, &from, &to) } else { Ok(()) });
    if let Err(errno) = done {
        Failure { errno, syscall: "cp", path: Some(from), dest: Some(to) }.throw(scope);
    }
}

fn preserve_times(sys: &dyn Sys, from: &[u8], to: &[u8]) -> Result<()> {
    let status = sys.stat(AT_CWD, from, true)?;
    sys.set_times(to, true, SetTime::At(status.accessed), SetTime::At(status.modified))
}

struct TreeCopy<'a> {
    sys: &'a dyn Sys,
    force: bool,
    dereference: bool,
    error_on_exist: bool,
    verbatim_symlinks: bool,
    preserve_times: bool,
}

enum Refused {
    Errno(Errno, Vec<u8>),
    Exists(Vec<u8>),
}

impl TreeCopy<'_> {
    fn copy(&self, from: &[u8], to: &[u8]) -> std::result::Result<(), Refused> {
        let failed = |path: &[u8]| {
            let path = path.to_vec();
            move |errno| Refused::Errno(errno, path)
        };
        let mode = self.sys.stat(AT_CWD, from, true).map_err(failed(from))?.mode & 0o7777;
        match self.sys.mkdir(to, mode | 0o700) {
            Ok(()) | Err(Errno::EXIST) => {}
            Err(errno) => return Err(Refused::Errno(errno, to.to_vec())),
        }
        for entry in list(self.sys, from).map_err(failed(from))? {
            let child = [from, b"/", entry.name.as_slice()].concat();
            let target = [to, b"/", entry.name.as_slice()].concat();
            let status = self.sys.stat(AT_CWD, &child, self.dereference).map_err(failed(&child))?;
            let exists = self.sys.stat(AT_CWD, &target, false).is_ok();
            match status.kind {
                FileKind::Directory => self.copy(&child, &target)?,
                FileKind::Symlink => {
                    if exists {
                        self.sys.unlink(&target).map_err(failed(&target))?;
                    }
                    let mut link = self.sys.readlink(&child).map_err(failed(&child))?;
                    if !self.verbatim_symlinks && !link.starts_with(b"/") {
                        link = self.sys.realpath(&child).unwrap_or(link);
                    }
                    self.sys.symlink(&link, &target).map_err(failed(&target))?;
                }
                _ => {
                    if exists && !self.force {
                        if self.error_on_exist {
                            return Err(Refused::Exists(target));
                        }
                        continue;
                    }
                    copy(self.sys, &child, &target, 0).map_err(failed(&child))?;
                    if self.preserve_times {
                        preserve_times(self.sys, &child, &target).map_err(failed(&target))?;
                    }
                }
            }
        }
        Ok(())
    }
}

/// `cpSyncCopyDir(src, dest, force, dereference, errorOnExist, verbatimSymlinks, preserveTimestamps)`
fn copy_dir(scope: &mut Scope, args: Args, _rv: Ret) {
    let (from, to) = (arg_bytes(scope, &args, 0), arg_bytes(scope, &args, 1));
    let realm = realm(scope);
    let flag = |index| args.get(index).is_true();
    let tree = TreeCopy {
        sys: realm.sys(),
        force: flag(2),
        dereference: flag(3),
        error_on_exist: flag(4),
        verbatim_symlinks: flag(5),
        preserve_times: flag(6),
    };
    match tree.copy(&from, &to) {
        Ok(()) => {}
        Err(Refused::Errno(errno, path)) => Failure::new(errno, "cp").path(&path).throw(scope),
        Err(Refused::Exists(path)) => {
            let message = format!(
                "[ERR_FS_CP_EEXIST]: Target already exists: cp returned EEXIST ({} already exists)",
                lossy(&path)
            );
            throw_code(scope, Kind::Error, "ERR_FS_CP_EEXIST", &message);
        }
    }
}
