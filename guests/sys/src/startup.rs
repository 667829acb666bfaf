//! What a program does before its own work.

/// Gives wasi-libc the process's current directory, which only the kernel knows: without this, relative paths of the standard
/// library start at `/`. To be called first thing in `main`. On other systems it does nothing.
pub fn init() {
    #[cfg(target_os = "wasi")]
    {
        use std::ffi::OsString;
        use std::os::wasi::ffi::OsStringExt;
        // A removed current directory leaves `/`: every relative path fails or not as the kernel says.
        if let Ok(cwd) = crate::fs::getcwd() {
            let _ = std::env::set_current_dir(OsString::from_vec(cwd));
        }
    }
}
