//! Public keys from the DNS: TXT records, asked for only when somebody wants them, each name once.

use std::{collections::HashMap, io, net::SocketAddr, time::Duration};

use hickory_resolver::{
    TokioResolver,
    config::{NameServerConfig, ResolverConfig},
    net::runtime::TokioRuntimeProvider,
    proto::rr::RData,
};
use tokio::runtime::{Builder, Runtime};

use super::verify::Lookup;

/// How long a server may take to answer, and how often it is asked.
const TIMEOUT: Duration = Duration::from_secs(5);
const ATTEMPTS: usize = 2;
/// Names that are remembered.
const NAMES: usize = 10_000;

/// Asks the name servers of this machine, or one.
pub struct Dns {
    runtime: Runtime,
    resolver: TokioResolver,
    known: HashMap<String, Lookup>,
}

impl std::fmt::Debug for Dns {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Dns").field("known", &self.known.len()).finish_non_exhaustive()
    }
}

impl Dns {
    /// Asks nobody yet. `server`: this one instead of those that `/etc/resolv.conf` names.
    ///
    /// # Errors
    /// When the machine's own servers cannot be told, or there is no room for a runtime.
    pub fn new(server: Option<SocketAddr>) -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        // The resolver's own tasks live in the runtime.
        let within = runtime.enter();
        let mut builder = match server {
            None => TokioResolver::builder_tokio().map_err(io::Error::other)?,
            Some(address) => {
                let mut server = NameServerConfig::udp_and_tcp(address.ip());
                for connection in &mut server.connections {
                    connection.port = address.port();
                }
                let config = ResolverConfig::from_parts(None, Vec::new(), vec![server]);
                TokioResolver::builder_with_config(config, TokioRuntimeProvider::default())
            }
        };
        let options = builder.options_mut();
        options.timeout = TIMEOUT;
        options.attempts = ATTEMPTS;
        // Keys have long records.
        options.edns0 = true;
        let resolver = builder.build().map_err(io::Error::other)?;
        drop(within);
        Ok(Self { runtime, resolver, known: HashMap::new() })
    }

    /// The TXT records at a name.
    pub fn look_up(&mut self, name: &str) -> Lookup {
        if let Some(known) = self.known.get(name) {
            return known.clone();
        }
        let found = self.ask(name);
        if self.known.len() < NAMES {
            self.known.insert(name.to_owned(), found.clone());
        }
        found
    }

    fn ask(&self, name: &str) -> Lookup {
        // The dot at the end: as it stands, without this machine's search domains.
        let answer = match self.runtime.block_on(self.resolver.txt_lookup(format!("{name}."))) {
            Ok(answer) => answer,
            Err(error) if error.is_no_records_found() || error.is_nx_domain() => return Lookup::Nothing,
            Err(error) => return Lookup::Failed(format!("{name}: {error}")),
        };
        let text = |data: &RData| match data {
            RData::TXT(record) => Some(String::from_utf8_lossy(&record.txt_data.concat()).into_owned()),
            _ => None,
        };
        let records: Vec<String> = answer.answers().iter().filter_map(|record| text(&record.data)).collect();
        if records.is_empty() { Lookup::Nothing } else { Lookup::Found(records) }
    }
}
