//! What names stand for: local and global variables, and namespaces (gawk manual, "Namespaces in gawk").

use super::super::lexer::{BUILTINS, KEYWORDS};
use super::super::syntax::{Line, Place};
use super::Parser;

impl Parser<'_> {
    /// Names from here on are of this namespace.
    pub(super) fn enter_namespace(&mut self, name: &str, line: Line) {
        let valid = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
            && !name.is_empty()
            && !name.as_bytes()[0].is_ascii_digit();
        if !valid {
            self.error(line, &format!("namespace name `{name}' must meet identifier naming rules"));
        } else if is_reserved(name) {
            self.error(line, &format!("using reserved identifier `{name}' as a namespace is not allowed"));
        } else {
            self.namespace = if name == "awk" { String::new() } else { format!("{name}::") };
        }
    }

    /// A name as all namespaces see it.
    pub(super) fn qualify(&self, name: &str) -> String {
        if let Some(own) = name.strip_prefix("awk::") {
            return own.to_owned();
        }
        // Names in capitals are the same everywhere.
        let shared = name.bytes().all(|b| b.is_ascii_uppercase());
        if name.contains("::") || self.namespace.is_empty() || shared {
            return name.to_owned();
        }
        format!("{}{name}", self.namespace)
    }

    /// What is wrong with a qualified name.
    pub(super) fn check_qualified(&mut self, name: &str) -> bool {
        let Some((space, own)) = name.split_once("::") else { return true };
        let line = self.line();
        if is_reserved(space) {
            self.error(line, &format!("using reserved identifier `{space}' as a namespace is not allowed"));
            return false;
        }
        if is_reserved(own) && !super::super::lexer::is_extension(own) && space != "awk" || KEYWORDS.contains(&own) {
            let message =
                format!("using reserved identifier `{own}' as second component of a qualified name is not allowed");
            self.error(line, &message);
            return false;
        }
        true
    }

    pub(super) fn global(&mut self, name: &str) -> usize {
        if let Some(index) = self.global_names.get(name) {
            return *index;
        }
        let index = self.program.globals.len();
        self.program.globals.push(name.to_owned());
        self.global_names.insert(name.to_owned(), index);
        index
    }

    pub(super) fn place(&mut self, name: &str) -> Place {
        match self.locals.iter().position(|local| local == name) {
            Some(at) => Place::Local(at),
            None => {
                let line = self.line();
                let name = self.qualify(name);
                let index = self.global(&name);
                self.used.entry(index).or_insert(line);
                Place::Global(index)
            }
        }
    }
}

fn is_reserved(name: &str) -> bool {
    KEYWORDS.contains(&name) || BUILTINS.contains(&name)
}
