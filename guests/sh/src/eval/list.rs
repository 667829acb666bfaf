//! Lists and and-or lists (POSIX 2.9.3).

use crate::error::{Run, Unwind};
use crate::shell::Shell;
use crate::syntax::ast::{AndOr, Item, List, Pipeline};

/// How deep evaluation may nest before the shell gives up rather than overflow its stack.
pub(crate) const DEPTH: u32 = if cfg!(target_os = "wasi") { 1_500 } else { 2_500 };

impl Shell {
    pub(crate) fn run_list(&mut self, list: &List) -> Run {
        for item in &list.items {
            if item.background {
                self.run_background(item)?;
            } else {
                self.run_item(item)?;
            }
        }
        Ok(())
    }

    /// An and-or list in the foreground.
    pub(crate) fn run_item(&mut self, item: &Item) -> Run {
        if item.rest.is_empty() {
            return self.run_pipeline(&item.first);
        }
        let last = item.rest.len();
        let mut present: &Pipeline = &item.first;
        let mut ran = true;
        for i in 0..=last {
            if ran {
                if i == last {
                    self.run_pipeline(present)?;
                } else {
                    self.condition(|shell| shell.run_pipeline(present))?;
                }
            }
            if let Some((operator, next)) = item.rest.get(i) {
                ran = (self.state.status == 0) == (*operator == AndOr::And);
                present = next;
            }
        }
        Ok(())
    }

    /// A list whose status is a condition.
    pub(crate) fn run_condition(&mut self, list: &List) -> Run<bool> {
        self.condition(|shell| shell.run_list(list))?;
        Ok(self.state.status == 0)
    }

    /// Counts a level of evaluation.
    pub(crate) fn deeper<T>(&mut self, f: impl FnOnce(&mut Shell) -> Run<T>) -> Run<T> {
        if self.depth >= DEPTH {
            self.complain("maximum evaluation depth exceeded: the command recurses without end");
            self.state.status = 2;
            return Err(Unwind::Exit);
        }
        self.depth += 1;
        let result = f(self);
        self.depth -= 1;
        result
    }
}
