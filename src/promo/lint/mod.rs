//! What mail providers and laws ask of a campaign's mail, as rules with a line each.

mod active;
mod links;
mod telephone;

use std::str::FromStr;

pub use active::active_content;

use crate::{
    mail::{mailbox::Mailbox, scan},
    wire::{campaigns::LetterParts, promotion::Finding},
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

impl Profile {
    /// Its name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Gmail => "gmail",
            Self::Kr => "kr",
            Self::Us => "us",
        }
    }
}

/// What is looked at.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// Mails as they go, signed: one in each language that there is.
    pub messages: &'a [Vec<u8>],
    /// What they are made of.
    pub parts: &'a LetterParts,
    /// The login's own address, which somebody reads.
    pub own: &'a str,
    /// The shop's postal address.
    pub postal: Option<&'a str>,
    /// The domain that signs.
    pub dkim_domain: Option<&'a str>,
}

/// Everything that is wrong, each once; nothing: the mails may go.
#[must_use]
pub fn check(profiles: &[Profile], facts: &Facts<'_>) -> Vec<Finding> {
    let mut found = Found { profile: None, all: Vec::new() };
    from_read(facts, &mut found);
    for profile in profiles {
        found.profile = Some(*profile);
        match profile {
            Profile::Gmail => from_aligned(facts, &mut found),
            Profile::Kr => postal(facts, "kr-sender", &mut found),
            Profile::Us => postal(facts, "us-postal", &mut found),
        }
    }
    for message in facts.messages {
        let mail = Mail::of(message);
        found.profile = None;
        every(&mail, &mut found);
        for profile in profiles {
            found.profile = Some(*profile);
            match profile {
                Profile::Gmail => gmail(&mail, facts, &mut found),
                Profile::Kr => korea(&mail, &mut found),
                Profile::Us => us(&mail, &mut found),
            }
        }
    }
    found.all
}

/// What was found, and whose rules are looked at.
struct Found {
    profile: Option<Profile>,
    all: Vec<Finding>,
}

impl Found {
    /// Several mails have the same fault; it is said once.
    fn push(&mut self, rule: &str, message: impl Into<String>) {
        let profile = self.profile.map(|profile| profile.as_str().to_owned());
        let finding = Finding { profile, rule: rule.to_owned(), message: message.into() };
        if !self.all.contains(&finding) {
            self.all.push(finding);
        }
    }
}

/// A mail, read once.
struct Mail<'a> {
    message: &'a [u8],
    subject: String,
    text: String,
    html: String,
}

impl<'a> Mail<'a> {
    fn of(message: &'a [u8]) -> Self {
        let mail = mail_parser::MessageParser::default().parse(message);
        let mail = mail.as_ref();
        let subject = mail.and_then(mail_parser::Message::subject).unwrap_or_default().to_owned();
        let text = mail.and_then(|mail| mail.body_text(0)).unwrap_or_default().into_owned();
        let html = mail.and_then(|mail| mail.body_html(0)).unwrap_or_default().into_owned();
        Self { message, subject, text, html }
    }

    fn field(&self, name: &str) -> Option<String> {
        let header = scan::header(self.message, |_| false);
        header.first(name).map(|field| String::from_utf8_lossy(field.value).trim().to_owned())
    }
}

fn from_read(facts: &Facts<'_>, found: &mut Found) {
    let own: Option<Mailbox> = facts.own.parse().ok();
    let from: Option<Mailbox> = facts.parts.from.parse().ok();
    let same = |one: &Mailbox, other: &Mailbox| one.address.normalised() == other.address.normalised();
    if !matches!((&own, &from), (Some(own), Some(from)) if same(own, from)) {
        let says = format!(
            "From is {}, which is not the login's address {}: nobody is known to read answers",
            facts.parts.from, facts.own
        );
        found.push("from-read", says);
    }
}

/// What every mail must have, and must not.
fn every(mail: &Mail<'_>, found: &mut Found) {
    if mail.text.trim().is_empty() {
        found.push("plain-text", "there is no text part");
    }
    if let Some(what) = active_content(&mail.html) {
        let says = format!("{what} in the HTML: mail programs run none, and filters take it for an attack");
        found.push("active-content", says);
    }
}

