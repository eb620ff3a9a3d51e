//! Which life of the database this is. A backup that was brought back begins another one: positions that clients
//! know from the one before may be other lines now, or none yet.

use std::{fs, io, path::PathBuf};

use super::{Place, Result, Store, StoreError, files};
use crate::wire::Epoch;

impl Store {
    /// The epoch that every position belongs to.
    #[must_use]
    pub fn epoch(&self) -> &Epoch {
        &self.epoch
    }
}

impl Place {
    fn epoch_file(&self) -> PathBuf {
        self.data.join("epoch")
    }

    /// Reads it, or begins one.
    ///
    /// # Errors
    /// `File`.
    pub(super) fn epoch(&self) -> Result<Epoch> {
        let path = self.epoch_file();
        match fs::read_to_string(&path) {
            Ok(text) => match text.trim().parse() {
                Ok(epoch) => Ok(epoch),
                // Damaged is as good as gone: another epoch costs a few lines that are told twice.
                Err(_) => self.end_epoch().and_then(|()| self.begin_epoch()),
            },
            Err(error) if error.kind() == io::ErrorKind::NotFound => self.begin_epoch(),
            Err(error) => Err(files::failed(&path, &error)),
        }
    }

    /// The next start begins another one.
    ///
    /// # Errors
    /// `File`.
    pub(super) fn end_epoch(&self) -> Result<()> {
        let path = self.epoch_file();
        match fs::remove_file(&path) {
            Ok(()) => files::sync_dir(&self.data),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(files::failed(&path, &error)),
        }
    }

    fn begin_epoch(&self) -> Result<Epoch> {
        let epoch = Epoch::random().map_err(|error| StoreError::File(error.to_string()))?;
        files::put_private(&self.epoch_file(), format!("{epoch}\n").as_bytes())?;
        Ok(epoch)
    }
}
