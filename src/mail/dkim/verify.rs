//! Checks a message's signatures (RFC 6376 §6, RFC 8463), and what they say of its chat button.
//!
//! A signature proves that somebody at a domain signed these fields. That is worth something for a button only when the
//! domain is that of `From` or above it, and the button's own fields are among what was signed.

use base64::{Engine, engine::general_purpose::STANDARD};
use ring::{digest, signature};

use super::{
    canonical::{self, Canon},
    record::{Algorithm, KeyRecord, name},
    tags::Tags,
};
use crate::{
    mail::{
        button,
        problem::Problem,
        read,
        scan::{self, Field, Header, note},
    },
    wire::{Time, time::HOUR},
};

/// Signatures of a message that are checked; the further ones are not.
pub const SIGNATURES: usize = 10;
/// How far a signer's clock may be ahead, in milliseconds.
const SKEW: i64 = HOUR;

/// What was found where a key should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lookup {
    /// Records: the strings of each put together.
    Found(Vec<String>),
    /// There is none.
    Nothing,
    /// It could not be looked up now, and why.
    Failed(String),
}

/// Why a signature proves nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Fault {
    Bad(String),
    /// Its key could not be looked up.
    Unknown(String),
}

/// A signature that holds.
struct Good {
    domain: String,
    /// The field names of `h=`, in lower case.
    covered: Vec<String>,
}

/// Checks the signatures of `message` at the time `now`; `keys` looks up a key's record by its name
/// (`SELECTOR._domainkey.DOMAIN`). Nothing is wrong when one of them holds, is aligned with `From`, and covers the button.
#[must_use]
pub fn verify(message: &[u8], now: Time, keys: &mut dyn FnMut(&str) -> Lookup) -> Vec<Problem> {
    let header = scan::header(message, |_| false);
    let mut problems = Vec::new();
    let mut good = Vec::new();
    for (at, field) in header.all(FIELD).enumerate() {
        if at == SIGNATURES {
            note(&mut problems, Problem::TooManySignatures(SIGNATURES));
            break;
        }
        let tags = String::from_utf8_lossy(field.value);
        let who = Tags::parse(&tags).ok().and_then(|tags| tags.get("d").map(str::to_ascii_lowercase));
        let who = who.unwrap_or_else(|| "nobody".to_owned());
        match check(message, &header, field, now, keys, &mut problems) {
            Ok(signature) => good.push(signature),
            Err(Fault::Bad(why)) => note(&mut problems, Problem::BadSignature { domain: who, why }),
            Err(Fault::Unknown(why)) => note(&mut problems, Problem::Unverified { domain: who, why }),
        }
    }
    let from = from_domain(&header);
    good.retain(|signature| from.as_deref().is_some_and(|from| is_aligned(from, &signature.domain)));
    if header.first(FIELD).is_none() {
        note(&mut problems, Problem::Unsigned);
    } else if good.is_empty() {
        note(&mut problems, Problem::NotSignedByFrom);
    }
    let (chat, _) = button::find(header.fields.iter().map(|field| (field.name, field.value)));
    let covers = |signature: &Good| {
        button::NAMES.iter().all(|name| {
            header.first(name).is_none()
                || signature.covered.iter().any(|covered| covered.eq_ignore_ascii_case(name))
        })
    };
    if chat.is_some() && !good.iter().any(covers) {
        note(&mut problems, Problem::ButtonNotSigned);
    }
    problems
}

const FIELD: &str = "DKIM-Signature";

/// The domain of the one address of the one `From` field.
fn from_domain(header: &Header<'_>) -> Option<String> {
    let mut fields = header.all("From");
    let (Some(field), None) = (fields.next(), fields.next()) else { return None };
    let addresses = read::bare_addresses(field.value);
    let [address] = &addresses[..] else { return None };
    let (_, domain) = address.rsplit_once('@')?;
    Some(domain.trim_end_matches('.').to_ascii_lowercase())
}

