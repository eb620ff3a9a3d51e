//! `--verify`: checks a mail's signatures with keys from a file, from the DNS, or both.

use super::{
    args::inspect::{InspectArgs, NameServer},
    exit::{Exit, OrFail, fail},
};
use crate::{
    mail::{
        dkim::{
            dns::Dns,
            keyring::Keyring,
            verify::{Lookup, verify},
        },
        problem::Problem,
    },
    wire::Time,
};

/// Bytes of a file of keys.
const KEYS: usize = 16 * 1024 * 1024;

/// Where keys come from.
#[derive(Debug)]
pub struct Verifier {
    keyring: Keyring,
    dns: Option<Dns>,
    /// Nobody is told twice that the DNS does not answer.
    told: bool,
}

impl Verifier {
    /// For `--verify`; asks nobody yet.
    ///
    /// # Errors
    /// 66 when the file of keys can't be opened, 65 when it holds something else, 78 when the machine names no DNS server.
    pub fn new(args: &InspectArgs) -> anyhow::Result<Option<Self>> {
        if !args.verify {
            return Ok(None);
        }
        let keyring = match &args.dkim_keys {
            None => Keyring::default(),
            Some(file) => {
                let bytes = file.read(KEYS)?;
                let text = String::from_utf8(bytes).or_fail(Exit::Data, format!("read {file}"))?;
                Keyring::parse(&text).or_fail(Exit::Data, format!("read {file}"))?
            }
        };
        let server = args.dns.map(|server| match server {
            NameServer::System => None,
            NameServer::At(address) => Some(address),
        });
        let dns = server.map(Dns::new).transpose().or_fail(Exit::Config, "--dns")?;
        Ok(Some(Self { keyring, dns, told: false }))
    }

    /// What is wrong with the signatures of a message; and, once, that keys could not be looked up.
    pub fn problems(&mut self, message: &[u8], now: Time) -> (Vec<Problem>, Option<anyhow::Error>) {
        let mut failed = None;
        let problems = verify(message, now, &mut |name| {
            let found = match (self.keyring.look_up(name), &mut self.dns) {
                (Lookup::Nothing, Some(dns)) => dns.look_up(name),
                (found, _) => found,
            };
            if let Lookup::Failed(why) = &found {
                failed = Some(why.clone());
            }
            found
        });
        let first = failed.filter(|_| !std::mem::replace(&mut self.told, true));
        (problems, first.map(|why| fail(Exit::TempFail, format!("look up a key: {why}"))))
    }
}
