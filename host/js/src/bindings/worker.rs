//! `worker`: threads.

use crate::table::Table;

/// What a Worker is started with.
#[derive(Debug)]
pub(crate) struct Start {}

pub(super) fn table() -> Table {
    Table::new("worker").no_ops(&["getEnvMessagePort"])
}
