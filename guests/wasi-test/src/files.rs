//! Files and directories.

use std::fs::{self, File, FileTimes, OpenOptions};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::time::{Duration, SystemTime};

use crate::ok;

pub(crate) fn files(folder: &str) -> io::Result<()> {
    let path = Path::new(folder).join("file");
    let mut file = OpenOptions::new().read(true).write(true).create_new(true).open(&path)?;
    file.write_all(b"hello, world")?;
    file.seek(SeekFrom::Start(7))?;
    file.write_all(b"W")?;
    file.seek(SeekFrom::Start(5))?;
    let mut rest = String::new();
    file.read_to_string(&mut rest)?;
    assert_eq!(rest, ", World");
    assert_eq!(file.stream_position()?, 12);
    assert_eq!(file.seek(SeekFrom::End(-5))?, 7);
    assert_eq!(file.seek(SeekFrom::Current(1))?, 8);
    assert_eq!(file.metadata()?.len(), 12);

    // Two descriptors, two positions; appending goes to the end, wherever that has come to be.
    let mut append = OpenOptions::new().append(true).open(&path)?;
    append.write_all(b"!")?;
    file.seek(SeekFrom::End(0))?;
    file.write_all(b"?")?;
    append.write_all(b"!")?;
    drop(append);
    assert_eq!(fs::read_to_string(&path)?, "hello, World!?!");

    file.set_len(5)?;
    file.sync_all()?;
    file.sync_data()?;
    assert_eq!(fs::read(&path)?, b"hello");
    file.set_len(8)?;
    assert_eq!(fs::read(&path)?, b"hello\0\0\0");
    File::create(&path)?;
    assert_eq!(fs::metadata(&path)?.len(), 0);

    let large: Vec<u8> = (0..3 << 20).map(|index: u32| (index >> 3) as u8).collect();
    fs::write(&path, &large)?;
    assert_eq!(fs::read(&path)?, large);
    let copy = Path::new(folder).join("copy");
    assert_eq!(fs::copy(&path, &copy)?, large.len() as u64);
    assert_eq!(fs::read(&copy)?, large);
    fs::remove_file(&path)?;
    assert_eq!(file.metadata()?.len(), large.len() as u64, "an open file outlives its name");
    fs::remove_file(&copy)?;
    ok()
}

fn names(folder: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        names.push(entry?.file_name().into_string().map_err(|_| io::Error::other("not text"))?);
    }
    names.sort();
    Ok(names)
}

pub(crate) fn directories(folder: &str) -> io::Result<()> {
    let folder = Path::new(folder);
    fs::create_dir_all(folder.join("a/b/c"))?;
    for index in 0..300 {
        fs::write(folder.join(format!("a/file-{index:03}")), index.to_string())?;
    }
    let found = names(&folder.join("a"))?;
    assert_eq!(found.len(), 301, "{found:?}");
    assert_eq!((found[0].as_str(), found[300].as_str()), ("b", "file-299"));
    let kinds = fs::read_dir(folder.join("a"))?
        .filter(|entry| entry.as_ref().is_ok_and(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir())));
    assert_eq!(kinds.count(), 1);

    fs::rename(folder.join("a/file-000"), folder.join("a/b/c/moved"))?;
    assert_eq!(fs::read_to_string(folder.join("a/b/c/moved"))?, "0");
    fs::rename(folder.join("a/b"), folder.join("d"))?;
    assert!(folder.join("d/c/moved").exists() && !folder.join("a/b").exists());
    assert!(fs::remove_dir(folder.join("d")).is_err(), "it is not empty");
    fs::remove_dir_all(folder.join("a"))?;
    fs::remove_dir_all(folder.join("d"))?;
    assert_eq!(names(folder)?, [""; 0]);
    ok()
}

