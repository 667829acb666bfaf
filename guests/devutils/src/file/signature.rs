//! Formats that are told by their first bytes.

use vivarium_userland::clock;

use super::{Kind, big, little};

/// Offset, bytes, description, MIME type.
type Signature = (usize, &'static [u8], &'static str, &'static str);

const SIGNATURES: &[Signature] = &[
    (0, b"wOFF", "Web Open Font Format", "font/woff"),
    (0, b"wOF2", "Web Open Font Format (Version 2)", "font/woff2"),
    (0, b"OTTO", "OpenType font data", "application/vnd.ms-opentype"),
    (0, b"-----BEGIN CERTIFICATE-----", "PEM certificate", "text/plain"),
    (0, b"-----BEGIN CERTIFICATE REQUEST-----", "PEM certificate request", "text/plain"),
    (0, b"-----BEGIN RSA PRIVATE KEY-----", "PEM RSA private key", "text/plain"),
    (0, b"-----BEGIN DSA PRIVATE KEY-----", "PEM DSA private key", "text/plain"),
    (0, b"-----BEGIN EC PRIVATE KEY-----", "PEM EC private key", "text/plain"),
    (0, b"-----BEGIN OPENSSH PRIVATE KEY-----", "OpenSSH private key", "text/plain"),
    (0, b"-----BEGIN PGP PUBLIC KEY BLOCK-", "PGP public key block", "application/pgp-keys"),
    (0, b"-----BEGIN PGP MESSAGE-", "PGP message", "application/pgp"),
    (0, b"-----BEGIN PGP SIGNATURE-", "PGP signature", "application/pgp-signature"),
    (0, b"ssh-rsa ", "OpenSSH RSA public key", "text/plain"),
    (0, b"ssh-dss ", "OpenSSH DSA public key", "text/plain"),
    (0, b"ssh-ed25519 ", "OpenSSH ED25519 public key", "text/plain"),
    (0, b"BEGIN:VCARD", "vCard visiting card", "text/vcard"),
    (0, b"BEGIN:VCALENDAR", "vCalendar calendar file", "text/calendar"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Composite Document File V2 Document", "application/CDFV2"),
    (0, b"\x0a\x0d\x0d\x0a", "pcapng capture file", "application/octet-stream"),
    (0, b"\xed\xab\xee\xdb", "RPM", "application/x-rpm"),
    (0, b"hsqs", "Squashfs filesystem, little endian", "application/octet-stream"),
    (0, b"DIRC", "Git index", "application/x-git"),
    (0, b"PACK\0\0\0\x02", "Git pack, version 2", "application/x-git"),
    (0, b"\xfftOc", "Git pack index, version 2", "application/x-git"),
    (0, b"BC\xc0\xde", "LLVM IR bitcode", "application/octet-stream"),
    (0, b"dex\n035\0", "Dalvik dex file version 035", "application/octet-stream"),
    (0, b"%!PS-AdobeFont-1.", "PostScript Type 1 font text", "application/octet-stream"),
    (0, b"{\\rtf1", "Rich Text Format data, version 1", "text/rtf"),
    (0, b"PAR1", "Apache Parquet", "application/octet-stream"),
    (32769, b"CD001", "ISO 9660 CD-ROM filesystem data", "application/x-iso9660-image"),
];

pub(super) fn examine(data: &[u8]) -> Option<Kind> {
    if let Some(kind) = detailed(data) {
        return Some(kind);
    }
    let fits = |(offset, bytes, ..): &&Signature| data.get(*offset..).is_some_and(|data| data.starts_with(bytes));
    let (_, _, description, mime) = SIGNATURES.iter().find(fits)?;
    let encoding = if data.iter().all(|byte| byte.is_ascii() && *byte != 0) { "us-ascii" } else { "binary" };
    Some(Kind { description: (*description).into(), mime: (*mime).into(), encoding })
}

/// Formats of which more is said than their name.
fn detailed(data: &[u8]) -> Option<Kind> {
    let kind = match data {
        [0, b'a', b's', b'm', ..] if data.len() >= 8 => {
            let version = little(data, 4, 4);
            let more = if version == 1 { " (MVP)" } else { "" };
            Kind::binary(format!("WebAssembly (wasm) binary module version {version:#x}{more}"), "application/wasm")
        }
        [0xca, 0xfe, 0xba, 0xbe, ..] => match big(data, 6, 2) {
            major @ 45.. => Kind::binary(
                format!("compiled Java class data, version {major}.{}", big(data, 4, 2)),
                "application/x-java-applet",
            ),
            _ => {
                let count = big(data, 4, 4);
                let plural = if count == 1 { "" } else { "s" };
                Kind::binary(
                    format!("Mach-O universal binary with {count} architecture{plural}"),
                    "application/x-mach-binary",
                )
            }
        },
        _ if data.starts_with(b"SQLite format 3\0") => database(data),
        _ if data.starts_with(b"%PDF-") => {
            let version: String =
                data[5..].iter().take_while(|b| b.is_ascii_digit() || **b == b'.').map(|b| char::from(*b)).collect();
            Kind::binary(format!("PDF document, version {version}"), "application/pdf")
        }
        _ if data.starts_with(b"%!PS-Adobe-") => {
            let level: String =
                data[11..].iter().take_while(|b| b.is_ascii_digit() || **b == b'.').map(|b| char::from(*b)).collect();
            let text = format!("PostScript document text conforming DSC level {level}");
            Kind { description: text, mime: "application/postscript".into(), encoding: "us-ascii" }
        }
        [0xde, 0x12, 0x04, 0x95, ..] | [0x95, 0x04, 0x12, 0xde, ..] => {
            let swapped = data[0] == 0x95;
            let read = |at| if swapped { big(data, at, 4) } else { little(data, at, 4) };
            let (revision, count) = (read(4), read(8));
            let (order, plural) = (if swapped { "big" } else { "little" }, if count == 1 { "" } else { "s" });
            let text = format!(
                "GNU message catalog ({order} endian), revision {}.{}, {count} message{plural}",
                revision >> 16,
                revision & 0xffff
            );
            Kind::binary(text, "application/x-gettext-translation")
        }
        [0xd4, 0xc3, 0xb2, 0xa1, ..] | [0xa1, 0xb2, 0xc3, 0xd4, ..] => {
            let swapped = data[0] == 0xa1;
            let read = |at, length| if swapped { big(data, at, length) } else { little(data, at, length) };
            let link = match read(20, 4) {
                1 => "Ethernet".into(),
                101 => "Raw IP".into(),
                105 => "802.11".into(),
                113 => "Linux \"cooked\"".into(),
                number => format!("unknown link type {number}"),
            };
            let text = format!(
                "pcap capture file, microsecond ts ({}-endian) - version {}.{} ({link}, capture length {})",
                if swapped { "big" } else { "little" },
                read(4, 2),
                read(6, 2),
                read(16, 4)
            );
            Kind::binary(text, "application/vnd.tcpdump.pcap")
        }
        [low, 0x0d, 0x0d, 0x0a, ..] if data.len() >= 16 => python(*low, data)?,
        _ => return None,
    };
    Some(kind)
}

fn database(data: &[u8]) -> Kind {
    let read = |at| big(data, at, 4);
    let encoding =
        ["", "UTF-8", "UTF-16 little endian", "UTF-16 big endian"].get(read(56) as usize).copied().unwrap_or("");
    let text = format!(
        "SQLite 3.x database, last written using SQLite version {}, file counter {}, database pages {}, cookie {:#x}, schema {}, {encoding}, version-valid-for {}",
        read(96),
        read(24),
        read(28),
        read(40),
        read(44),
        read(92)
    );
    Kind::binary(text, "application/vnd.sqlite3")
}

/// Byte-compiled Python, by the low byte of its magic number.
fn python(low: u8, data: &[u8]) -> Option<Kind> {
    let version = match low {
        0x33 => "3.6",
        0x42 => "3.7",
        0x55 => "3.8",
        0x61 => "3.9",
        0x6f => "3.10",
        0xa7 => "3.11",
        0xcb => "3.12",
        0xf3 => "3.13",
        _ => return None,
    };
    let flags = little(data, 4, 4);
    let source = if flags & 1 == 0 {
        let time = clock::format(&clock::utc(little(data, 8, 4) as i64), "%a %b %e %H:%M:%S %Y UTC");
        format!("timestamp-based, .py timestamp: {time}, .py size: {} bytes", little(data, 12, 4))
    } else {
        let set = if flags & 2 == 0 { "unset" } else { "set" };
        format!("hash-based, check-source flag {set}, hash: {:#x}", little(data, 8, 8))
    };
    let text = format!("Byte-compiled Python module for CPython {version}, {source}");
    Some(Kind::binary(text, "application/x-bytecode.python"))
}
