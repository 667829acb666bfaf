//! PEM (RFC 7468, and RFC 1421's headers), as leniently as OpenSSL reads it: text around a block is skipped, lines may have
//! any length.

use crate::bindings::encodings;

/// A block between `-----BEGIN …-----` and `-----END …-----`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Block {
    pub(super) label: String,
    /// Header fields, as `Proc-Type` and `DEK-Info` of encrypted keys.
    pub(super) headers: Vec<(String, String)>,
    pub(super) data: Vec<u8>,
}

impl Block {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_str())
    }
}

/// Every block of a text, in order. One that is malformed ends the search.
pub(super) fn blocks(text: &[u8]) -> Vec<Block> {
    let mut lines = text.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii_end);
    let mut blocks = Vec::new();
    while let Some(line) = lines.next() {
        let Some(label) = delimiter(line, b"-----BEGIN ") else { continue };
        let Some(block) = body(label, &mut lines) else { break };
        blocks.push(block);
    }
    blocks
}

/// The first block whose label `wanted` accepts.
pub(super) fn find(text: &[u8], wanted: impl Fn(&str) -> bool) -> Option<Block> {
    blocks(text).into_iter().find(|block| wanted(&block.label))
}

fn delimiter<'a>(line: &'a [u8], start: &[u8]) -> Option<&'a str> {
    std::str::from_utf8(line.strip_prefix(start)?.strip_suffix(b"-----")?).ok()
}

fn body<'a>(label: &str, lines: &mut impl Iterator<Item = &'a [u8]>) -> Option<Block> {
    let mut headers: Vec<(String, String)> = Vec::new();
    let mut base64 = Vec::new();
    let mut in_headers = false;
    for line in lines {
        if let Some(end) = delimiter(line, b"-----END ") {
            let data = decode(&base64)?;
            return (end == label).then(|| Block { label: label.to_owned(), headers, data });
        }
        let colon = line.iter().position(|byte| *byte == b':');
        if let Some(colon) = colon.filter(|_| base64.is_empty()) {
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes.trim_ascii()).into_owned();
            headers.push((text(&line[..colon]), text(&line[colon + 1..])));
            in_headers = true;
        } else if in_headers && line.is_empty() {
            in_headers = false;
        } else {
            base64.extend(line.iter().filter(|byte| !byte.is_ascii_whitespace()));
        }
    }
    None
}

fn decode(base64: &[u8]) -> Option<Vec<u8>> {
    let digits = base64.len() - base64.iter().rev().take_while(|byte| **byte == b'=').count();
    let plain = base64[..digits].iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/'));
    if !plain || !base64.len().is_multiple_of(4) || base64.len() - digits > 2 {
        return None;
    }
    Some(encodings::from_base64(base64))
}

/// The text of a block, in lines of 64 digits.
pub(super) fn encode(label: &str, headers: &[(&str, String)], data: &[u8]) -> String {
    let base64 = encodings::to_base64(data, false);
    let mut text = format!("-----BEGIN {label}-----\n");
    for (field, value) in headers {
        text.push_str(&format!("{field}: {value}\n"));
    }
    if !headers.is_empty() {
        text.push('\n');
    }
    for line in base64.chunks(64) {
        text.push_str(&String::from_utf8_lossy(line));
        text.push('\n');
    }
    text.push_str(&format!("-----END {label}-----\n"));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let headers = [("Proc-Type", "4,ENCRYPTED".to_owned())];
        let text = encode("RSA PRIVATE KEY", &headers, &[7; 100]);
        let read = blocks(format!("Bag Attributes\n{text}rest").replace('\n', "\r\n").as_bytes());
        assert_eq!(read.len(), 1);
        assert_eq!((read[0].label.as_str(), read[0].data.as_slice()), ("RSA PRIVATE KEY", &[7; 100][..]));
        assert_eq!(read[0].header("Proc-Type"), Some("4,ENCRYPTED"));
    }

    #[test]
    fn malformed_blocks_are_none() {
        for text in [
            "-----BEGIN A-----\nAAAA\n-----END B-----\n",
            "-----BEGIN A-----\nAAAA\n",
            "-----BEGIN A-----\nA*AA\n-----END A-----\n",
            "-----BEGIN A-----\nAAA\n-----END A-----\n",
            "BEGIN A",
        ] {
            assert_eq!(blocks(text.as_bytes()), [], "{text}");
        }
    }
}
