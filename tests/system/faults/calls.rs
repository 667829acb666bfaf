//! Wild arguments to every call.

use std::time::Duration;

use crate::guest::{self, Import, PAGE, Type, op};
use crate::support::vm;
use crate::witness::Witness;

const SIGKILL: u8 = 9;

/// What a pointer, a length or anything else may be instead of what it should.
const WILD: [i64; 5] = [-1, PAGE as i64 - 1, i32::MAX as i64, i32::MIN as i64, i64::MIN];

/// A guest that makes one call with wild arguments of all kinds: all of them, and all but a first that is a descriptor, or
/// is good as anything.
fn wild_caller(module: &str, name: &str, letters: &str) -> Vec<u8> {
    let parameters = guest::types(letters);
    let mut body = Vec::new();
    for wild in WILD {
        for first in [None, Some(0), Some(1), Some(3)] {
            for (index, &type_) in parameters.iter().enumerate() {
                let value = if index == 0 { first.unwrap_or(wild) } else { wild };
                body.extend(op::constant(type_, value));
            }
            body.extend(op::call(0));
            body.push(op::DROP);
        }
    }
    guest::module(&[Import { module, name, parameters }], &body)
}

async fn survives(module: &str, calls: &[(&str, &str)]) {
    let vm = vm().await;
    let witness = Witness::of(&vm).await;
    for (name, letters) in calls {
        let mut guest = guest::start(&vm, &wild_caller(module, name, letters)).await;
        let status = match tokio::time::timeout(Duration::from_millis(500), guest.wait()).await {
            Ok(status) => status.expect("waited for"),
            // It waits for something that will not come, as it may.
            Err(_) => {
                guest.kill().await.expect("killed");
                guest.wait().await.expect("waited for")
            }
        };
        // By itself, by a signal it sent itself, or by ours.
        let ended = status.success() || status.signal().is_some_and(|signal| signal <= SIGKILL);
        assert!(ended, "{name}: {status}");
        assert_eq!(vm.failure(), None, "{name}");
    }
    witness.noticed_nothing().await;
}

#[tokio::test]
async fn of_wasi_preview_1() {
    survives("wasi_snapshot_preview1", PREVIEW1).await;
}

#[tokio::test]
async fn of_vivarium_preview_1() {
    survives("vivarium_preview1", POSIX).await;
}

/// A pointer that is wild, all else good: `EFAULT`, never more.
#[tokio::test]
async fn a_bad_address_is_efault() {
    const EFAULT: i64 = 21;
    // The call; its arguments, of which -1 is the bad address.
    let calls: &[(&str, &str, &str, &[i64])] = &[
        ("wasi_snapshot_preview1", "fd_fdstat_get", "II", &[1, -1]),
        ("wasi_snapshot_preview1", "fd_filestat_get", "II", &[1, -1]),
        ("wasi_snapshot_preview1", "random_get", "II", &[-1, 16]),
        ("wasi_snapshot_preview1", "clock_time_get", "ILI", &[0, 0, -1]),
        ("wasi_snapshot_preview1", "fd_write", "IIII", &[1, -1, 1, 0]),
        ("wasi_snapshot_preview1", "path_create_directory", "III", &[3, -1, 4]),
        ("vivarium_preview1", "fs_fstat", "II", &[1, -1]),
        ("vivarium_preview1", "fs_pipe", "II", &[0, -1]),
        ("vivarium_preview1", "fs_write", "IIII", &[1, -1, 4, 0]),
        ("vivarium_preview1", "proc_spawn", "II", &[-1, 0]),
        ("vivarium_preview1", "proc_usage", "I", &[-1]),
    ];
    let vm = vm().await;
    for (module, name, letters, arguments) in calls {
        let parameters = guest::types(letters);
        let mut body: Vec<u8> =
            parameters.iter().zip(*arguments).flat_map(|(&type_, &value)| op::constant(type_, value)).collect();
        body.extend(op::call(0));
        body.extend(op::constant(Type::I32, EFAULT));
        body.push(op::I32_NOT_EQUAL);
        body.extend(op::IF);
        body.extend([op::UNREACHABLE, op::END]);
        let import = Import { module, name, parameters };
        let mut guest = guest::start(&vm, &guest::module(&[import], &body)).await;
        assert!(guest.wait().await.expect("waited for").success(), "{name}");
    }
}

