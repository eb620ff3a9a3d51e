//! How large and how long: the real thing, or just enough to see that it runs.

use std::time::Duration;

/// The sizes of every group.
#[derive(Debug, Clone, Copy)]
pub struct Scale {
    /// Measurements whose median is told.
    pub rounds: usize,
    /// Before a measurement.
    pub warm_up: Duration,
    /// One measurement.
    pub span: Duration,
    /// Pairs of the relay.
    pub pairs: usize,
    /// Pairs that say durable lines.
    pub speakers: usize,
    /// Idle agents.
    pub agents: usize,
    /// How long the agents are left alone before memory is read.
    pub quiet: Duration,
    /// Starts of each tool.
    pub starts: usize,
    /// Mails of the corpus.
    pub mails: usize,
    /// Mails of the mailbox that is fetched.
    pub mailbox: usize,
    /// Customers' pages.
    pub pages: usize,
    /// Presses over each line.
    pub presses: usize,
    /// Members of a shop.
    pub members: usize,
    /// Deliveries that are taken, marked and settled.
    pub deliveries: usize,
}

impl Scale {
    /// `BENCH_QUICK=1`: small.
    pub fn from_env() -> Self {
        if std::env::var_os("BENCH_QUICK").is_some_and(|value| value == "1") {
            Self {
                rounds: 1,
                warm_up: Duration::from_millis(100),
                span: Duration::from_millis(500),
                pairs: 10,
                speakers: 5,
                agents: 50,
                quiet: Duration::from_millis(500),
                starts: 5,
                mails: 500,
                mailbox: 200,
                pages: 50,
                presses: 3,
                members: 5_000,
                deliveries: 2_000,
            }
        } else {
            Self {
                rounds: 5,
                warm_up: Duration::from_secs(1),
                span: Duration::from_secs(4),
                pairs: 500,
                speakers: 100,
                agents: 10_000,
                quiet: Duration::from_secs(10),
                starts: 300,
                mails: 100_000,
                mailbox: 3_000,
                pages: 5_000,
                presses: 25,
                members: 1_000_000,
                deliveries: 200_000,
            }
        }
    }
}
