//! What an operator can set, and the bounds that tests shorten.

use std::{sync::Arc, time::Duration};

use super::security::cidr::Cidr;
use crate::{
    call::Times,
    mail::{
        mailbox::Mailbox,
        transport::{Access, Via},
    },
    wire::time::DAY,
};

/// How the server behaves.
#[derive(Debug, Clone)]
pub struct Options {
    /// `--tls-cert`, `--tls-key`: speak TLS on the listener.
    pub tls: Option<Arc<rustls::ServerConfig>>,
    /// `--trusted-proxy`: whose `Forwarded` and `X-Forwarded-For` are believed.
    pub trusted_proxies: Vec<Cidr>,
    /// `--via`: how letters leave. `None`: this server sends no mail and promises none.
    pub way: Option<Way>,
    /// `--register-rate`: registrations an hour and client address.
    pub register_rate: u32,
    /// `--keep`: milliseconds a conversation is kept after its last line.
    pub keep: i64,
    /// The spans of a call, and of a sender's claim.
    pub times: Times,
    /// How long anything may take.
    pub timeouts: Timeouts,
    /// How much of anything there may be.
    pub limits: Limits,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            tls: None,
            trusted_proxies: Vec::new(),
            way: None,
            register_rate: 10,
            keep: 365 * DAY,
            times: Times::default(),
            timeouts: Timeouts::default(),
            limits: Limits::default(),
        }
    }
}

/// How letters leave.
#[derive(Debug, Clone)]
pub struct Way {
    /// `--via`.
    pub via: Via,
    /// Password and the like.
    pub access: Access,
    /// `--from`: who letters come from.
    pub from: Mailbox,
}

/// How long anything may take.
#[derive(Debug, Clone, Copy)]
pub struct Timeouts {
    /// A TLS handshake.
    pub handshake: Duration,
    /// From the first byte (or the last answer) to the end of a request's head.
    pub head: Duration,
    /// A whole request that is not a stream, body included.
    pub request: Duration,
    /// A stream in which neither side moves.
    pub stall: Duration,
    /// From the signal to stop until what is still open is cut.
    pub drain: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            handshake: Duration::from_secs(10),
            head: Duration::from_secs(10),
            request: Duration::from_secs(30),
            stall: Duration::from_secs(60),
            drain: Duration::from_secs(10),
        }
    }
}

/// How much of anything there may be.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Open connections, WebSockets included.
    pub connections: usize,
    /// Open connections from one address (IPv6: one /64) that is neither this machine nor a trusted proxy.
    pub connections_per_address: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { connections: 50_000, connections_per_address: 1_000 }
    }
}
