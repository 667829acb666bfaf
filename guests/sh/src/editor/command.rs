//! What keys do, by the names that `bind` and `~/.inputrc` use (GNU Readline's).

macro_rules! commands {
    ($($name:ident $text:literal;)*) => {
        /// A command of the editor.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Command { $($name,)* }

        impl Command {
            /// All of them, with their names.
            pub(crate) const ALL: &'static [(Command, &'static str)] = &[$((Command::$name, $text)),*];
        }
    };
}

commands! {
    Abort "abort";
    AcceptLine "accept-line";
    BackwardChar "backward-char";
    BackwardDeleteChar "backward-delete-char";
    BackwardKillWord "backward-kill-word";
    BackwardWord "backward-word";
    BeginningOfHistory "beginning-of-history";
    BeginningOfLine "beginning-of-line";
    BracketedPasteBegin "bracketed-paste-begin";
    CapitalizeWord "capitalize-word";
    ClearScreen "clear-screen";
    Complete "complete";
    DeleteChar "delete-char";
    DeleteHorizontalSpace "delete-horizontal-space";
    DigitArgument "digit-argument";
    DowncaseWord "downcase-word";
    EditAndExecute "edit-and-execute-command";
    EndOfHistory "end-of-history";
    EndOfLine "end-of-line";
    ForwardChar "forward-char";
    ForwardSearchHistory "forward-search-history";
    ForwardWord "forward-word";
    HistoryExpandLine "history-expand-line";
    HistorySearchBackward "history-search-backward";
    HistorySearchForward "history-search-forward";
    InsertComment "insert-comment";
    InsertCompletions "insert-completions";
    KillLine "kill-line";
    KillWholeLine "kill-whole-line";
    KillWord "kill-word";
    NextHistory "next-history";
    OperateAndGetNext "operate-and-get-next";
    PossibleCompletions "possible-completions";
    PreviousHistory "previous-history";
    QuotedInsert "quoted-insert";
    RedrawCurrentLine "redraw-current-line";
    ReverseSearchHistory "reverse-search-history";
    RevertLine "revert-line";
    SelfInsert "self-insert";
    TabInsert "tab-insert";
    TransposeChars "transpose-chars";
    TransposeWords "transpose-words";
    Undo "undo";
    UnixLineDiscard "unix-line-discard";
    UnixWordRubout "unix-word-rubout";
    UpcaseWord "upcase-word";
    Yank "yank";
    YankLastArg "yank-last-arg";
    YankPop "yank-pop";
}

impl Command {
    /// By its name.
    pub(crate) fn by_name(name: &str) -> Option<Command> {
        let name = match name {
            "backward-kill-line" => "unix-line-discard",
            "insert-last-argument" => "yank-last-arg",
            "non-incremental-reverse-search-history" => "reverse-search-history",
            "non-incremental-forward-search-history" => "forward-search-history",
            "previous-line" => "previous-history",
            "next-line" => "next-history",
            name => name,
        };
        Command::ALL.iter().find(|(_, known)| *known == name).map(|(command, _)| *command)
    }
}
