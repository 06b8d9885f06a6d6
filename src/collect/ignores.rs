//! A look at ignore files before the walker opens them: a pipe or a device would never end.

use std::path::Path;

/// Where patterns of files to leave out stand, below a directory.
const NAMES: [&str; 3] = [".gitignore", ".ignore", ".git/info/exclude"];

/// The largest ignore file that is read, in bytes: each line becomes a pattern of some KiB.
const MAX_BYTES: u64 = 256 * 1024;

/// Why the ignore files of a directory cannot be read; nothing where they can.
pub(super) fn fault(directory: &Path) -> Option<String> {
    NAMES.iter().find_map(|name| {
        let path = directory.join(name);
        let link = path.symlink_metadata().ok()?.is_symlink();
        // The walker passes over a link that leads nowhere.
        let data = path.metadata().ok()?;
        if data.is_dir() {
            return None;
        }
        // A file of the kernel has no length, and may have no end either.
        if !data.is_file() || (link && data.len() == 0) {
            return Some(format!(
                "its {name} is no regular file; delete that, or make it one"
            ));
        }
        (data.len() > MAX_BYTES).then(|| {
            let most = MAX_BYTES / 1024;
            format!("its {name} is larger than {most} KiB; list directories in it, not files")
        })
    })
}
