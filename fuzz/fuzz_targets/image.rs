//! Opening anything as a base image, and reading all of what was opened.
#![no_main]

use std::fs;

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use vivarium_runner::store::Image;

/// An entry, its header as it is or with the fields that a header must have.
#[derive(Arbitrary, Debug)]
struct Entry {
    name: Vec<u8>,
    link: Vec<u8>,
    kind: u8,
    size: u16,
    claimed: Option<u64>,
    raw: Option<Vec<u8>>,
}

impl Entry {
    fn write(&self, archive: &mut Vec<u8>) {
        let mut header = tar::Header::new_gnu();
        fill(&mut header.as_old_mut().name, &self.name);
        fill(&mut header.as_old_mut().linkname, &self.link);
        // Mostly kinds that an archive can have.
        let kind = b"0125LKxg6"[usize::from(self.kind) % 9];
        header.set_entry_type(tar::EntryType::new(if self.kind > 250 { self.kind } else { kind }));
        header.set_mode(0o644);
        (header.set_uid(0), header.set_gid(0), header.set_mtime(0));
        header.set_size(self.claimed.unwrap_or(u64::from(self.size)));
        if let Some(raw) = &self.raw {
            fill(header.as_mut_bytes(), raw);
        }
        header.set_cksum();
        archive.extend_from_slice(header.as_bytes());
        archive.extend((0..self.size).map(|at| self.link.get(usize::from(at)).copied().unwrap_or(b'a')));
        archive.resize(archive.len().next_multiple_of(512), 0);
    }
}

fn fill(field: &mut [u8], bytes: &[u8]) {
    let length = bytes.len().min(field.len());
    field[..length].copy_from_slice(&bytes[..length]);
}

fuzz_target!(|entries: Vec<Entry>| {
    let mut archive = Vec::new();
    for entry in &entries {
        entry.write(&mut archive);
    }
    let path = std::env::temp_dir().join(format!("vivarium-fuzz-image-{}", std::process::id()));
    fs::write(&path, &archive).expect("the temporary directory can be written to");
    let Ok(image) = Image::open(&path) else { return };
    for entry in image.files() {
        assert!(entry.size <= archive.len() as u64);
        let content = image.read(&entry, u64::MAX).expect("its content lies within the archive");
        assert_eq!(content.len() as u64, entry.size);
    }
});