/// Whether `signer` is the domain `from`, or one above it. One below it may have been given away.
fn is_aligned(from: &str, signer: &str) -> bool {
    from == signer
        || (signer.contains('.') && from.strip_suffix(signer).is_some_and(|rest| rest.ends_with('.')))
}

fn check(
    message: &[u8],
    header: &Header<'_>,
    field: Field<'_>,
    now: Time,
    keys: &mut dyn FnMut(&str) -> Lookup,
    problems: &mut Vec<Problem>,
) -> Result<Good, Fault> {
    let bad = |why: &str| Fault::Bad(why.to_owned());
    let body = header.body.ok_or_else(|| bad("the header is too long"))?;
    let text = std::str::from_utf8(field.value).map_err(|_| bad("it cannot be read"))?;
    let tags = Tags::parse(text).map_err(|why| Fault::Bad(why.to_string()))?;
    let signature = Signature::read(&tags, now).map_err(bad)?;

    let mut hashed = canonical::body(signature.body, &message[body..]);
    if let Some(length) = signature.length {
        if length > hashed.len() {
            return Err(bad("l= says more than there is"));
        }
        if length < hashed.len() {
            note(problems, Problem::BodyPartlySigned);
        }
        hashed.truncate(length);
    }
    if digest::digest(&digest::SHA256, &hashed).as_ref() != signature.body_hash {
        return Err(bad("the body was changed"));
    }
    drop(hashed);

    let key = key(&signature, keys)?;
    let data = header_data(header, field, &signature);
    let verified = match signature.algorithm {
        Algorithm::Rsa => {
            // Old, short keys are still to be believed (RFC 8301 §3.2).
            let kind = &signature::RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY;
            signature::UnparsedPublicKey::new(kind, &key.key).verify(&data, &signature.signature)
        }
        Algorithm::Ed25519 => {
            let hash = digest::digest(&digest::SHA256, &data);
            let key = signature::UnparsedPublicKey::new(&signature::ED25519, &key.key);
            key.verify(hash.as_ref(), &signature.signature)
        }
    };
    verified.map_err(|_| bad("the signed fields were changed, or the key is another"))?;
    Ok(Good { domain: signature.domain, covered: signature.covered })
}

/// The key's record that fits the signature.
fn key(signature: &Signature, keys: &mut dyn FnMut(&str) -> Lookup) -> Result<KeyRecord, Fault> {
    let place = name(&signature.selector, &signature.domain);
    let records = match keys(&place) {
        Lookup::Found(records) => records,
        Lookup::Nothing => return Err(Fault::Bad(format!("no key at {place}"))),
        Lookup::Failed(why) => return Err(Fault::Unknown(why)),
    };
    let mut why = "the key is of another kind".to_owned();
    for record in records.iter().take(SIGNATURES) {
        match KeyRecord::parse(record) {
            Ok(key) if key.algorithm != signature.algorithm => {}
            Ok(key) if key.testing => "the domain is only trying its key".clone_into(&mut why),
            Ok(key) if key.strict && signature.agent != signature.domain => {
                "i= is not of the very domain".clone_into(&mut why);
            }
            Ok(key) => return Ok(key),
            Err(error) => why = error.to_string(),
        }
    }
    Err(Fault::Bad(why))
}

/// What the tags of a signature say.
struct Signature {
    algorithm: Algorithm,
    header: Canon,
    body: Canon,
    length: Option<usize>,
    domain: String,
    /// The domain of `i=`.
    agent: String,
    selector: String,
    covered: Vec<String>,
    body_hash: Vec<u8>,
    signature: Vec<u8>,
}

