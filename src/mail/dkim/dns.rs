//! Public keys from the DNS: TXT records, asked for only when somebody wants them, each name once.

use std::{collections::HashMap, fmt, io, net::SocketAddr, str::FromStr, time::Duration};

use domain::{
    base::{
        Name, Rtype,
        iana::{Class, Rcode},
    },
    rdata::Txt,
    resolv::stub::{
        Answer, StubResolver,
        conf::{ResolvConf, ServerConf, Transport},
    },
};
use tokio::runtime::LocalRuntime;

use super::verify::Lookup;

/// The servers of this machine.
const RESOLV_CONF: &str = "/etc/resolv.conf";
/// How long a server may take to answer, and how often each is asked.
const TIMEOUT: Duration = Duration::from_secs(5);
const ATTEMPTS: usize = 2;
/// Names that are remembered.
const NAMES: usize = 10_000;

/// Asks the name servers of this machine, or one.
pub struct Dns {
    runtime: LocalRuntime,
    /// One for each server, in order.
    resolvers: Vec<StubResolver>,
    known: HashMap<String, Lookup>,
}

impl fmt::Debug for Dns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dns").field("known", &self.known.len()).finish_non_exhaustive()
    }
}

impl Dns {
    /// Asks nobody yet. `server`: this one instead of those that `/etc/resolv.conf` names.
    ///
    /// # Errors
    /// When the machine's own servers cannot be told, or there is no room for a runtime.
    pub fn new(server: Option<SocketAddr>) -> io::Result<Self> {
        let mut conf = ResolvConf::new();
        match server {
            Some(address) => conf.servers.push(ServerConf::new(address, Transport::UdpTcp)),
            None => conf
                .parse_file(RESOLV_CONF)
                .map_err(|error| io::Error::other(format!("{RESOLV_CONF}: {error}")))?,
        }
        conf.options.timeout = TIMEOUT;
        conf.finalize();
        // One resolver with all the servers would take the first one's failure for the answer.
        let ResolvConf { servers, options } = conf;
        let one =
            |server| StubResolver::from_conf(ResolvConf { servers: vec![server], options: options.clone() });
        let resolvers = servers.into_iter().map(one).collect();
        Ok(Self { runtime: LocalRuntime::new()?, resolvers, known: HashMap::new() })
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
        // What cannot be a name is nowhere.
        let Ok(asked) = Name::<Vec<u8>>::from_str(name) else { return Lookup::Nothing };
        let mut why = String::new();
        for resolver in self.resolvers.iter().cycle().take(ATTEMPTS * self.resolvers.len()) {
            let answer = self.runtime.block_on(resolver.query((&asked, Rtype::TXT, Class::IN)));
            match answer.map(|answer| (answer.header().rcode(), answer)) {
                Ok((Rcode::NXDOMAIN, _)) => return Lookup::Nothing,
                Ok((Rcode::NOERROR, answer)) => return found(&answer),
                Ok((refusal, _)) => why = format!("{name}: the name server says {refusal}"),
                Err(error) => why = format!("{name}: {error}"),
            }
        }
        Lookup::Failed(why)
    }
}

/// The texts at the name that was asked for, or at the one that it is another name of.
fn found(answer: &Answer) -> Lookup {
    let (Some(name), Ok(records)) = (answer.canonical_name(), answer.answer()) else {
        return Lookup::Nothing;
    };
    let texts: Vec<String> = records
        .limit_to_in::<Txt<_>>()
        .filter_map(Result::ok)
        .filter(|record| *record.owner() == name)
        .map(|record| String::from_utf8_lossy(&record.data().text::<Vec<u8>>()).into_owned())
        .collect();
    if texts.is_empty() { Lookup::Nothing } else { Lookup::Found(texts) }
}