fn from_aligned(facts: &Facts<'_>, found: &mut Found) {
    let domain = facts.parts.from.parse::<Mailbox>().ok().map(|from| from.address.domain().to_string());
    match (facts.dkim_domain, domain) {
        (None, _) => found.push(
            "dkim",
            "the mail is not signed: ch-send dkim-key makes a key, --dkim-domain and the others use it",
        ),
        (Some(signs), Some(from)) if !aligned(&from, signs) => {
            found.push("from-aligned", format!("{signs} signs, From is at {from}"));
        }
        _ => {}
    }
}

fn gmail(mail: &Mail<'_>, facts: &Facts<'_>, found: &mut Found) {
    let signature = mail.field("DKIM-Signature").unwrap_or_default().to_lowercase();
    let covered = |name: &str| {
        let list = signature.split(';').find_map(|tag| tag.trim().strip_prefix("h=").map(str::to_owned));
        list.is_some_and(|list| list.split(':').any(|each| each.trim() == name))
    };
    let link = mail.field("List-Unsubscribe").unwrap_or_default();
    let post = mail.field("List-Unsubscribe-Post").unwrap_or_default();
    if !link.contains("<https://") || post != "List-Unsubscribe=One-Click" {
        let says = "List-Unsubscribe needs an https link (RFC 8058 §3.1): ch-serve --url https://…";
        found.push("one-click", says);
    }
    let covers_both = covered("list-unsubscribe") && covered("list-unsubscribe-post");
    if !signature.is_empty() && !covers_both {
        found.push("one-click-signed", "the signature does not cover List-Unsubscribe (RFC 8058 §4)");
    }
    let length = mail.html.len();
    if mail.message.len() > CLIPPED && length > CLIPPED {
        found.push("size", format!("the HTML has {length} bytes; Gmail shows {CLIPPED}"));
    }
    links::foreign(&mail.html, facts, found);
}

/// Relaxed alignment (RFC 7489 §3.1.1), as far as it goes without a list of public suffixes: one is the other, or its
/// parent.
fn aligned(from: &str, signs: &str) -> bool {
    let (from, signs) = (from.to_lowercase(), signs.to_lowercase());
    let is_parent = |parent: &str, of: &str| parent.contains('.') && of.ends_with(&format!(".{parent}"));
    from == signs || is_parent(&signs, &from) || is_parent(&from, &signs)
}

/// Act on Promotion of Information and Communications Network Utilization, article 50 (4), and its Enforcement Decree,
/// annex 6 (how advertising is marked): `(광고)` first in the subject, and in the body the sender's name, e-mail address,
/// telephone number and address, and how to refuse further mail, free of charge, in Korean and English.
fn korea(mail: &Mail<'_>, found: &mut Found) {
    if !mail.subject.starts_with("(광고)") {
        let says = "the subject does not begin with (광고) (Network Act art. 50 (4), decree annex 6)";
        found.push("kr-label", says);
    }
    if !mail.text.contains("수신거부") {
        let says = "the text does not say in Korean how to refuse further mail, free of charge";
        found.push("kr-refuse", says);
    }
    if !telephone::is_in(&mail.text) {
        found.push(
            "kr-telephone",
            "the text does not name the sender's telephone number (Network Act Enforcement Decree, annex 6): put it into \
             postal_address in config.toml, behind the address, or into the ad's text",
        );
    }
}

fn us(mail: &Mail<'_>, found: &mut Found) {
    if mail.field("List-Unsubscribe").is_none() {
        found.push("us-opt-out", "there is no way to opt out (15 U.S.C. 7704 (a)(3))");
    }
}

fn postal(facts: &Facts<'_>, rule: &str, found: &mut Found) {
    if facts.postal.is_none_or(|postal| postal.trim().is_empty()) {
        found.push(rule, "no postal address: postal_address in config.toml");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parent_domain_may_sign_and_a_stranger_may_not() {
        for (from, signs, is) in [
            ("example.org", "example.org", true),
            ("news.example.org", "Example.ORG", true),
            ("example.org", "mail.example.org", true),
            ("a.example.org", "b.example.org", false),
            ("notexample.org", "example.org", false),
            ("example.org", "org", false),
        ] {
            assert_eq!(aligned(from, signs), is, "{from} {signs}");
        }
    }
}