impl Signature {
    /// RFC 6376 §3.5 and §6.1.1.
    fn read(tags: &Tags<'_>, now: Time) -> Result<Self, &'static str> {
        let bytes = |name| tags.bare(name).and_then(|text| STANDARD.decode(text).ok());
        let number = |name| match tags.get(name) {
            None => Ok(None),
            Some(text) if text.len() <= 12 && text.bytes().all(|b| b.is_ascii_digit()) => {
                text.parse::<i64>().map(Some).map_err(|_| "a tag is no number")
            }
            Some(_) => Err("a tag is no number"),
        };
        if tags.get("v") != Some("1") {
            return Err("it is of another version");
        }
        let algorithm = tags.get("a").and_then(Algorithm::of_tag).ok_or("a= is none that we believe")?;
        let canon = Canon::of_tag(tags.get("c").unwrap_or("simple/simple")).ok_or("c= is not known")?;
        let domain = domain_name(tags.get("d")).ok_or("d= is no domain")?;
        let selector = domain_name(tags.get("s")).ok_or("s= is no selector")?;
        let agent = match tags.get("i") {
            None => domain.clone(),
            Some(agent) => agent.rsplit('@').next().unwrap_or_default().to_ascii_lowercase(),
        };
        if agent != domain && !agent.strip_suffix(&domain).is_some_and(|rest| rest.ends_with('.')) {
            return Err("i= is of another domain");
        }
        if tags.get("q").is_some_and(|ways| !ways.split(':').any(|way| way.trim() == "dns/txt")) {
            return Err("q= is not known");
        }
        let made = number("t")?.map(|seconds| seconds * 1000);
        let ends = number("x")?.map(|seconds| seconds * 1000);
        if ends.is_some_and(|ends| ends <= now.0 || made.is_some_and(|made| ends < made)) {
            return Err("it has expired");
        }
        if made.is_some_and(|made| made > now.0 + SKEW) {
            return Err("it is from the future");
        }
        let covered: Vec<String> = tags
            .get("h")
            .unwrap_or_default()
            .split(':')
            .map(|name| name.trim().to_ascii_lowercase())
            .collect();
        if !covered.iter().any(|name| name == "from") {
            return Err("it does not cover From");
        }
        Ok(Self {
            algorithm,
            header: canon.0,
            body: canon.1,
            length: number("l")?.map(|length| usize::try_from(length).unwrap_or(usize::MAX)),
            domain,
            agent,
            selector,
            covered,
            body_hash: bytes("bh").ok_or("bh= is no hash")?,
            signature: bytes("b").ok_or("b= is no signature")?,
        })
    }
}

/// A name that may be asked for in the DNS, in lower case.
fn domain_name(text: Option<&str>) -> Option<String> {
    let text = text?.to_ascii_lowercase();
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b))
    };
    (text.len() <= 180 && text.split('.').all(label)).then_some(text)
}

/// What was signed (RFC 6376 §3.7): of several fields of a name the lowest first, then the signature's own without `b=`.
fn header_data(header: &Header<'_>, own: Field<'_>, signature: &Signature) -> Vec<u8> {
    let mut data = Vec::with_capacity(4096);
    let mut used = vec![false; header.fields.len()];
    for name in &signature.covered {
        let lowest = (0..header.fields.len()).rev().find(|&at| !used[at] && header.fields[at].is(name));
        if let Some(at) = lowest {
            used[at] = true;
            canonical::header(signature.header, header.fields[at].name, header.fields[at].value, &mut data);
        }
    }
    canonical::header(signature.header, own.name, &without_signature(own.value), &mut data);
    data.truncate(data.len() - 2);
    data
}

/// A signature's field with nothing after `b=`.
fn without_signature(value: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(value.len());
    for (at, piece) in value.split(|&byte| byte == b';').enumerate() {
        if at > 0 {
            out.push(b';');
        }
        let name =
            piece.iter().position(|&byte| byte == b'=').filter(|&end| piece[..end].trim_ascii() == b"b");
        out.extend_from_slice(name.map_or(piece, |end| &piece[..=end]));
    }
    out
}

#[cfg(test)]
mod tests;
