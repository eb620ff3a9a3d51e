//! What mail providers and laws ask of a campaign's mail, as rules with a line each.

use std::str::FromStr;

use crate::{
    mail::{mailbox::Mailbox, scan},
    wire::campaigns::LetterParts,
};

/// Gmail cuts a message whose HTML is longer, so that the way to unsubscribe is not seen (figure: 102 KB).
const CLIPPED: usize = 102 * 1024;

/// Whose rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// Gmail's guidelines for bulk senders: DKIM aligned with From, one-click unsubscribe, size.
    Gmail,
    /// Korea: Act on Promotion of Information and Communications Network Utilization, article 50, and its decree.
    Kr,
    /// United States: CAN-SPAM Act, 15 U.S.C. 7704.
    Us,
}

/// A profile that is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a profile is gmail, kr or us")]
pub struct BadProfile;

impl FromStr for Profile {
    type Err = BadProfile;

    fn from_str(text: &str) -> Result<Self, BadProfile> {
        match text {
            "gmail" => Ok(Self::Gmail),
            "kr" => Ok(Self::Kr),
            "us" => Ok(Self::Us),
            _ => Err(BadProfile),
        }
    }
}

/// What is looked at.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// A member's mail as it goes, signed.
    pub message: &'a [u8],
    /// What it is made of.
    pub parts: &'a LetterParts,
    /// The login's own address, which somebody reads.
    pub own: &'a str,
    /// The shop's postal address.
    pub postal: Option<&'a str>,
    /// The domain that signs.
    pub dkim_domain: Option<&'a str>,
}

/// Everything that is wrong, a line each; nothing: the mail may go.
#[must_use]
pub fn check(profiles: &[Profile], facts: &Facts<'_>) -> Vec<String> {
    let mut found = every(facts);
    for profile in profiles {
        match profile {
            Profile::Gmail => gmail(facts, &mut found),
            Profile::Kr => korea(facts, &mut found),
            Profile::Us => us(facts, &mut found),
        }
    }
    found
}

fn field(message: &[u8], name: &str) -> Option<String> {
    let header = scan::header(message, |_| false);
    header.first(name).map(|field| String::from_utf8_lossy(field.value).trim().to_owned())
}

/// What every mail must have.
fn every(facts: &Facts<'_>) -> Vec<String> {
    let mut found = Vec::new();
    let own: Option<Mailbox> = facts.own.parse().ok();
    let from: Option<Mailbox> = facts.parts.from.parse().ok();
    let same = |one: &Mailbox, other: &Mailbox| one.address.normalised() == other.address.normalised();
    if !matches!((&own, &from), (Some(own), Some(from)) if same(own, from)) {
        found.push(format!(
            "from-read: From is {}, which is not the login's address {}: nobody is known to read answers",
            facts.parts.from, facts.own
        ));
    }
    let text = mail_parser::MessageParser::default().parse(facts.message);
    let has_text =
        text.as_ref().and_then(|mail| mail.body_text(0)).is_some_and(|text| !text.trim().is_empty());
    if !has_text {
        found.push("plain-text: there is no text part".to_owned());
    }
    found
}

