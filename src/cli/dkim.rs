//! DKIM keys: from settings to what signs, and `ch-send dkim-key`.

use std::{
    fs::{self, OpenOptions},
    io::{ErrorKind, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::Path,
    sync::Arc,
};

use super::{
    Exit, Io,
    args::bulk::{DkimFlags, DkimKey},
    config::Config,
    exit::OrFail,
    fail,
};
use crate::mail::{
    address::Domain,
    dkim::{Algorithm, Signer, SigningKey, record},
};

/// Who signs: what the flags say, else the settings. `None`: nobody.
///
/// # Errors
/// 78 when domain, selectors and keys do not fit together or a key cannot be read, 77 when others can read it.
pub fn signer(config: &Config, flags: &DkimFlags) -> anyhow::Result<Option<Arc<Signer>>> {
    let file = config.file();
    let named = |text: &String| text.parse::<Domain>().or_fail(Exit::Config, "in config.toml: dkim_selector");
    let domain = match (&flags.dkim_domain, &file.dkim_domain) {
        (Some(domain), _) => Some(domain.clone()),
        (None, Some(text)) => Some(text.parse().or_fail(Exit::Config, "in config.toml: dkim_domain")?),
        (None, None) => None,
    };
    let selectors = match &flags.dkim_selector[..] {
        [] => file.dkim_selector.iter().map(named).collect::<anyhow::Result<Vec<_>>>()?,
        flags => flags.to_vec(),
    };
    let keys = match &flags.dkim_key[..] {
        [] => file.dkim_key.iter().map(|path| config.home().dir().join(path)).collect(),
        flags => flags.to_vec(),
    };
    let Some(domain) = domain else {
        return match keys.is_empty() && selectors.is_empty() {
            true => Ok(None),
            false => Err(fail(Exit::Config, "DKIM: a key signs for a domain: set dkim_domain")),
        };
    };
    if keys.is_empty() || keys.len() != selectors.len() {
        let why = format!("{} of dkim_selector and {} of dkim_key", selectors.len(), keys.len());
        return Err(fail(Exit::Config, format!("DKIM: {why}: each key has a selector of its own")));
    }
    let keys = keys.iter().map(|path| read(path)).collect::<anyhow::Result<Vec<_>>>()?;
    Ok(Some(Arc::new(Signer::new(domain, selectors.into_iter().zip(keys).collect()))))
}

fn read(path: &Path) -> anyhow::Result<SigningKey> {
    let what = || format!("DKIM key {}", path.display());
    let mode = fs::metadata(path).or_fail(Exit::Config, what())?.permissions().mode();
    if mode & 0o077 != 0 {
        let path = path.display();
        return Err(fail(Exit::Auth, format!("DKIM key {path} can be read by others: chmod 600 {path}")));
    }
    SigningKey::from_pem(&fs::read(path).or_fail(Exit::Config, what())?).or_fail(Exit::Config, what())
}

/// Makes a key and prints its record.
///
/// # Errors
/// 73 when the file is there already or cannot be made, 70 without random bytes.
pub fn make(config: &Config, args: &DkimKey, io: &mut Io) -> anyhow::Result<Exit> {
    let DkimKey { domain, selector, .. } = args;
    let path = match &args.out {
        Some(path) => path.clone(),
        None => {
            config.home().create()?;
            config.home().path(&format!("{selector}.{domain}.pem"))
        }
    };
    let what = || format!("create {}", path.display());
    // Before the primes are looked for: that takes a while.
    let opened = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
    let mut file = match opened {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            return Err(fail(
                Exit::CantCreate,
                format!("{}: it is there already, and is not replaced", what()),
            ));
        }
        opened => opened.or_fail(Exit::CantCreate, what())?,
    };
    let algorithm = if args.ed25519 { Algorithm::Ed25519 } else { Algorithm::Rsa };
    let written =
        SigningKey::generate(algorithm).or_fail(Exit::Software, "make a key").and_then(|(key, pem)| {
            file.write_all(pem.as_bytes()).and_then(|()| file.sync_all()).or_fail(Exit::Io, what())?;
            Ok(key)
        });
    let key = match written {
        Ok(key) => key,
        Err(error) => {
            // Half a key is no key.
            let _gone = fs::remove_file(&path);
            return Err(error);
        }
    };
    io.out.text(&key.record().zone_line(&record::name(selector.as_str(), domain.as_str())))?;
    io.note(&format!(
        "to sign with it, in config.toml: dkim_domain = \"{domain}\", dkim_selector = [\"{selector}\"], dkim_key = [\"{}\"]",
        path.display()
    ));
    Ok(Exit::Done)
}
