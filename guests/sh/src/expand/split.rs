//! Field splitting (POSIX 2.6.5).

/// IFS, taken apart.
#[derive(Clone, Debug)]
pub(crate) struct Ifs {
    /// What each byte is: 0 ordinary, 1 white space of IFS, 2 another byte of IFS.
    kinds: [u8; 256],
    pub(crate) bytes: Vec<u8>,
}

impl Ifs {
    /// Of the variable's value; unset it is space, tab, newline.
    pub(crate) fn new(value: Option<&[u8]>) -> Ifs {
        let bytes = value.unwrap_or(b" \t\n");
        let mut kinds = [0; 256];
        for byte in bytes {
            kinds[*byte as usize] = if matches!(byte, b' ' | b'\t' | b'\n') { 1 } else { 2 };
        }
        Ifs { kinds, bytes: bytes.to_vec() }
    }

    pub(crate) fn is_space(&self, byte: u8) -> bool {
        self.kinds[byte as usize] == 1
    }

    pub(crate) fn is_other(&self, byte: u8) -> bool {
        self.kinds[byte as usize] == 2
    }

    pub(crate) fn contains(&self, byte: u8) -> bool {
        self.kinds[byte as usize] != 0
    }

    /// What joins the parameters in `"$*"`.
    pub(crate) fn joiner(&self) -> &[u8] {
        match self.bytes.first() {
            None => b"",
            Some(_) => &self.bytes[..crate::text::character_length(&self.bytes)],
        }
    }
}
