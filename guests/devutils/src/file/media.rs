//! Pictures, sound and films.

use super::{Kind, big, little, string};

pub(super) fn examine(data: &[u8]) -> Option<Kind> {
    let kind = match data {
        _ if data.starts_with(b"\x89PNG\r\n\x1a\n") => png(data),
        [0xff, 0xd8, 0xff, ..] => jpeg(data),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => {
            let (width, height) = (little(data, 6, 2), little(data, 8, 2));
            let text = format!("GIF image data, version {}, {width} x {height}", string(&data[..6], 3));
            Kind::binary(text, "image/gif")
        }
        [b'B', b'M', ..] if matches!(little(data, 14, 4), 12 | 40 | 108 | 124) => bitmap(data),
        [b'R', b'I', b'F', b'F', ..] => riff(data)?,
        [0, 0, 1, 0, count @ 1..=64, 0, width, height, _, 0, ..] => {
            let side = |side: u8| if side == 0 { 256 } else { u16::from(side) };
            let (plural, bits) = (if *count == 1 { "" } else { "s" }, little(data, 12, 2));
            let text = format!(
                "MS Windows icon resource - {count} icon{plural}, {}x{}, {bits} bits/pixel",
                side(*width),
                side(*height)
            );
            Kind::binary(text, "image/vnd.microsoft.icon")
        }
        [b'I', b'I', 42, 0, ..] => Kind::binary("TIFF image data, little-endian", "image/tiff"),
        [b'M', b'M', 0, 42, ..] => Kind::binary("TIFF image data, big-endian", "image/tiff"),
        [b'I', b'D', b'3', major, minor, ..] => {
            Kind::binary(format!("Audio file with ID3 version 2.{major}.{minor}"), "audio/mpeg")
        }
        [0xff, 0xfa | 0xfb, rate, mode, ..] => mp3(*rate, *mode)?,
        [b'O', b'g', b'g', b'S', ..] => {
            let content = match data.get(28..).unwrap_or_default() {
                [1, b'v', b'o', b'r', b'b', b'i', b's', ..] => ", Vorbis audio",
                [b'O', b'p', b'u', b's', b'H', ..] => ", Opus audio",
                [0x80, b't', b'h', b'e', b'o', ..] => ", Theora video",
                [0x7f, b'F', b'L', b'A', b'C', ..] => ", FLAC audio",
                _ => "",
            };
            Kind::binary(format!("Ogg data{content}"), "application/ogg")
        }
        [b'f', b'L', b'a', b'C', ..] => flac(data),
        [_, _, _, _, b'f', b't', b'y', b'p', ..] => film(data),
        [0x1a, 0x45, 0xdf, 0xa3, ..] => match data.windows(4).take(64).any(|name| name == b"webm") {
            true => Kind::binary("WebM", "video/webm"),
            false => Kind::binary("Matroska data", "video/x-matroska"),
        },
        _ => return None,
    };
    Some(kind)
}

fn png(data: &[u8]) -> Kind {
    let (width, height, depth) = (big(data, 16, 4), big(data, 20, 4), big(data, 24, 1));
    let color = match data.get(25) {
        Some(0) => " grayscale",
        Some(2) => "/color RGB",
        Some(3) => " colormap",
        Some(4) => " gray+alpha",
        Some(6) => "/color RGBA",
        _ => "",
    };
    let interlaced = if data.get(28) == Some(&1) { "interlaced" } else { "non-interlaced" };
    Kind::binary(format!("PNG image data, {width} x {height}, {depth}-bit{color}, {interlaced}"), "image/png")
}

fn jpeg(data: &[u8]) -> Kind {
    let mut text = String::from("JPEG image data");
    if data.get(6..11) == Some(b"JFIF\0") {
        text.push_str(&format!(", JFIF standard {}.{:02}", big(data, 11, 1), big(data, 12, 1)));
        let unit = ["aspect ratio", "resolution (DPI)", "resolution (DPCM)"].get(big(data, 13, 1) as usize);
        if let Some(unit) = unit {
            text.push_str(&format!(", {unit}, density {}x{}", big(data, 14, 2), big(data, 16, 2)));
        }
        text.push_str(&format!(", segment length {}", big(data, 4, 2)));
    } else if data.get(6..10) == Some(b"Exif") {
        text.push_str(", Exif standard");
    }
    // Segments to the one that begins a frame.
    let mut at = 2;
    while data.get(at) == Some(&0xff) && at + 9 < data.len() {
        let marker = data[at + 1];
        let frame = match marker {
            0xc0 => Some("baseline"),
            0xc1 => Some("extended sequential"),
            0xc2 => Some("progressive"),
            _ => None,
        };
        if let Some(frame) = frame {
            let [height, width] = [5, 7].map(|by| big(data, at + by, 2));
            let (precision, components) = (data[at + 4], big(data, at + 9, 1));
            text.push_str(&format!(", {frame}, precision {precision}, {width}x{height}, components {components}"));
            break;
        }
        at += 2 + big(data, at + 2, 2) as usize;
    }
    Kind::binary(text, "image/jpeg")
}

