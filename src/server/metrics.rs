//! What the server counts, told at `/metrics` in Prometheus' text format.

use std::{
    collections::HashMap,
    fmt::Write,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
};

/// A number that only grows.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// One more.
    pub fn one(&self) {
        self.add(1);
    }

    /// So many more.
    pub fn add(&self, count: u64) {
        self.0.fetch_add(count, Ordering::Relaxed);
    }

    /// How many until now.
    #[must_use]
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// A number that goes up and down.
#[derive(Debug, Default)]
pub struct Gauge(AtomicI64);

impl Gauge {
    /// So many more, or fewer.
    pub fn add(&self, count: i64) {
        self.0.fetch_add(count, Ordering::Relaxed);
    }

    /// How many there are.
    #[must_use]
    pub fn get(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Everything that is counted in memory.
#[derive(Debug, Default)]
pub struct Metrics {
    /// Open TCP connections, WebSockets included.
    pub connections: Gauge,
    /// Connections refused at a limit.
    pub refused: Counter,
    /// Open WebSockets.
    pub live: Gauge,
    /// Calls begun.
    pub calls: Counter,
    /// Calls answered.
    pub answered: Counter,
    /// Lines made durable.
    pub lines: Counter,
    /// Letters that left.
    pub letters_sent: Counter,
    /// Letters given up.
    pub letters_failed: Counter,
    requests: Mutex<HashMap<String, HashMap<u16, u64>>>,
}

impl Metrics {
    /// Counts an answer. `route` is the route's pattern, never the path itself, so that nobody fills the memory.
    pub fn request(&self, route: &str, status: u16) {
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(statuses) = requests.get_mut(route) {
            *statuses.entry(status).or_default() += 1;
        } else {
            requests.entry(route.to_owned()).or_default().insert(status, 1);
        }
    }

    /// The text format; `gauges` are the ones only the database knows.
    #[must_use]
    pub fn render(&self, gauges: &[(&str, &str, u64)]) -> String {
        let mut text = String::with_capacity(2048);
        let mut one = |name: &str, kind: &str, help: &str, value: &dyn std::fmt::Display| {
            // Writing into a String cannot fail.
            let _ = write!(text, "# HELP {name} {help}\n# TYPE {name} {kind}\n{name} {value}\n");
        };
        one("ch_connections", "gauge", "Open TCP connections.", &self.connections.get());
        one("ch_connections_refused_total", "counter", "Connections over a limit.", &self.refused.get());
        one("ch_live_connections", "gauge", "Open WebSockets.", &self.live.get());
        one("ch_calls_total", "counter", "Calls begun.", &self.calls.get());
        one("ch_calls_answered_total", "counter", "Calls answered.", &self.answered.get());
        one("ch_lines_total", "counter", "Lines made durable.", &self.lines.get());
        one("ch_letters_sent_total", "counter", "Letters that left.", &self.letters_sent.get());
        one("ch_letters_failed_total", "counter", "Letters given up.", &self.letters_failed.get());
        for (name, help, value) in gauges {
            one(name, "gauge", help, value);
        }
        text.push_str(
            "# HELP ch_requests_total Answers by route and status.\n# TYPE ch_requests_total counter\n",
        );
        let requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        let mut lines: Vec<String> = requests
            .iter()
            .flat_map(|(route, statuses)| {
                statuses.iter().map(move |(status, count)| {
                    format!("ch_requests_total{{route=\"{route}\",status=\"{status}\"}} {count}\n")
                })
            })
            .collect();
        lines.sort_unstable();
        text.extend(lines);
        text
    }
}
