//! `set -o` and `shopt` options.

use serde::{Deserialize, Serialize};

macro_rules! options {
    ($($field:ident $name:literal $letter:literal;)*) => {
        /// `set -o` options.
        #[derive(Clone, Debug, Default, Serialize, Deserialize)]
        #[allow(clippy::struct_excessive_bools)]
        pub(crate) struct Options {
            $(pub(crate) $field: bool,)*
        }

        impl Options {
            /// Names in the order `set -o` lists them, with their letters (0 for none).
            pub(crate) const NAMES: &'static [(&'static str, u8)] = &[$(($name, $letter)),*];

            pub(crate) fn by_name(&mut self, name: &str) -> Option<&mut bool> {
                match name { $($name => Some(&mut self.$field),)* _ => None }
            }

            pub(crate) fn by_letter(&mut self, letter: u8) -> Option<&mut bool> {
                $(if $letter != 0 && letter == $letter { return Some(&mut self.$field); })*
                None
            }
        }
    };
}

options! {
    allexport "allexport" b'a';
    braceexpand "braceexpand" b'B';
    emacs "emacs" 0;
    errexit "errexit" b'e';
    errtrace "errtrace" b'E';
    functrace "functrace" b'T';
    hashall "hashall" b'h';
    histexpand "histexpand" b'H';
    history "history" 0;
    ignoreeof "ignoreeof" 0;
    interactive_comments "interactive-comments" 0;
    keyword "keyword" b'k';
    monitor "monitor" b'm';
    noclobber "noclobber" b'C';
    noexec "noexec" b'n';
    noglob "noglob" b'f';
    nolog "nolog" 0;
    notify "notify" b'b';
    nounset "nounset" b'u';
    onecmd "onecmd" b't';
    physical "physical" b'P';
    pipefail "pipefail" 0;
    posix "posix" 0;
    privileged "privileged" b'p';
    verbose "verbose" b'v';
    vi "vi" 0;
    xtrace "xtrace" b'x';
}

macro_rules! shopts {
    ($($field:ident $default:literal;)*) => {
        /// `shopt` options.
        #[derive(Clone, Debug, Serialize, Deserialize)]
        #[allow(clippy::struct_excessive_bools)]
        pub(crate) struct Shopts {
            $(pub(crate) $field: bool,)*
        }

        impl Default for Shopts {
            fn default() -> Shopts {
                Shopts { $($field: $default),* }
            }
        }

        impl Shopts {
            pub(crate) const NAMES: &'static [&'static str] = &[$(stringify!($field)),*];

            pub(crate) fn by_name(&mut self, name: &str) -> Option<&mut bool> {
                match name { $(stringify!($field) => Some(&mut self.$field),)* _ => None }
            }
        }
    };
}

shopts! {
    autocd false;
    assoc_expand_once false;
    cdable_vars false;
    cdspell false;
    checkhash false;
    checkjobs false;
    checkwinsize true;
    cmdhist true;
    compat31 false;
    compat32 false;
    compat40 false;
    compat41 false;
    compat42 false;
    compat43 false;
    compat44 false;
    complete_fullquote true;
    direxpand false;
    dirspell false;
    dotglob false;
    execfail false;
    expand_aliases false;
    extdebug false;
    extglob false;
    extquote true;
    failglob false;
    force_fignore true;
    globasciiranges true;
    globskipdots true;
    globstar false;
    gnu_errfmt false;
    histappend false;
    histreedit false;
    histverify false;
    hostcomplete true;
    huponexit false;
    inherit_errexit false;
    interactive_comments true;
    lastpipe false;
    lithist false;
    localvar_inherit false;
    localvar_unset false;
    login_shell false;
    mailwarn false;
    no_empty_cmd_completion false;
    nocaseglob false;
    nocasematch false;
    noexpand_translation false;
    nullglob false;
    patsub_replacement true;
    progcomp true;
    progcomp_alias false;
    promptvars true;
    restricted_shell false;
    shift_verbose false;
    sourcepath true;
    varredir_close false;
    xpg_echo false;
}

impl Options {
    /// `$-`, without `i`, `c` and `s`.
    pub(crate) fn letters(&self) -> String {
        let mut options = self.clone();
        let mut letters = String::new();
        for letter in b"abefhkmnptuvxBCEHPT" {
            if options.by_letter(*letter).is_some_and(|on| *on) {
                letters.push(*letter as char);
            }
        }
        letters
    }
}
