//! What keeps faults and attackers out: tickets checked, rates kept, addresses believed or not.

pub mod cidr;
pub mod code;
pub mod presses;
pub mod rate;
pub mod session;
pub mod ticket;
pub mod user_agent;

use std::net::{IpAddr, Ipv6Addr};

use rate::Rate;

use super::options::Options;
use crate::wire::SecretHash;

/// Presses one address may make a minute: each can begin a conversation.
const PRESSES: u32 = 300;
/// Looks one address may make a minute: a person's whole mailbox, but not a list of addresses to guess from.
const LOOKS: u32 = 1200;
/// Links one address may ask for an hour, to sign in with: a whole office behind it.
const SIGN_INS: u32 = 60;
/// Times an address may ask an hour to get promotion (again): a whole office behind it.
const JOINS: u32 = 60;
/// Letters one mail address gets an hour that somebody else can cause.
const LETTERS: u32 = 5;

/// What the server remembers of who did how much.
#[derive(Debug)]
pub struct Security {
    /// Registrations and codes tried, by client address.
    pub registrations: Rate<IpAddr>,
    /// Presses, by client address.
    pub presses: Rate<IpAddr>,
    /// Sign-ins begun, by client address.
    pub sign_ins: Rate<IpAddr>,
    /// Joining, and coming back to promotion, by client address.
    pub joins: Rate<IpAddr>,
    /// Looks, by client address.
    pub looks: Rate<IpAddr>,
    /// Confirmations, recoveries and sign-ins, by the hash of the mail address.
    pub letters: Rate<SecretHash>,
    /// `live` tickets that are still good.
    pub pressed: presses::Presses,
}

impl Security {
    /// Fresh, with the operator's rates.
    #[must_use]
    pub fn new(options: &Options) -> Self {
        Self {
            registrations: Rate::per_hour(options.register_rate),
            presses: Rate::per_minute(PRESSES),
            sign_ins: Rate::per_hour(SIGN_INS),
            joins: Rate::per_hour(JOINS),
            looks: Rate::per_minute(LOOKS),
            letters: Rate::per_hour(LETTERS),
            pressed: presses::Presses::default(),
        }
    }
}

/// The address that limits count: an IPv4 address, or an IPv6 network of 64 bits, since who has one has all of it.
#[must_use]
pub fn counted(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from(u128::from(v6) & !u128::from(u64::MAX))),
        v4 => v4,
    }
}
