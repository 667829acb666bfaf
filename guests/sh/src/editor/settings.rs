//! The editor's variables: `set NAME VALUE` in `~/.inputrc`.

#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools)] // Each is a setting by itself.
pub(crate) struct Settings {
    pub(crate) completion_ignore_case: bool,
    pub(crate) disable_completion: bool,
    pub(crate) enable_bracketed_paste: bool,
    pub(crate) mark_directories: bool,
    pub(crate) show_all_if_ambiguous: bool,
    pub(crate) bell: bool,
    /// More candidates than this are listed only when asked for again.
    pub(crate) completion_query_items: usize,
    /// How long the rest of a sequence is waited for, in milliseconds.
    pub(crate) keyseq_timeout: u64,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            completion_ignore_case: false,
            disable_completion: false,
            enable_bracketed_paste: true,
            mark_directories: true,
            show_all_if_ambiguous: false,
            bell: true,
            completion_query_items: 100,
            keyseq_timeout: 500,
        }
    }
}

impl Settings {
    /// Sets a variable; one that this editor has no use for is passed over, as a name unknown is by Readline.
    pub(crate) fn set(&mut self, name: &str, value: &str) {
        let on = value.is_empty() || value.eq_ignore_ascii_case("on") || value == "1";
        match name {
            "completion-ignore-case" => self.completion_ignore_case = on,
            "disable-completion" => self.disable_completion = on,
            "enable-bracketed-paste" => self.enable_bracketed_paste = on,
            "mark-directories" => self.mark_directories = on,
            "show-all-if-ambiguous" | "show-all-if-unmodified" => self.show_all_if_ambiguous = on,
            "bell-style" => self.bell = value != "none",
            "completion-query-items" => self.completion_query_items = value.parse().unwrap_or(100),
            "keyseq-timeout" => self.keyseq_timeout = value.parse().unwrap_or(500),
            _ => {}
        }
    }

    /// All of them, with their values.
    pub(crate) fn list(&self) -> Vec<(&'static str, String)> {
        let on = |value: bool| if value { "on".to_string() } else { "off".to_string() };
        vec![
            ("bell-style", if self.bell { "audible".into() } else { "none".into() }),
            ("completion-ignore-case", on(self.completion_ignore_case)),
            ("completion-query-items", self.completion_query_items.to_string()),
            ("disable-completion", on(self.disable_completion)),
            ("editing-mode", "emacs".into()),
            ("enable-bracketed-paste", on(self.enable_bracketed_paste)),
            ("keymap", "emacs".into()),
            ("keyseq-timeout", self.keyseq_timeout.to_string()),
            ("mark-directories", on(self.mark_directories)),
            ("show-all-if-ambiguous", on(self.show_all_if_ambiguous)),
        ]
    }
}
