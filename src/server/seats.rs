//! How many connections may be open at once, in all and from one address.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
};

use super::{Shared, security};

/// The seats of one server.
#[derive(Debug)]
pub struct Seats {
    shared: Shared,
    taken: Mutex<Taken>,
}

#[derive(Debug, Default)]
struct Taken {
    all: usize,
    by_address: HashMap<IpAddr, u32>,
}

/// One connection's; given back when dropped.
#[derive(Debug)]
pub struct Seat {
    seats: Arc<Seats>,
    /// `None`: this machine or a trusted proxy, which are not counted apart.
    address: Option<IpAddr>,
}

impl Seats {
    /// All free.
    #[must_use]
    pub fn new(shared: Shared) -> Arc<Self> {
        Arc::new(Self { shared, taken: Mutex::default() })
    }

    /// A seat for a connection from `peer`, if one is free.
    pub fn take(self: &Arc<Self>, peer: IpAddr) -> Option<Seat> {
        let options = &self.shared.options;
        let apart = !peer.to_canonical().is_loopback()
            && !options.trusted_proxies.iter().any(|network| network.contains(peer));
        let address = apart.then(|| security::counted(peer));
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let of_address = address.and_then(|a| taken.by_address.get(&a)).copied().unwrap_or(0);
        if taken.all >= options.limits.connections || of_address >= options.limits.connections_per_address {
            self.shared.metrics.refused.one();
            return None;
        }
        taken.all += 1;
        if let Some(address) = address {
            taken.by_address.insert(address, of_address + 1);
        }
        self.shared.metrics.connections.add(1);
        Some(Seat { seats: Arc::clone(self), address })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.seats.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.all -= 1;
        if let Some(address) = self.address
            && let Some(count) = taken.by_address.get_mut(&address)
        {
            *count -= 1;
            if *count == 0 {
                taken.by_address.remove(&address);
            }
        }
        self.seats.shared.metrics.connections.add(-1);
    }
}
