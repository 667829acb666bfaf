//! `times`.

use crate::error::Run;
use crate::shell::Shell;

pub(super) fn times(shell: &mut Shell, _: &[Vec<u8>]) -> Run<i32> {
    let Ok((own, children)) = vivarium_sys::limits::getrusage() else { return Ok(1) };
    let show =
        |time: u64| format!("{}m{}.{:03}s", time / 60_000_000_000, time / 1_000_000_000 % 60, time / 1_000_000 % 1000);
    for usage in [own, children] {
        shell.print(format!("{} {}\n", show(usage.user), show(usage.system)));
    }
    Ok(0)
}