/// All calls of WASI preview 1 that give an error number, with their parameters.
#[rustfmt::skip]
const PREVIEW1: &[(&str, &str)] = &[
    ("args_get", "II"), ("args_sizes_get", "II"), ("clock_res_get", "II"), ("clock_time_get", "ILI"),
    ("environ_get", "II"), ("environ_sizes_get", "II"), ("fd_advise", "ILLI"), ("fd_allocate", "ILL"),
    ("fd_close", "I"), ("fd_datasync", "I"), ("fd_fdstat_get", "II"), ("fd_fdstat_set_flags", "II"),
    ("fd_fdstat_set_rights", "ILL"), ("fd_filestat_get", "II"), ("fd_filestat_set_size", "IL"),
    ("fd_filestat_set_times", "ILLI"), ("fd_pread", "IIILI"), ("fd_prestat_dir_name", "III"),
    ("fd_prestat_get", "II"), ("fd_pwrite", "IIILI"), ("fd_read", "IIII"), ("fd_readdir", "IIILI"),
    ("fd_renumber", "II"), ("fd_seek", "ILII"), ("fd_sync", "I"), ("fd_tell", "II"), ("fd_write", "IIII"),
    ("path_create_directory", "III"), ("path_filestat_get", "IIIII"), ("path_filestat_set_times", "IIIILLI"),
    ("path_link", "IIIIIII"), ("path_open", "IIIIILLII"), ("path_readlink", "IIIIII"),
    ("path_remove_directory", "III"), ("path_rename", "IIIIII"), ("path_symlink", "IIIII"),
    ("path_unlink_file", "III"), ("poll_oneoff", "IIII"), ("proc_raise", "I"), ("random_get", "II"),
    ("sched_yield", ""), ("sock_accept", "III"), ("sock_recv", "IIIIII"), ("sock_send", "IIIII"),
    ("sock_shutdown", "II"),
];

/// All calls of `vivarium_preview1`.
#[rustfmt::skip]
const POSIX: &[(&str, &str)] = &[
    ("fs_access", "IIIII"), ("fs_available", "II"), ("fs_chdir", "II"), ("fs_chmod", "IIIII"),
    ("fs_chown", "IIIIII"), ("fs_close", "I"), ("fs_close_on_exec_get", "II"), ("fs_close_on_exec_set", "II"),
    ("fs_dup", "IIII"), ("fs_dup_to", "III"), ("fs_fchdir", "I"), ("fs_fchmod", "II"), ("fs_fchown", "III"),
    ("fs_flags_get", "II"), ("fs_flags_set", "II"), ("fs_fstat", "II"), ("fs_getcwd", "III"),
    ("fs_lock_get", "II"), ("fs_lock_set", "III"), ("fs_mkdir", "IIII"), ("fs_mknod", "IIIII"),
    ("fs_open", "IIIIII"), ("fs_pipe", "II"), ("fs_read", "IIII"), ("fs_readlink", "IIIIII"),
    ("fs_realpath", "IIIIII"), ("fs_rename", "IIIIIII"), ("fs_seek", "ILII"), ("fs_stat", "IIIII"),
    ("fs_statfs", "IIII"), ("fs_truncate", "IIIL"), ("fs_watch_add", "IIIII"), ("fs_watch_open", "II"),
    ("fs_watch_remove", "II"), ("fs_write", "IIII"), ("net_accept", "IIII"), ("net_bind", "II"),
    ("net_connect", "II"), ("net_listen", "II"), ("net_local_address", "II"), ("net_option_get", "III"),
    ("net_option_set", "IIL"), ("net_peer_address", "II"), ("net_receive", "IIIIIII"), ("net_resolve", "IIIIII"),
    ("net_resolve_address", "IIII"), ("net_send", "IIIIIIII"), ("net_shutdown", "II"), ("net_socket", "IIII"),
    ("net_socketpair", "III"), ("poll", "IILI"), ("proc_alarm", "LLI"), ("proc_exec", "I"),
    ("proc_hostname_get", "III"), ("proc_hostname_set", "II"), ("proc_ids", "II"), ("proc_kill", "III"),
    ("proc_limit_get", "III"), ("proc_limit_set", "III"), ("proc_nice_get", "II"), ("proc_nice_set", "II"),
    ("proc_set_gid", "II"), ("proc_set_group", "II"), ("proc_set_session", "I"), ("proc_set_uid", "II"),
    ("proc_spawn", "II"), ("proc_title_set", "II"), ("proc_umask", "II"), ("proc_usage", "I"),
    ("proc_wait", "IIII"), ("sig_action", "III"), ("sig_mask", "ILI"), ("sig_pending", "I"), ("sig_suspend", "L"),
    ("sig_take", "I"), ("tty_attributes_get", "II"), ("tty_attributes_set", "III"),
    ("tty_controlling_release", ""), ("tty_controlling_set", "I"), ("tty_drain", "I"), ("tty_flush", "II"),
    ("tty_foreground_get", "II"), ("tty_foreground_set", "II"), ("tty_is", "I"), ("tty_name", "IIII"),
    ("tty_open", "II"), ("tty_session_get", "II"), ("tty_size_get", "II"), ("tty_size_set", "II"),
];