fn bitmap(data: &[u8]) -> Kind {
    let header = little(data, 14, 4);
    let (name, size) = match header {
        12 => ("OS/2 1.x format", 2),
        108 => ("Windows 95/NT4 and newer format", 4),
        124 => ("Windows 98/2000 and newer format", 4),
        _ => ("Windows 3.x format", 4),
    };
    let (width, height) = (little(data, 18, size), little(data, 18 + size, size));
    if header == 12 {
        return Kind::binary(format!("PC bitmap, {name}, {width} x {height}"), "image/bmp");
    }
    let height = height as u32 as i32;
    let mut text = format!("PC bitmap, {name}, {width} x {height} x {}", little(data, 28, 2));
    let (image, across, down) = (little(data, 34, 4), little(data, 38, 4), little(data, 42, 4));
    if image > 0 {
        text.push_str(&format!(", image size {image}"));
    }
    if across > 0 {
        text.push_str(&format!(", resolution {across} x {down} px/m"));
    }
    text.push_str(&format!(", cbSize {}, bits offset {}", little(data, 2, 4), little(data, 10, 4)));
    Kind::binary(text, "image/bmp")
}

fn riff(data: &[u8]) -> Option<Kind> {
    let begin = "RIFF (little-endian) data";
    match data.get(8..12)? {
        b"WAVE" => {
            let format = match little(data, 20, 2) {
                1 => "Microsoft PCM",
                3 => "IEEE Float",
                6 => "ITU G.711 A-law",
                7 => "ITU G.711 mu-law",
                _ => "unknown format",
            };
            let bits = little(data, 34, 2);
            let channels = match little(data, 22, 2) {
                1 => "mono".into(),
                2 => "stereo".into(),
                count => format!("{count} channels"),
            };
            let text = format!("{begin}, WAVE audio, {format}, {bits} bit, {channels} {} Hz", little(data, 24, 4));
            Some(Kind::binary(text, "audio/x-wav"))
        }
        b"AVI " => Some(Kind::binary(format!("{begin}, AVI"), "video/x-msvideo")),
        b"WEBP" => {
            let encoding = match data.get(12..16) {
                Some(b"VP8 ") => {
                    format!(", VP8 encoding, {}x{}", little(data, 26, 2) & 0x3fff, little(data, 28, 2) & 0x3fff)
                }
                Some(b"VP8L") => ", VP8L encoding".into(),
                _ => String::new(),
            };
            Some(Kind::binary(format!("{begin}, Web/P image{encoding}"), "image/webp"))
        }
        _ => None,
    }
}

fn mp3(rate: u8, mode: u8) -> Option<Kind> {
    const RATES: [u16; 15] = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320];
    let kbps = RATES.get(usize::from(rate >> 4)).filter(|kbps| **kbps > 0)?;
    let hertz = ["44.1", "48", "32"].get(usize::from(rate >> 2 & 3))?;
    let channels = ["Stereo", "JntStereo", "2x Monaural", "Monaural"][usize::from(mode >> 6)];
    Some(Kind::binary(format!("MPEG ADTS, layer III, v1, {kbps:>3} kbps, {hertz} kHz, {channels}"), "audio/mpeg"))
}

fn flac(data: &[u8]) -> Kind {
    let bits = (big(data, 20, 2) >> 4 & 0x1f) + 1;
    let rate = big(data, 18, 3) >> 4;
    let channels = match big(data, 20, 1) >> 1 & 7 {
        0 => "mono".into(),
        1 => "stereo".into(),
        count => format!("{} channels", count + 1),
    };
    let samples = big(data, 21, 5) & 0xf_ffff_ffff;
    let length = if samples == 0 { "length unknown".into() } else { format!("{samples} samples") };
    let text = if rate == 0 {
        format!("FLAC audio bitstream data, {channels}, {length}")
    } else {
        format!("FLAC audio bitstream data, {bits} bit, {channels}, {} kHz, {length}", rate as f64 / 1000.0)
    };
    Kind::binary(text, "audio/flac")
}

fn film(data: &[u8]) -> Kind {
    let (text, mime) = match data.get(8..12).unwrap_or_default() {
        b"isom" => ("ISO Media, MP4 Base Media v1 [ISO 14496-12:2003]", "video/mp4"),
        b"iso2" => ("ISO Media, MP4 Base Media v2 [ISO 14496-12:2005]", "video/mp4"),
        b"mp41" => ("ISO Media, MP4 v1 [ISO 14496-1:ch13]", "video/mp4"),
        b"mp42" => ("ISO Media, MP4 v2 [ISO 14496-14]", "video/mp4"),
        b"M4A " => ("ISO Media, Apple iTunes ALAC/AAC-LC (.M4A) Audio", "audio/x-m4a"),
        b"qt  " => ("ISO Media, Apple QuickTime movie, Apple QuickTime (.MOV/QT)", "video/quicktime"),
        b"avif" => ("ISO Media, AVIF Image", "image/avif"),
        b"heic" => ("ISO Media, HEIF Image HEVC Main or Main Still Picture Profile", "image/heic"),
        _ => ("ISO Media", "video/mp4"),
    };
    Kind::binary(text, mime)
}
