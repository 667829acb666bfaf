//! `case`.

use crate::error::Run;
use crate::expand::pattern;
use crate::shell::Shell;
use crate::syntax::ast::{ArmEnd, Case};

impl Shell {
    pub(crate) fn run_case(&mut self, command: &Case) -> Run {
        if self.state.traps.has_debug() || self.state.options.xtrace {
            let text = [b"case ", &command.word.text[..], b" in "].concat();
            self.command_text = text.clone();
            if !self.run_debug_trap()? {
                return Ok(());
            }
            if self.state.options.xtrace {
                let text = [b"case ", &crate::syntax::print::word_text(&command.word)[..], b" in"].concat();
                self.trace(&text)?;
            }
        }
        let word = self.expand_string(&command.word)?;
        let rules = self.rules(true);
        let mut falling = false;
        let mut status = 0;
        self.state.status = 0;
        for arm in &command.arms {
            if !falling {
                let mut found = false;
                for pattern in &arm.patterns {
                    let pattern = self.expand_pattern(pattern)?;
                    if pattern::matches(&pattern, &word, rules) {
                        found = true;
                        break;
                    }
                }
                if !found {
                    continue;
                }
            }
            if arm.body.items.is_empty() {
                self.state.status = 0;
            } else {
                self.run_list(&arm.body)?;
            }
            status = self.state.status;
            match arm.end {
                ArmEnd::Break => return Ok(()),
                ArmEnd::FallThrough => falling = true,
                ArmEnd::Continue => falling = false,
            }
        }
        self.state.status = status;
        Ok(())
    }
}
