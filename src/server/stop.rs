//! The word to stop, and knowing when everybody has heeded it.

use tokio::sync::watch;

/// Whoever holds one goes on working until told, and is waited for until it is dropped.
#[derive(Debug, Clone)]
pub struct Stop(watch::Receiver<bool>);

/// Who tells.
#[derive(Debug)]
pub struct Stopper(watch::Sender<bool>);

/// A stopper and the first of those it tells.
#[must_use]
pub fn stopper() -> (Stopper, Stop) {
    let (sender, receiver) = watch::channel(false);
    (Stopper(sender), Stop(receiver))
}

impl Stop {
    /// Ready when the word was given.
    pub async fn told(&mut self) {
        // A stopper that is gone says the same.
        let _ = self.0.wait_for(|stop| *stop).await;
    }
}

impl Stopper {
    /// Gives the word.
    pub fn tell(&self) {
        self.0.send_replace(true);
    }

    /// Ready when the last [`Stop`] is dropped.
    pub async fn heeded(&self) {
        self.0.closed().await;
    }
}
