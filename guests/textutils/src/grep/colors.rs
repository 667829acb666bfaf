//! `GREP_COLORS`.

/// SGR parameters of the parts of the output; empty for none.
#[derive(Clone, Debug)]
pub(super) struct Colors {
    pub(super) selected_match: String,
    pub(super) context_match: String,
    pub(super) selected_line: String,
    pub(super) context_line: String,
    pub(super) file_name: String,
    pub(super) line_number: String,
    pub(super) byte_number: String,
    pub(super) separator: String,
    /// `rv`: `-v` swaps the lines' colours.
    pub(super) reverse: bool,
    /// What follows each SGR: `\33[K` unless `ne`.
    pub(super) erase: &'static str,
}

impl Colors {
    pub(super) fn from_environment() -> Colors {
        let mut colors = Colors {
            selected_match: "01;31".into(),
            context_match: "01;31".into(),
            selected_line: String::new(),
            context_line: String::new(),
            file_name: "35".into(),
            line_number: "32".into(),
            byte_number: "32".into(),
            separator: "36".into(),
            reverse: false,
            erase: "\x1b[K",
        };
        let old = std::env::var("GREP_COLOR").unwrap_or_default();
        if !old.is_empty() && old.bytes().all(|b| b.is_ascii_digit() || b == b';') {
            eprintln!("grep: warning: GREP_COLOR='{old}' is deprecated; use GREP_COLORS='mt={old}'");
            (colors.selected_match, colors.context_match) = (old.clone(), old);
        }
        let variable = std::env::var("GREP_COLORS").unwrap_or_default();
        for part in variable.split(':') {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            if !value.bytes().all(|b| b.is_ascii_digit() || b == b';') {
                break;
            }
            let value = value.to_owned();
            match name {
                "mt" => (colors.selected_match, colors.context_match) = (value.clone(), value),
                "ms" => colors.selected_match = value,
                "mc" => colors.context_match = value,
                "sl" => colors.selected_line = value,
                "cx" => colors.context_line = value,
                "fn" => colors.file_name = value,
                "ln" => colors.line_number = value,
                "bn" => colors.byte_number = value,
                "se" => colors.separator = value,
                "rv" => colors.reverse = true,
                "ne" => colors.erase = "",
                _ => {}
            }
        }
        colors
    }

    /// What begins a colour.
    pub(super) fn start(&self, sgr: &str) -> String {
        if sgr.is_empty() { String::new() } else { format!("\x1b[{sgr}m{}", self.erase) }
    }

    /// What ends a colour.
    pub(super) fn stop(&self, sgr: &str) -> String {
        if sgr.is_empty() { String::new() } else { format!("\x1b[m{}", self.erase) }
    }
}
