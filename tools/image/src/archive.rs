//! The tar archive: the same tree always gives the same bytes.

use tar::{Builder, EntryType, Header};

use crate::Result;
use crate::tree::{Entry, Tree};

/// Directories come first, then files, then links: whoever reads the archive in order has seen what an entry needs.
pub(crate) fn write(tree: &Tree) -> Result<Vec<u8>> {
    let mut archive = Builder::new(Vec::new());
    for wanted in 0..3 {
        for (path, entry) in tree.entries().filter(|(_, entry)| order(entry) == wanted) {
            append(&mut archive, path, entry).map_err(|error| format!("/{path}: {error}"))?;
        }
    }
    Ok(archive.into_inner()?)
}

fn order(entry: &Entry) -> u8 {
    match entry {
        Entry::Directory { .. } => 0,
        Entry::File { .. } => 1,
        Entry::Symlink { .. } | Entry::HardLink { .. } => 2,
    }
}

fn append(archive: &mut Builder<Vec<u8>>, path: &str, entry: &Entry) -> std::io::Result<()> {
    let mut header = Header::new_ustar();
    header.set_mtime(0);
    header.set_uid(0);
    header.set_gid(0);
    header.set_username("root")?;
    header.set_groupname("root")?;
    header.set_size(0);
    match entry {
        Entry::Directory { mode } => {
            header.set_entry_type(EntryType::Directory);
            header.set_mode(*mode);
            archive.append_data(&mut header, path, std::io::empty())
        }
        Entry::File { mode, content } => {
            header.set_entry_type(EntryType::Regular);
            header.set_mode(*mode);
            header.set_size(content.len() as u64);
            archive.append_data(&mut header, path, &content[..])
        }
        Entry::Symlink { target } => {
            header.set_entry_type(EntryType::Symlink);
            header.set_mode(0o777);
            archive.append_link(&mut header, path, target)
        }
        Entry::HardLink { to } => {
            header.set_entry_type(EntryType::Link);
            header.set_mode(0o755);
            archive.append_link(&mut header, path, to)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Tree {
        let mut tree = Tree::default();
        tree.directory("/usr", 0o755).unwrap();
        tree.directory("/usr/bin", 0o755).unwrap();
        tree.directory("/tmp", 0o1777).unwrap();
        tree.hard_link("/usr/bin/cat", "/usr/bin/coreutils").unwrap();
        tree.file("/usr/bin/coreutils", 0o755, vec![7; 700]).unwrap();
        tree.symlink("/bin", "usr/bin").unwrap();
        tree
    }

    #[test]
    fn reads_back_with_targets_before_links() {
        let bytes = write(&sample()).unwrap();
        let mut archive = tar::Archive::new(&bytes[..]);
        let seen: Vec<(String, EntryType, u32, u64)> = archive
            .entries()
            .unwrap()
            .map(|entry| {
                let entry = entry.unwrap();
                let path = entry.path().unwrap().to_string_lossy().into_owned();
                (path, entry.header().entry_type(), entry.header().mode().unwrap(), entry.size())
            })
            .collect();
        let expected = [
            ("tmp", EntryType::Directory, 0o1777, 0),
            ("usr", EntryType::Directory, 0o755, 0),
            ("usr/bin", EntryType::Directory, 0o755, 0),
            ("usr/bin/coreutils", EntryType::Regular, 0o755, 700),
            ("bin", EntryType::Symlink, 0o777, 0),
            ("usr/bin/cat", EntryType::Link, 0o755, 0),
        ];
        assert_eq!(seen, expected.map(|(path, kind, mode, size)| (path.to_owned(), kind, mode, size)));
    }

    #[test]
    fn is_the_same_each_time() {
        assert_eq!(write(&sample()).unwrap(), write(&sample()).unwrap());
    }

    #[test]
    fn refuses_a_name_taken_twice_and_a_path_that_climbs() {
        let mut tree = sample();
        assert!(tree.symlink("/usr/bin/cat", "x").is_err());
        assert!(tree.file("/usr/../x", 0o644, Vec::new()).is_err());
        assert!(tree.file("usr/x", 0o644, Vec::new()).is_err());
    }
}
