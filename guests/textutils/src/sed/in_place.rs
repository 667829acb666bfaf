//! `-i`: a file that takes the place of the one being read.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::fd::AsFd;

use vivarium_sys::Errno;
use vivarium_sys::fs as sys;
use vivarium_userland::Bytes;
use vivarium_userland::bytes::{base_name, dir_name, join, path, text};
use vivarium_userland::output::reason;

use super::Trouble;

/// The file that is being written.
pub(super) struct Edited {
    /// What it is going to be called.
    target: Bytes,
    temporary: Bytes,
}

/// Makes a file to write, beside the one called `name`.
///
/// # Errors
/// `Ok(Err(message))` where this one can't be edited but others may.
pub(super) fn begin(name: &[u8]) -> Result<Result<(Edited, File), String>, Trouble> {
    let target = name.to_vec();
    let stat = match sys::stat(&target[..]) {
        Ok(stat) if stat.is_file() => stat,
        Ok(_) => return Ok(Err(format!("couldn't edit {}: not a regular file", text(name)))),
        Err(errno) => return Ok(Err(format!("can't read {}: {}", text(name), errno.message()))),
    };
    let dir = dir_name(&target).to_vec();
    let mut last = None;
    for _ in 0..100 {
        let temporary = join(&dir, &temporary_name());
        match OpenOptions::new().write(true).create_new(true).open(path(&temporary)) {
            Ok(file) => {
                // What the owner may not keep, as one who is not root can't, is no reason to stop.
                let _ = sys::fchown(file.as_fd(), Some(stat.uid), Some(stat.gid));
                let _ = sys::fchmod(file.as_fd(), stat.mode & 0o7777);
                return Ok(Ok((Edited { target, temporary }, file)));
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => last = Some(error),
            Err(error) => {
                last = Some(error);
                break;
            }
        }
    }
    let error = last.unwrap_or_else(|| io::ErrorKind::AlreadyExists.into());
    Err(Trouble::of_file("couldn't open temporary file", &join(&dir, b"sedXXXXXX"), &error))
}

/// The file that a symbolic link leads to, by the path that the links make.
pub(super) fn resolve(mut name: Bytes) -> Result<Bytes, Trouble> {
    let failed =
        |name: &[u8], errno: Errno| Trouble::panic(format!("couldn't readlink {}: {}", text(name), errno.message()));
    for _ in 0..40 {
        if !sys::lstat(&name[..]).map_err(|errno| failed(&name, errno))?.is_symlink() {
            return Ok(name);
        }
        let to = sys::readlink(sys::AT_FDCWD, &name[..]).map_err(|errno| failed(&name, errno))?;
        let parent = dir_name(&name);
        name = if to.starts_with(b"/") || parent == b"." { to } else { join(parent, &to) };
    }
    Err(failed(&name, Errno::LOOP))
}

impl Edited {
    /// Puts the file in its place, and the old one where backups go.
    pub(super) fn finish(self, suffix: &[u8]) -> Result<(), Trouble> {
        if !suffix.is_empty() {
            let backup = backup_name(&self.target, suffix);
            rename(&self.target, &backup)?;
        }
        rename(&self.temporary, &self.target)
    }

    /// Takes the file away again.
    pub(super) fn discard(self) {
        let _ = fs::remove_file(path(&self.temporary));
    }
}

fn rename(from: &[u8], to: &[u8]) -> Result<(), Trouble> {
    fs::rename(path(from), path(to))
        .map_err(|error| Trouble::panic(format!("cannot rename {}: {}", text(from), reason(&error))))
}

/// Where the backup of `name` goes: each `*` of the suffix stands for its last component; without one the suffix is added.
fn backup_name(name: &[u8], suffix: &[u8]) -> Bytes {
    let base = base_name(name);
    let mut made = Bytes::new();
    if suffix.contains(&b'*') {
        for &byte in suffix {
            if byte == b'*' { made.extend_from_slice(base) } else { made.push(byte) }
        }
    } else {
        made.extend_from_slice(base);
        made.extend_from_slice(suffix);
    }
    if made.contains(&b'/') { made } else { join(dir_name(name), &made) }
}

fn temporary_name() -> Bytes {
    const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    use std::hash::{BuildHasher, Hasher, RandomState};
    let mut random = RandomState::new().build_hasher().finish();
    let mut name = b"sed".to_vec();
    for _ in 0..6 {
        name.push(LETTERS[(random % LETTERS.len() as u64) as usize]);
        random /= LETTERS.len() as u64;
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backups() {
        assert_eq!(backup_name(b"d/a", b".bak"), b"d/a.bak");
        assert_eq!(backup_name(b"d/a", b"old_*"), b"d/old_a");
        assert_eq!(backup_name(b"d/a", b"b/*"), b"b/a");
        assert_eq!(backup_name(b"a", b"~"), b"./a~");
    }
}