pub(crate) fn links(folder: &str) -> io::Result<()> {
    let folder = Path::new(folder);
    let (file, hard, soft) = (folder.join("file"), folder.join("hard"), folder.join("soft"));
    fs::write(&file, "text")?;
    fs::hard_link(&file, &hard)?;
    symlink("file", &soft)?;
    assert_eq!(fs::read_to_string(&hard)?, "text");
    assert_eq!(fs::read_to_string(&soft)?, "text");
    assert_eq!(fs::read_link(&soft)?, Path::new("file"));
    assert!(fs::symlink_metadata(&soft)?.file_type().is_symlink());
    assert!(fs::metadata(&soft)?.file_type().is_file());
    fs::write(&hard, "changed")?;
    assert_eq!(fs::read_to_string(&file)?, "changed");
    fs::remove_file(&file)?;
    assert_eq!(fs::metadata(&soft).map_err(|error| error.kind()).err(), Some(ErrorKind::NotFound));
    assert_eq!(fs::read_to_string(&hard)?, "changed");
    symlink("loop", &folder.join("loop"))?;
    assert!(File::open(folder.join("loop")).is_err());
    for name in ["hard", "soft", "loop"] {
        fs::remove_file(folder.join(name))?;
    }
    ok()
}

#[cfg(target_os = "wasi")]
fn symlink(target: &str, link: &Path) -> io::Result<()> {
    use std::ffi::CString;
    unsafe extern "C" {
        fn symlink(target: *const std::ffi::c_char, link: *const std::ffi::c_char) -> std::ffi::c_int;
    }
    let link = link.to_str().ok_or(ErrorKind::InvalidInput)?;
    let (target, link) = (CString::new(target)?, CString::new(link)?);
    // SAFETY: both are strings that end with a NUL and outlive the call.
    if unsafe { symlink(target.as_ptr(), link.as_ptr()) } == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

#[cfg(unix)]
fn symlink(target: &str, link: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(target, link)
}

pub(crate) fn errors(folder: &str) -> io::Result<()> {
    let folder = Path::new(folder);
    let kind = |result: io::Result<()>| result.err().map(|error| error.kind());
    let file = folder.join("file");
    fs::write(&file, "")?;
    assert_eq!(kind(File::open(folder.join("none")).map(drop)), Some(ErrorKind::NotFound));
    assert_eq!(kind(File::open(folder.join("file/below")).map(drop)), Some(ErrorKind::NotADirectory));
    assert_eq!(kind(fs::create_dir(&file)), Some(ErrorKind::AlreadyExists));
    assert_eq!(kind(File::create_new(&file).map(drop)), Some(ErrorKind::AlreadyExists));
    assert_eq!(kind(fs::write(folder, "")), Some(ErrorKind::IsADirectory));
    assert_eq!(kind(fs::read_dir(&file).map(drop)), Some(ErrorKind::NotADirectory));
    let name = "x".repeat(300);
    assert!(File::create(folder.join(name)).is_err());
    let reader = File::open(&file)?;
    assert!((&reader).write(b"x").is_err(), "opened for reading");
    let mut writer = OpenOptions::new().write(true).open(&file)?;
    assert!(writer.read(&mut [0; 1]).is_err(), "opened for writing");
    fs::remove_file(&file)?;
    ok()
}

pub(crate) fn times(folder: &str) -> io::Result<()> {
    let path = Path::new(folder).join("file");
    let file = File::create(&path)?;
    let age = SystemTime::now().duration_since(file.metadata()?.modified()?).unwrap_or_default();
    assert!(age < Duration::from_secs(10), "{age:?}");
    let then = SystemTime::UNIX_EPOCH + Duration::new(1_000_000_000, 123_456_789);
    file.set_times(FileTimes::new().set_modified(then).set_accessed(then + Duration::from_secs(1)))?;
    let metadata = fs::metadata(&path)?;
    assert_eq!(metadata.modified()?, then);
    assert_eq!(metadata.accessed()?, then + Duration::from_secs(1));
    fs::remove_file(&path)?;
    ok()
}
