//! Files and directories that must outlast a power cut.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use super::StoreError;

type Result<T> = std::result::Result<T, StoreError>;

/// Names the file in the error.
pub(super) fn failed(path: &Path, error: &io::Error) -> StoreError {
    StoreError::File(format!("{}: {error}", path.display()))
}

/// The same of what was to be made.
fn not_made(path: &Path, error: &io::Error) -> StoreError {
    StoreError::Create(format!("{}: {error}", path.display()))
}

/// Makes `dir` (0700) and what is missing above it.
pub(super) fn make_dir(dir: &Path) -> Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(|e| not_made(dir, &e))
}

/// What was made, renamed or removed in `dir` stays so.
pub(super) fn sync_dir(dir: &Path) -> Result<()> {
    File::open(dir).and_then(|dir| dir.sync_all()).map_err(|e| failed(dir, &e))
}

/// The directory `file` is in.
pub(super) fn parent(file: &Path) -> &Path {
    match file.parent() {
        Some(dir) if !dir.as_os_str().is_empty() => dir,
        _ => Path::new("."),
    }
}

/// A name beside `file`, on the same file system, for it to be renamed from.
pub(super) fn beside(file: &Path) -> PathBuf {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    parent(file).join(format!(".{name}.{}.new", std::process::id()))
}

/// Makes `path` (0600) empty and new, in place of what an earlier attempt may have left there.
pub(super) fn make_private(path: &Path) -> Result<File> {
    match fs::remove_file(path) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(not_made(path, &e)),
        _ => {}
    }
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(|e| not_made(path, &e))
}

/// Puts a finished file (0600) in place, whole or not at all, and durably. Replaces nothing.
pub(super) fn put_private(path: &Path, content: &[u8]) -> Result<()> {
    let new = beside(path);
    let mut file = make_private(&new)?;
    file.write_all(content).and_then(|()| file.sync_all()).map_err(|e| failed(&new, &e))?;
    // A link, unlike a rename, fails when the name is there: O_EXCL for a whole file.
    let linked = fs::hard_link(&new, path).map_err(|e| failed(path, &e));
    fs::remove_file(&new).map_err(|e| failed(&new, &e))?;
    linked?;
    sync_dir(parent(path))
}
