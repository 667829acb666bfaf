//! Processes, tasks, signals and limits.

mod account;
mod alarm;
mod drop_processes;
mod exec;
mod exit;
mod hostname;
mod ids;
mod kill;
mod limits;
mod nice;
mod process;
mod program;
mod session;
mod signal;
mod signal_calls;
mod spawn;
mod table;
mod task;
mod title;
mod validate;
mod wait;

pub use account::Usage;
pub use ids::Ids;
pub use kill::KillTarget;
pub use limits::{Limit, Resource};
pub use process::{Process, Status};
pub use program::Program;
pub use session::Session;
pub(crate) use signal::number;
pub use signal::{Disposition, MaskHow, Signal, SignalSet, SignalState};
pub use spawn::{FileAction, SpawnAttributes};
pub use table::Processes;
pub use wait::{StateChange, WaitFor, WaitOptions, WaitStatus};
