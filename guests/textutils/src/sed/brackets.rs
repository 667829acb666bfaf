//! Where a pattern's bracket expressions begin and end.

use vivarium_userland::Bytes;

/// Follows a pattern through its bracket expressions.
#[derive(Default)]
pub(super) struct Brackets {
    /// What was read of the one that is open.
    open: Option<Bytes>,
}

impl Brackets {
    /// Whether one is open.
    pub(super) fn inside(&self) -> bool {
        self.open.is_some()
    }

    /// Takes the next byte that no backslash outside of brackets has changed.
    pub(super) fn see(&mut self, byte: u8) {
        let Some(open) = &mut self.open else {
            if byte == b'[' {
                self.open = Some(Bytes::new());
            }
            return;
        };
        open.push(byte);
        let content = open.strip_prefix(b"^").unwrap_or(open);
        if byte != b']' || content.len() < 2 {
            return;
        }
        // `[:alpha:]` and its like hold brackets of their own.
        let named = content.windows(2).rposition(|pair| matches!(pair, b"[:" | b"[." | b"[="));
        let closes_name = named.is_some_and(|start| {
            let name = &content[start + 2..];
            name.len() >= 2
                && name[name.len() - 2] == content[start + 1]
                && !name[..name.len() - 2].windows(2).any(|pair| pair == [content[start + 1], b']'])
        });
        let inside_name = named.is_some_and(|start| {
            let close = [content[start + 1], b']'];
            !content[start + 2..].windows(2).any(|pair| pair == close)
        });
        if !closes_name && !inside_name {
            self.open = None;
        }
    }
}
