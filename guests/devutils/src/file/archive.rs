//! Archives and compressed data.

use vivarium_userland::clock;

use super::{Kind, big, little, string};

pub(super) fn examine(data: &[u8]) -> Option<Kind> {
    let kind = match data {
        [0x1f, 0x8b, ..] => gzip(data),
        [b'B', b'Z', b'h', level @ b'1'..=b'9', ..] => {
            let text = format!("bzip2 compressed data, block size = {}00k", char::from(*level));
            Kind::binary(text, "application/x-bzip2")
        }
        [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => {
            let checksum = match data.get(7).map(|check| check & 0xf) {
                Some(0) => ", checksum NONE",
                Some(1) => ", checksum CRC32",
                Some(4) => ", checksum CRC64",
                Some(10) => ", checksum SHA-256",
                _ => "",
            };
            Kind::binary(format!("XZ compressed data{checksum}"), "application/x-xz")
        }
        [0x5d, 0, 0, _, _, ..]
            if data.len() >= 13 && (little(data, 5, 8) == u64::MAX || little(data, 5, 8) < 1 << 38) =>
        {
            let size = little(data, 5, 8);
            let text = if size == u64::MAX { "streamed".into() } else { format!("non-streamed, size {size}") };
            Kind::binary(format!("LZMA compressed data, {text}"), "application/x-lzma")
        }
        [0x28, 0xb5, 0x2f, 0xfd, flags, ..] => {
            let at = if flags & 0x20 == 0 { 6 } else { 5 };
            let id = match flags & 3 {
                0 => "None".into(),
                1 => little(data, at, 1).to_string(),
                2 => little(data, at, 2).to_string(),
                _ => little(data, at, 4).to_string(),
            };
            Kind::binary(format!("Zstandard compressed data (v0.8+), Dictionary ID: {id}"), "application/zstd")
        }
        [0x04, 0x22, 0x4d, 0x18, ..] => Kind::binary("LZ4 compressed data (v1.4+)", "application/x-lz4"),
        [0x1f, 0x9d, ..] => {
            let bits = data.get(2).map_or(0, |flags| flags & 0x1f);
            let block = if data.get(2).is_some_and(|flags| flags & 0x80 != 0) { " block compressed" } else { "" };
            Kind::binary(format!("compress'd data{} {bits} bits", block), "application/x-compress")
        }
        [b'P', b'K', 3, 4, ..] => zip(data),
        [b'P', b'K', 5, 6, ..] => Kind::binary("Zip archive data (empty)", "application/zip"),
        [b'7', b'z', 0xbc, 0xaf, 0x27, 0x1c, major, minor, ..] => {
            Kind::binary(format!("7-zip archive data, version {major}.{minor}"), "application/x-7z-compressed")
        }
        [b'R', b'a', b'r', b'!', 0x1a, 7, 1, 0, ..] => Kind::binary("RAR archive data, v5", "application/x-rar"),
        [b'R', b'a', b'r', b'!', 0x1a, 7, 0, ..] => Kind::binary("RAR archive data, v4", "application/x-rar"),
        _ if data.starts_with(b"!<arch>\ndebian-binary   ") => {
            let version = string(data, 68).lines().next().unwrap_or_default().to_owned();
            let member = string(data, 72).split_ascii_whitespace().next().unwrap_or_default().to_owned();
            let text = format!("Debian binary package (format {version}), with {member} ");
            Kind::binary(text.trim_end(), "application/vnd.debian.binary-package")
        }
        _ if data.starts_with(b"!<arch>\n") => Kind::binary("current ar archive", "application/x-archive"),
        _ if data.starts_with(b"070701") => Kind::binary("ASCII cpio archive (SVR4 with no CRC)", "application/x-cpio"),
        _ if data.starts_with(b"070702") => Kind::binary("ASCII cpio archive (SVR4 with CRC)", "application/x-cpio"),
        _ if data.starts_with(b"070707") => Kind::binary("ASCII cpio archive (pre-SVR4 or odc)", "application/x-cpio"),
        _ => return tar(data),
    };
    Some(kind)
}

fn gzip(data: &[u8]) -> Kind {
    let method = if data.get(2) == Some(&8) { "" } else { ", unknown method" };
    let mut text = format!("gzip compressed data{method}");
    let flags = data.get(3).copied().unwrap_or_default();
    if flags & 1 != 0 {
        text.push_str(", ASCII");
    }
    if flags & 8 != 0 {
        let extra = if flags & 4 != 0 { 2 + little(data, 10, 2) as usize } else { 0 };
        text.push_str(&format!(", was \"{}\"", string(data, 10 + extra)));
    }
    let time = little(data, 4, 4);
    if time != 0 {
        let time = clock::format(&clock::local(time as i64, 0), "%a %b %e %H:%M:%S %Y");
        text.push_str(&format!(", last modified: {time}"));
    }
    match data.get(8) {
        Some(2) => text.push_str(", max compression"),
        Some(4) => text.push_str(", max speed"),
        _ => {}
    }
    let systems =
        ["FAT filesystem (MS-DOS, OS/2, NT)", "Amiga", "VMS", "Unix", "VM/CMS", "Atari", "HPFS filesystem (OS/2, NT)"];
    match data.get(9).map(|system| systems.get(usize::from(*system)).copied()) {
        Some(Some(system)) => text.push_str(&format!(", from {system}")),
        Some(None) if data[9] == 11 => text.push_str(", from NTFS filesystem (NT)"),
        _ => {}
    }
    if data.len() >= 18 {
        text.push_str(&format!(", original size modulo 2^32 {}", little(data, data.len() - 4, 4)));
    }
    Kind::binary(text, "application/gzip")
}

fn zip(data: &[u8]) -> Kind {
    let first = data.get(30..30 + little(data, 26, 2) as usize).unwrap_or_default();
    let content = 30 + little(data, 26, 2) as usize + little(data, 28, 2) as usize;
    if first == b"mimetype" {
        let rest = data.get(content..).unwrap_or_default();
        let known = [
            (&b"application/epub+zip"[..], "EPUB document", "application/epub+zip"),
            (
                b"application/vnd.oasis.opendocument.text",
                "OpenDocument Text",
                "application/vnd.oasis.opendocument.text",
            ),
            (
                b"application/vnd.oasis.opendocument.spreadsheet",
                "OpenDocument Spreadsheet",
                "application/vnd.oasis.opendocument.spreadsheet",
            ),
        ];
        if let Some((_, text, mime)) = known.iter().find(|(mime, ..)| rest.starts_with(mime)) {
            return Kind::binary(*text, mime);
        }
    }
    if first.starts_with(b"META-INF/") {
        return Kind::binary("Java archive data (JAR)", "application/java-archive");
    }
    if first == b"[Content_Types].xml" || first == b"_rels/.rels" {
        return Kind::binary("Microsoft OOXML", "application/octet-stream");
    }
    let version = data.get(4).copied().unwrap_or_default();
    let method = match little(data, 8, 2) {
        0 => "store",
        8 => "deflate",
        9 => "deflate64",
        12 => "bzip2",
        14 => "lzma",
        93 => "zstd",
        _ => "unknown",
    };
    let text = format!(
        "Zip archive data, at least v{}.{} to extract, compression method={method}",
        version / 10,
        version % 10
    );
    Kind::binary(text, "application/zip")
}

fn tar(data: &[u8]) -> Option<Kind> {
    let block = data.get(..512)?;
    let octal = |field: &[u8]| {
        let text = std::str::from_utf8(field).ok()?;
        u64::from_str_radix(text.trim_matches(['\0', ' ']), 8).ok()
    };
    let sum: u64 =
        block.iter().enumerate().map(|(at, byte)| u64::from(if (148..156).contains(&at) { b' ' } else { *byte })).sum();
    if octal(&block[148..156]) != Some(sum) || big(block, 0, 8) == 0 {
        return None;
    }
    let text = match &block[257..265] {
        b"ustar  \0" => "POSIX tar archive (GNU)",
        [b'u', b's', b't', b'a', b'r', ..] => "POSIX tar archive",
        _ => "tar archive",
    };
    Some(Kind::binary(text, "application/x-tar"))
}