fn gmail(facts: &Facts<'_>, found: &mut Vec<String>) {
    let domain = facts.parts.from.parse::<Mailbox>().ok().map(|from| from.address.domain().to_string());
    match (facts.dkim_domain, domain) {
        (None, _) => found.push(
            "dkim: the mail is not signed: ch-send dkim-key makes a key, --dkim-domain and the others use it"
                .to_owned(),
        ),
        (Some(signs), Some(from)) if !aligned(&from, signs) => {
            found.push(format!("from-aligned: {signs} signs, From is at {from}"));
        }
        _ => {}
    }
    let signature = field(facts.message, "DKIM-Signature").unwrap_or_default().to_lowercase();
    let covered = |name: &str| {
        let list = signature.split(';').find_map(|tag| tag.trim().strip_prefix("h=").map(str::to_owned));
        list.is_some_and(|list| list.split(':').any(|each| each.trim() == name))
    };
    let link = field(facts.message, "List-Unsubscribe").unwrap_or_default();
    let post = field(facts.message, "List-Unsubscribe-Post").unwrap_or_default();
    if !link.contains("<https://") || post != "List-Unsubscribe=One-Click" {
        found.push(
            "one-click: List-Unsubscribe needs an https link (RFC 8058 §3.1): ch-serve --url https://…"
                .to_owned(),
        );
    }
    let covers_both = covered("list-unsubscribe") && covered("list-unsubscribe-post");
    if !signature.is_empty() && !covers_both {
        found
            .push("one-click-signed: the signature does not cover List-Unsubscribe (RFC 8058 §4)".to_owned());
    }
    if facts.message.len() > CLIPPED {
        let html = mail_parser::MessageParser::default().parse(facts.message);
        let length = html.as_ref().and_then(|mail| mail.body_html(0)).map_or(0, |html| html.len());
        if length > CLIPPED {
            found.push(format!("size: the HTML has {length} bytes; Gmail shows {CLIPPED}"));
        }
    }
    foreign_links(facts, found);
}

/// Relaxed alignment (RFC 7489 §3.1.1), as far as it goes without a list of public suffixes.
fn aligned(from: &str, signs: &str) -> bool {
    let (from, signs) = (from.to_lowercase(), signs.to_lowercase());
    from == signs || from.ends_with(&format!(".{signs}"))
}

/// Links to hosts that have nothing to do with the sender make filters suspicious.
fn foreign_links(facts: &Facts<'_>, found: &mut Vec<String>) {
    let host = |text: &str| url::Url::parse(text).ok().and_then(|url| url.host_str().map(str::to_lowercase));
    let domain = facts.parts.from.parse::<Mailbox>().ok().map(|from| from.address.domain().to_string());
    let own: Vec<String> = [host(&facts.parts.server), domain, facts.parts.ad.link.as_deref().and_then(host)]
        .into_iter()
        .flatten()
        .collect();
    let mail = mail_parser::MessageParser::default().parse(facts.message);
    let Some(html) = mail.as_ref().and_then(|mail| mail.body_html(0)) else { return };
    let mut strange = std::collections::BTreeSet::new();
    for (at, _) in html.match_indices("http") {
        let link = html[at..].split(['"', '\'', '<', '>', ' ', ')']).next().unwrap_or_default();
        if let Some(host) = host(link)
            && !own.iter().any(|own| host == *own || host.ends_with(&format!(".{own}")))
        {
            strange.insert(host);
        }
    }
    for host in strange {
        found.push(format!("foreign-link: the mail links to {host}"));
    }
}

fn korea(facts: &Facts<'_>, found: &mut Vec<String>) {
    let mail = mail_parser::MessageParser::default().parse(facts.message);
    let subject = mail.as_ref().and_then(mail_parser::Message::subject).unwrap_or_default();
    if !subject.starts_with("(광고)") {
        found.push(
            "kr-label: the subject does not begin with (광고) (Network Act art. 50 (4), decree annex 6)"
                .to_owned(),
        );
    }
    let text = mail.as_ref().and_then(|mail| mail.body_text(0)).unwrap_or_default().to_string();
    if !text.contains("수신거부") {
        found.push(
            "kr-refuse: the text does not say in Korean how to refuse further mail, free of charge"
                .to_owned(),
        );
    }
    postal(facts, "kr-sender", found);
}

fn us(facts: &Facts<'_>, found: &mut Vec<String>) {
    postal(facts, "us-postal", found);
    if field(facts.message, "List-Unsubscribe").is_none() {
        found.push("us-opt-out: there is no way to opt out (15 U.S.C. 7704 (a)(3))".to_owned());
    }
}

fn postal(facts: &Facts<'_>, rule: &str, found: &mut Vec<String>) {
    if facts.postal.is_none_or(|postal| postal.trim().is_empty()) {
        found.push(format!("{rule}: no postal address: postal_address in config.toml"));
    }
}
