//! The readers: a few read-only connections beside the writer. Each read is one transaction, which sees
//! everything that was committed before it began, so also everything acknowledged.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use rusqlite::Connection;
use tokio::{sync::Semaphore, task};

use super::{StoreError, db::Db, keys::Keys, open, pool::Pool};

type Result<T> = std::result::Result<T, StoreError>;

/// Reads at once.
pub(super) const READERS: usize = 4;

fn failed<T>() -> Result<T> {
    Err(StoreError::File("a database read failed; this is a bug".to_owned()))
}

/// A read on its way. Nobody reads for an asker that is gone.
struct Asked<T>(task::JoinHandle<T>);

impl<T> Drop for Asked<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Connections that are not in use now, opened as they are needed.
#[derive(Debug)]
pub(super) struct Readers {
    database: PathBuf,
    keys: Arc<Keys>,
    pool: Arc<Pool>,
    idle: Mutex<Vec<Connection>>,
    turns: Arc<Semaphore>,
}

impl Readers {
    pub(super) fn new(database: PathBuf, keys: Arc<Keys>, pool: Arc<Pool>) -> Self {
        let turns = Arc::new(Semaphore::new(READERS));
        Self { database, keys, pool, idle: Mutex::new(Vec::new()), turns }
    }

    pub(super) fn pool_size(&self) -> u64 {
        self.pool.size()
    }

    /// Asks on a thread where blocking is allowed.
    pub(super) async fn read<T: Send + 'static>(
        self: &Arc<Self>,
        ask: impl FnOnce(Db<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let readers = Arc::clone(self);
        // In a task of its own: turns go to who waits longest, and an asker that is busy with something else when it
        // gets one would keep it from everybody.
        let mut asked = Asked(task::spawn(async move {
            let turn = Arc::clone(&readers.turns).acquire_owned().await.map_err(|_| StoreError::Closed)?;
            task::spawn_blocking(move || {
                let answer = readers.read_now(ask);
                drop(turn);
                answer
            })
            .await
            .unwrap_or_else(|_| failed())
        }));
        (&mut asked.0).await.unwrap_or_else(|_| failed())
    }

    fn read_now<T>(&self, ask: impl FnOnce(Db<'_>) -> Result<T>) -> Result<T> {
        let idle = self.idle().pop();
        let sql = match idle {
            Some(sql) => sql,
            None => open::reader(&self.database)?,
        };
        sql.prepare_cached("BEGIN")?.execute([])?;
        let answer = ask(Db { sql: &sql, keys: &self.keys, pool: &self.pool });
        // One that cannot even end its transaction is not used again.
        if sql.prepare_cached("COMMIT")?.execute([]).is_ok() {
            self.idle().push(sql);
        }
        answer
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for the reads that are going on; later ones get `Closed`.
    pub(super) async fn stop(&self) {
        let all = u32::try_from(READERS).unwrap_or(u32::MAX);
        let ended = self.turns.acquire_many(all).await;
        self.turns.close();
        drop(ended);
        self.idle().clear();
    }
}
